// usage: node rival.mjs duckdb|clickhouse MODULES DIRECTORY
//
// Runs another engine in this process.  Each line read is a request, each line
// written its answer, both JSON:
//
//	{"sql": ..., "threads": n}    {"seconds": s, "rows": [[text, ...], ...]}
//	                              {"error": message}
//
// The first answer, to no request, is the engine's version.  The time is that
// of the statement alone, until its last row is here.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [engine, modules, directory] = process.argv.slice(2);
const require = createRequire(modules + '/');

// All in memory.
async function duckdb() {
	const { DuckDBInstance } = require('@duckdb/node-api');
	const instance = await DuckDBInstance.create(':memory:',
		{ temp_directory: directory });
	const connection = await instance.connect();
	return async (sql, threads) => {
		await connection.run(`SET threads = ${threads}`);
		const start = performance.now();
		const rows = (await connection.runAndReadAll(sql)).getRows();
		return [performance.now() - start, rows.map(row => row.map(String))];
	};
}

// Tables are files below the directory.
async function clickhouse() {
	const { Session } = require('chdb');
	const session = new Session(directory);
	return async (sql, threads) => {
		session.query(`SET max_threads = ${threads}, max_insert_threads = 1`,
			'TSV');
		const start = performance.now();
		const text = session.query(sql, 'TSV');
		const milliseconds = performance.now() - start;
		const lines = text.split('\n').filter(line => line !== '');
		return [milliseconds, lines.map(line => line.split('\t'))];
	};
}

async function answer(run, { sql, threads }) {
	try {
		const [milliseconds, rows] = await run(sql, threads);
		return { seconds: milliseconds / 1000, rows };
	} catch (error) {
		return { error: error.message };
	}
}

const say = reply => process.stdout.write(JSON.stringify(reply) + '\n');
const run = await { duckdb, clickhouse }[engine]().catch(error => {
	say({ error: error.message });
	process.exit();
});
say(await answer(run, { sql: 'SELECT version()', threads: 1 }));
for await (const line of createInterface({ input: process.stdin }))
	say(await answer(run, JSON.parse(line)));
process.exit(0);
