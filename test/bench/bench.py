#!/usr/bin/env python3
"""Measures journey beside other ways to count the same journey.

usage: test/bench/run (which see for what can be set), or
       test/with_server test/bench/bench.py [DIRECTORY OF NODE MODULES]

Works in a new database of the server that PGHOST and so on point to.  Each
part has its data in all engines at once; each round takes every figure of the
part once, one after the other.  The first round warms up and is not counted.
Fails where two engines count differently.  Writes docs/benchmark.md, or what
BENCH_OUT says; a run that is not the full one only prints.
"""

import datetime
import json
import os
import platform
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import data                                                     # noqa: E402
import figures                                                  # noqa: E402
import queries                                                  # noqa: E402
import report                                                   # noqa: E402
import timelines                                                # noqa: E402
from engines import Failed, Postgres, Rival                     # noqa: E402

FULL_ROWS = 10000000
ROWS = int(os.environ.get('BENCH_ROWS') or FULL_ROWS)
ROUNDS = int(os.environ.get('BENCH_ROUNDS') or 5)
PARTS = (os.environ.get('BENCH_PARTS') or '').split()
OUT = os.environ.get('BENCH_OUT') or ''
DATABASE = 'journey_bench'


def say(*words):
    print(*words, file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------
# One figure
# ---------------------------------------------------------------------------

def prepare(postgres, figure):
    postgres.run(f'SET work_mem = {figure.memory!r}')
    postgres.run('SET max_parallel_workers_per_gather = %d'
                 % (0 if figure.threads == 1 else 2))


def temporary_bytes(postgres):
    postgres.run('SELECT pg_stat_force_next_flush()')
    return int(postgres.run('SELECT temp_bytes FROM pg_stat_database '
                            'WHERE datname = current_database()')[0])


def is_serial_again(postgres, figure):
    """May a plan be parallel and is not?"""
    if figure.engine != figures.POSTGRESQL or figure.threads == 1:
        return False
    prepare(postgres, figure)
    plan = postgres.run('EXPLAIN ' + figure.sql)
    return not any('Gather' in line for line in plan)


def timed(engine, figure):
    if figure.engine != figures.POSTGRESQL:
        return engine.timed(figure.sql, figure.threads)
    prepare(engine, figure)
    if figure.before:
        engine.run(figure.before)
    seconds, rows = engine.timed(figure.sql)
    if figure.result:
        rows = engine.run(figure.result)
    if figure.after:
        engine.run(figure.after)
    return seconds, rows


def warm_up(engine, figure):
    """The round that is not counted, and what there is to say of the plan."""
    if figure.engine != figures.POSTGRESQL:
        figure.rows = timed(engine, figure)[1]
        return
    notes = ['no parallel plan'] if is_serial_again(engine, figure) else []
    before = temporary_bytes(engine)
    figure.rows = timed(engine, figure)[1]
    written = temporary_bytes(engine) - before
    if written:
        notes.append('%.0f MB to disk' % (written / 1e6))
    figure.note = ', '.join(notes)


def measure(engine, figure):
    seconds, rows = timed(engine, figure)
    if rows != figure.rows:
        raise Failed('%s, %s: another result each time'
                     % (figure.engine, figure.label))
    figure.seconds.append(seconds)


def compare(part):
    """Figures that count the same thing must have the same result."""
    first = {}
    for figure in part.figures:
        if figure.counts is None:
            continue
        other = first.setdefault(figure.counts, figure)
        if figure.rows != other.rows:
            raise Failed('%s: results differ\n  %s, %s: %s\n  %s, %s: %s' % (
                part.title, other.engine, other.label, other.rows[:3],
                figure.engine, figure.label, figure.rows[:3]))


def peak(table_scan, sql):
    """By how many bytes a statement lets the memory of its backend grow.  A
    scan before it touches all of the table's shared memory, which so is the
    same before and after, and no part of the difference."""
    postgres = Postgres()
    postgres.run('SET max_parallel_workers_per_gather = 0')
    postgres.run(f'SET work_mem = {figures.BOUND_MEMORY!r}')
    postgres.run(table_scan)
    before, shared_before = postgres.memory()
    postgres.run(sql)
    after, shared_after = postgres.memory()
    postgres.close()
    return (after - shared_after) - (before - shared_before)


# ---------------------------------------------------------------------------
# One part
# ---------------------------------------------------------------------------

def load(part, postgres, rivals, directory):
    for each in part.sets:
        say(f'  loading {each.name}')
        data.load_postgres(postgres, each)
        if rivals:
            path = os.path.join(directory, each.name + '.csv')
            data.export(each, path)
            for rival in rivals:
                data.LOAD[rival.name](rival, each, path)
            os.remove(path)
    if part.prepare:
        postgres.run(part.prepare)
    for name in part.tables:
        data.settle(postgres, name)
    sizes = {}
    for name in [each.name for each in part.sets] + list(part.tables):
        sizes[name] = [int(n) for n in postgres.run(
            f"SELECT count(*), pg_table_size('{name}') FROM {name}"
        )[0].split()]
    return sizes


def check(part, postgres):
    postgres.run('SET max_parallel_workers_per_gather = 2')
    for what, sql in part.checks:
        if postgres.run(sql) != ['t']:
            raise Failed(f'{part.title}: not true: {what}')
        say('  true: ' + what)


def run_part(part, installed, modules, directory):
    say(part.title)
    postgres = Postgres()
    engines = {figures.POSTGRESQL: postgres}
    try:
        for name in part.rivals:
            if name in installed:
                engines[name] = Rival(name, modules,
                                      os.path.join(directory, name))
        rivals = [engines[name] for name in part.rivals if name in engines]
        sizes = load(part, postgres, rivals, directory)
        part.figures = [
            f for f in part.figures
            if f.engine in engines and not (f.memory == figures.MEMORY_BY_HAND
                                            and is_serial_again(postgres, f))]
        for number in range(ROUNDS + 1):
            say(f'  round {number} of {ROUNDS}' if number else '  warm-up')
            for figure in part.figures:
                if number == 0:
                    warm_up(engines[figure.engine], figure)
                else:
                    measure(engines[figure.engine], figure)
            if number == 0:
                compare(part)
                check(part, postgres)
        for figure in part.figures:
            say('  %8.3f s  %s, %s, %d' % (
                statistics.median(figure.seconds), figure.engine,
                figure.label, figure.threads))
        peaks = {}
        for label, table, sql in part.peaks:
            peaks[label] = peak(queries.scan(table), sql)
            say('  %8.1f MiB  %s' % (peaks[label] / 2 ** 20, label))
        for name in [each.name for each in part.sets] + list(part.tables):
            postgres.run(f'DROP TABLE {name}')
    finally:
        for engine in engines.values():
            engine.close()
    return {'name': part.name, 'title': part.title, 'sizes': sizes,
            'peaks': peaks, 'figures': [vars(f) for f in part.figures]}


# ---------------------------------------------------------------------------
# All
# ---------------------------------------------------------------------------

def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, encoding='utf-8',
                          check=True).stdout.strip()


