// usage: node vega.mjs MODULES CASES
//
// Compiles each Vega-Lite specification of the file CASES (a JSON array), runs
// it and prints, as JSON by the case's name, what the chart shows: the rows of
// its data, the SVG, and whatever was complained of.  The schema comes with
// Vega-Lite, versions 5 and 6 are tried.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import vm from 'node:vm';

const [modules, file] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const there = (path) => join(modules, 'node_modules', path);

// version 5 is meant for pages: it wants the libraries among the globals
const vega = await import(pathToFileURL(require.resolve('vega')));
globalThis.vega = vega;
vm.runInThisContext(readFileSync(
	there('vega-lite-5/build/vega-lite.min.js'), 'utf8'));
const compilers = {
	'vega-lite 5': globalThis.vegaLite.compile,
	'vega-lite 6': (await import(pathToFileURL(
		require.resolve('vega-lite')))).compile
};
const Ajv = require('ajv').default;
const formats = require('ajv-formats').default;
const ajv = new Ajv({ strict: false, allErrors: false });
formats(ajv);
ajv.addFormat('color-hex', () => true);
const validate = ajv.compile(JSON.parse(readFileSync(
	there('vega-lite/build/vega-lite-schema.json'))));

const cases = JSON.parse(readFileSync(file));
const result = {};
for (const { name, vega_lite: spec } of cases) {
	if (!spec)
		continue;
	const complaints = [];
	const complain = (level) => function (...args) {
		complaints.push(level + ': ' + args.join(' '));
		return this;
	};
	const logger = { level() { return this; }, error: complain('error'),
		warn: complain('warning'), info() { return this; },
		debug() { return this; } };
	let rows = null;
	let svg = null;
	if (!validate(spec))
		complaints.push('schema: ' + ajv.errorsText(validate.errors));
	for (const [version, compile] of Object.entries(compilers)) {
		try {
			const compiled = compile(structuredClone(spec), { logger }).spec;
			const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
			view.logger(logger);
			await view.runAsync();
			rows = view.data('source_0').map(({ label, stage, reached }) =>
				({ label, stage, reached }));
			svg = await view.toSVG();
		} catch (error) {
			complaints.push(version + ': ' + error.stack);
		}
	}
	result[name] = { complaints, rows, svg };
}
console.log(JSON.stringify(result));