def machine():
    found = {'cpus': len(os.sched_getaffinity(0)), 'cpu': platform.machine()}
    with open('/proc/cpuinfo', encoding='utf-8') as cpuinfo:
        for line in cpuinfo:
            if line.startswith('model name'):
                found['cpu'] = line.partition(':')[2].strip()
    found['memory'] = (os.sysconf('SC_PAGE_SIZE') *
                       os.sysconf('SC_PHYS_PAGES'))
    return found


def versions(postgres, modules):
    pg_config = os.environ.get('PG_CONFIG', 'pg_config')
    compiler = shlex.split(output(pg_config, '--cc'))
    found = {
        'PostgreSQL': postgres.run('SHOW server_version')[0],
        'journey': postgres.run("SELECT extversion FROM pg_extension "
                                "WHERE extname = 'journey'")[0],
        'compiler': output(*compiler, '--version').split('\n')[0]}
    for name in figures.RIVALS if modules else ():
        with tempfile.TemporaryDirectory() as directory:
            try:
                rival = Rival(name, modules, directory)
                found[name] = rival.version
                rival.close()
            except Failed as failure:
                say(f'going on without {name}: {failure}')
    return found


def settings(postgres):
    names = ('shared_buffers', 'jit', 'autovacuum', 'hash_mem_multiplier',
             'parallel_leader_participation')
    return {name: postgres.run(f'SHOW {name}')[0] for name in names}


def run_of():
    """When it was, and what was measured."""
    today = str(datetime.date.today())
    try:
        return today + ', commit ' + output('git', 'log', '-1', '--format=%h')
    except (OSError, subprocess.CalledProcessError):
        return today            # not from a clone


def main():
    modules = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    output('psql', '-X', '-q', '-c', f'CREATE DATABASE {DATABASE}')
    os.environ['PGDATABASE'] = DATABASE
    postgres = Postgres()
    postgres.run('SET client_min_messages = warning')
    postgres.run('CREATE EXTENSION journey; CREATE EXTENSION pg_prewarm')
    results = {'run': run_of(), 'rows': ROWS, 'rounds': ROUNDS,
               'machine': machine(),
               'versions': versions(postgres, modules),
               'settings': settings(postgres), 'parts': []}
    postgres.close()
    for part in figures.parts(ROWS) + [timelines.part(ROWS)]:
        if not PARTS or part.name in PARTS:
            with tempfile.TemporaryDirectory() as directory:
                results['parts'].append(run_part(
                    part, results['versions'], modules, directory))
    if os.environ.get('BENCH_JSON'):
        with open(os.environ['BENCH_JSON'], 'w', encoding='utf-8') as file:
            json.dump(results, file, indent='\t')
    text = report.text(results)
    full = (ROWS == FULL_ROWS and not PARTS
            and results['versions'].keys() >= set(figures.RIVALS))
    out = OUT or ('docs/benchmark.md' if full else '')
    if out:
        with open(out, 'w', encoding='utf-8') as file:
            file.write(text)
        say('written: ' + out)
    else:
        print(text, end='')
    say(report.goals(results))


if __name__ == '__main__':
    try:
        main()
    except Failed as failure:
        sys.exit('bench: ' + str(failure))
