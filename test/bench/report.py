"""Writes what was measured as Markdown.

usage: report.py RESULTS.json...

Prints it again, from files of BENCH_JSON. A part that is in several is taken
from the last one: so parts can be measured whenever a machine has time.
"""

import json
import statistics
import sys

INTRODUCTION = '''\
# Benchmark

How long `funnel()` takes to count a journey of four stages with a window,
beside the bare scan of the same rows (the limit) and other ways to count the
same: hand-written SQL in PostgreSQL, DuckDB, and ClickHouse's `windowFunnel`.
Written by `make bench` on one machine; every figure is in it, also those where
another engine is faster. Figures of one part are of one run.
'''

SUMMARY = '''\
Medians in seconds, of the fastest form where there are several; in
parentheses as multiples of journey's time, so above 1 where journey is
faster.
'''

TIMELINES = '''\
The same journey, over a table of one timeline a customer; in parentheses as
multiples of the funnel's time. In the last table of this part "the scan" is
that of the timelines, and "journey" the funnel of them. The run fails unless
two levels and one level give the same funnel byte for byte, for this journey,
without its window, with values and under every rule of part a, and unless the
loader's timelines are those of the aggregate. Of the new events, those of every
twentieth customer are late, the others later than all that is stored; the
upsert writes the same rows, which were made before.
'''

METHOD = '''\
## Method

- All engines run on the same machine in the same run. In each round every
  figure of a part is taken once, one after the other; the first round warms
  up and is not counted. A busy moment shows as a wide spread between min and
  max. Engines that are not being measured are stopped (SIGSTOP).
- Everything is in memory: the tables fit into shared buffers and are read in
  before (`pg_prewarm`); DuckDB's tables are in its own memory; ClickHouse's
  are files in the page cache. Loading is not timed.
- Each engine has the data as it likes them best: ClickHouse a MergeTree
  ordered by customer and time, in one part, the event as
  `LowCardinality(String)`; DuckDB the event as an enum; both the time as an
  integer of microseconds. PostgreSQL has the plain table, in set e also an
  index on customer and time.
- All results are compared in each part: customers per stage must be equal,
  else the run fails. Every row has a time of its own, so that rules for
  simultaneous events play no part. Statements marked *wrong* give other
  numbers and are there because they are common.
- DuckDB and ClickHouse run inside a process of node, through their packages;
  times are of the statement alone. PostgreSQL is measured through psql, at
  the client.
- Threads: of DuckDB and ClickHouse, the setting `threads` or `max_threads`;
  of PostgreSQL, 1 is a serial plan and 2 is `max_parallel_workers_per_gather
  = 2`, where the leader helps two workers. Where the planner does not want a
  parallel plan for SQL by hand, its serial figure stands for both.
- ClickHouse is measured with its default settings, and tuned: rows of no
  stage are filtered and `optimize_aggregation_in_order = 1` makes use of the
  order of the table, which saves it the hash table of customers. Of SQL by
  hand, in DuckDB and in PostgreSQL, several forms are measured; where one
  figure stands for all, it is the fastest.
- SQL by hand has `work_mem` = 2GB, journey 512MB, or 4MB where it says
  "spilled".
- Memory is the growth of the backend's peak (VmHWM in /proc/PID/status) less
  shared memory (RssShmem), in a session that has scanned the table before, so
  that shared memory cannot grow.

The statements are in [test/bench/queries.py](../test/bench/queries.py), the
data sets in [test/bench/data.py](../test/bench/data.py).
'''

RERUN = '''\
## Run it yourself

```sh
make bench                          # writes this file
make bench BENCH_ROWS=200000        # a small run, printed
```

It takes node and npm for the other engines (their packages go to a cache
directory; without node they are left out), {disk} of disk space and {memory}
of memory. `test/bench/run` lists what can be set.
'''


CLICKHOUSE = ('windowFunnel', 'windowFunnel, tuned')


def median(figure):
    return statistics.median(figure['seconds'])


def seconds(value):
    return '%.3f' % value


def ratio(value, base):
    return '%.2f' % (value / base) if value and base else ''


def table(head, rows):
    """The first column is of words, the others of numbers."""
    lines = [head, ['---'] + ['---:'] * (len(head) - 1)] + rows
    return '\n'.join('| %s |' % ' | '.join(line) for line in lines) + '\n'


class Part:
    def __init__(self, found):
        self.__dict__.update(found)

    def select(self, **wanted):
        return [f for f in self.figures
                if all(f[name] == value for name, value in wanted.items())]

    def best(self, **wanted):
        """The fastest of these, its median; None where there is none."""
        return min(map(median, self.select(**wanted)), default=None)

    def counts(self):
        """What there is to count: one for each type of customer."""
        return [f['counts'] for f in self.select(key='journey', threads=1)]

    def like(self, figure):
        """The times of scan and journey that a figure is to be seen beside:
        with as many threads, and of the same type of customer."""
        column = (figure['counts'] or '').split(' ')[-1]
        found = [c for c in self.counts() if c.split()[1] == column]
        for counts in (found or self.counts())[:1]:
            return (self.scan(counts, figure['threads']),
                    self.best(key='journey', counts=counts,
                              threads=figure['threads']))
        return None, None

    def scan(self, counts, threads):
        column = counts.split()[1]
        return self.best(counts=f'scan {self.name} {column}', threads=threads)


def named(part, counts):
    kind = counts.split('_')[1]
    return part.name if kind == 'id' else f'{part.name}, {kind}'


# ---------------------------------------------------------------------------
# Tables
# ---------------------------------------------------------------------------

def summary(parts):
    head = ['', 'threads', 'bare scan', '**journey**', 'ClickHouse',
            'ClickHouse, tuned', 'DuckDB', 'SQL in PostgreSQL']
    rows = []
    for part in parts:
        for counts in part.counts():
            for threads in (1, 2):
                rows.append(summary_row(part, counts, threads))
    return table(head, rows)


def summary_row(part, counts, threads):
    scan = part.scan(counts, threads)
    ours = part.best(key='journey', counts=counts, threads=threads)
    row = [named(part, counts), str(threads), seconds(scan),
           '**%s**' % seconds(ours)]
    for engine, key in (('ClickHouse', 'windowFunnel'),
                        ('ClickHouse', 'windowFunnel, tuned'),
                        ('DuckDB', 'by hand'), ('PostgreSQL', 'by hand')):
        theirs = part.best(key=key, engine=engine, counts=counts,
                           threads=threads)
        theirs = theirs or part.best(key=key, engine=engine, counts=counts)
        row.append('%s (%s)' % (seconds(theirs), ratio(theirs, ours))
                   if theirs else '')
    return row


def details(part):
    head = ['', 'threads', 'min', '**median**', 'max', 'of the scan',
            'of journey']
    rows = []
    for figure in part.figures:
        time = median(figure)
        scan, ours = part.like(figure)
        label = '%s: %s' % (figure['engine'], figure['label'])
        notes = [figure['note']] if figure['note'] else []
        notes += ['*wrong*'] if figure['key'] == 'wrong' else []
        if notes:
            label += ' (%s)' % ', '.join(notes)
        rows.append([label, str(figure['threads']),
                     seconds(min(figure['seconds'])), '**%s**' % seconds(time),
                     seconds(max(figure['seconds'])), ratio(time, scan),
                     ratio(time, ours)])
    return table(head, rows)


def growth(part):
    head = ['rows', 'bare scan', 'journey', 'ns a row', 'spilled', 'ns a row',
            'of in memory']
    rows = []
    for count, in_memory, on_disk in sizes(part):
        scan = part.best(key=f'scan {count}')
        rows.append(['%g million' % (count / 1e6), seconds(scan),
                     seconds(in_memory), '%.0f' % (in_memory / count * 1e9),
                     seconds(on_disk), '%.0f' % (on_disk / count * 1e9),
                     ratio(on_disk, in_memory)])
    return table(head, rows)


def timelines(part):
    """What is best to know of each kind of figure, in the words of its use."""
    events = part.sizes['a'][0]
    bare = {key: part.best(key=key, threads=1) for key in ('scan', 'raw')}
    finished, *made = part.select(key='made')
    upsert, fold = part.select(key='upsert')
    rows = []
    for key in ('journey', 'value'):
        for figure in part.select(key=key):
            row = [figure['label'], str(figure['threads']),
                   seconds(median(figure)),
                   '%.1f' % (events / median(figure) / 1e6)]
            for name in CLICKHOUSE:
                theirs = part.best(key=name, threads=figure['threads'])
                row.append('%s (%s)' % (seconds(theirs),
                                        ratio(theirs, median(figure)))
                           if theirs else '')
            rows.append(row)
    out = table(['', 'threads', 'seconds', 'million events a second',
                 'ClickHouse', 'ClickHouse, tuned'], rows)
    out += '\n' + table(
        ['', 'seconds', 'of the bare scan of the events',
         'of CREATE TABLE AS of finished rows'],
        [[figure['label'], seconds(median(figure)),
          ratio(median(figure), bare['raw']),
          ratio(median(figure), median(finished))]
         for figure in [finished] + made])
    out += '\n' + table(
        ['', 'seconds', 'of the bare upsert'],
        [[figure['label'], seconds(median(figure)),
          ratio(median(figure), median(upsert))]
         for figure in (upsert, fold)])
    size = {name: size for name, (_, size) in part.sizes.items()}
    out += '\n' + table(
        ['', 'MB', 'bytes an event', 'of the raw heap'],
        [[what, '%.0f' % (size[name] / 1e6), '%.1f' % (size[name] / events),
          ratio(size[name], size['a'])]
         for what, name in (('events', 'a'), ('timelines', 'stored'),
                            ('timelines with values', 'valued'))])
    return out


def sizes(part):
    return [(count, part.best(key=f'journey {count}'),
             part.best(key=f'spilled {count}'))
            for count, _ in part.sizes.values()]


def results_of(part):
    """Customers per stage, once for each thing that is counted."""
    lines = []
    for name in ('journey', 'no window'):
        found = [f for f in part.figures
                 if (f['counts'] or '').startswith(name)][:1]
        for figure in found:
            lines.append('%s: %s' % (name, ', '.join(
                '{:,}'.format(int(n)) for n in figure['rows'][0].split())))
    return 'Customers per stage, the same in all: %s.\n' % '; '.join(lines)


# ---------------------------------------------------------------------------
# Goals: printed at the end of a run, and no part of the document
# ---------------------------------------------------------------------------

def goals(results):
    parts = parts_of(results)
    rows = []

    def goal(what, value, limit, least=False):
        if value is not None:
            good = value >= limit if least else value <= limit
            rows.append([what, '%s %g' % ('>=' if least else '<=', limit),
                         '%.2f' % value, 'yes' if good else '**no**'])

    for part in parts:
        if part.name == 'growth':
            each = [time / count for count, time, _ in sizes(part)]
            goal('time per row, slowest of four sizes to fastest',
                 max(each) / min(each), 1.6)
            goal('spilled to in memory, the worst of four sizes',
                 max(disk / memory for _, memory, disk in sizes(part)), 2)
        elif part.name == 'timelines':
            goals_of_timelines(part, goal)
        elif part.name == 'a':
            goals_of_a(part, goal)
        elif part.name == 'f':
            for n in (1, 2):
                goal('f, channels and feelings to value alone, threads: '
                     f'{n}', part.best(key='feeling', threads=n) /
                     part.best(key='value', threads=n), 1.3)
        else:
            against_clickhouse(part, goal, 1, (1, 2))
        for label, size in part.peaks.items():
            goal(f'peak memory in MiB, work_mem 64MB, {label}',
                 size / 2 ** 20, 64 * part.multiplier + 32)
    return table(['', 'goal', 'measured', 'reached'], rows)


def goals_of_a(part, goal):
    ours = {n: part.best(key='journey', threads=n) for n in (1, 2)}
    goal('a, serial, to the bare scan',
         ours[1] / part.best(key='scan', threads=1), 1.8)
    against_clickhouse(part, goal, 0.9, (1,))
    against_clickhouse(part, goal, 1, (2,))
    for threads, time in ours.items():
        theirs = part.best(key='by hand', engine='PostgreSQL',
                           counts=part.counts()[0])
        goal(f'a, best SQL in PostgreSQL to journey, threads: {threads}',
             theirs / time, 5, least=True)
    goal('a, 64 stages to 4',
         part.best(key='stages', threads=1) / ours[1], 1.5)
    for figure in part.select(key='rule'):
        goal(f"a, {figure['label'].replace('journey, ', '')}, to the plain "
             'journey', median(figure) / ours[1], 1.5)
    goal('a, spilled to in memory', part.best(key='spilled') / ours[1], 2)


def goals_of_timelines(part, goal):
    events = part.sizes['a'][0]
    goal('timelines, million events a second and core',
         events / part.best(key='journey', threads=1) / 1e6, 60, least=True)
    for threads in (1, 2):
        ours = part.best(key='journey', threads=threads)
        for name in CLICKHOUSE:
            theirs = part.best(key=name, threads=threads)
            if theirs:
                goal(f"timelines, ClickHouse's {name} to them, threads: "
                     f'{threads}', theirs / ours, 10, least=True)
    goal('timelines with values, size to the raw heap',
         part.sizes['valued'][1] / part.sizes['a'][1], 0.35)
    finished, loaded, _ = map(median, part.select(key='made'))
    goal('timelines(), to the greater of 4 bare scans and 1.3 CREATE TABLE AS '
         'of finished rows',
         loaded / max(4 * part.best(key='raw', threads=1), 1.3 * finished), 1)
    upsert, fold = map(median, part.select(key='upsert'))
    goal('timelines, a fold of 1 % to the bare upsert', fold / upsert, 1.5)


def against_clickhouse(part, goal, limit, threads):
    for counts in part.counts():
        for n in threads:
            ours = part.best(key='journey', counts=counts, threads=n)
            for key in CLICKHOUSE:
                theirs = part.best(key=key, counts=counts, threads=n)
                if theirs:
                    goal(f'{named(part, counts)}, to ClickHouse\'s {key}, '
                         f'threads: {n}', ours / theirs, limit)


def headline(part):
    rows, _ = part.sizes['a']
    ours = [part.best(key='journey', threads=n) for n in (1, 2)]
    scan = part.best(key='scan', threads=1)
    by_hand = part.best(key='by hand', engine='PostgreSQL',
                        counts=part.counts()[0])
    return (f'{rows:,} events in the order of their arrival:\n'
            f'**{seconds(ours[0])} s** in one process, {ratio(ours[0], scan)} '
            f'times the bare scan;\n{seconds(ours[1])} s with two workers. '
            f'The best SQL by hand takes {seconds(by_hand)} s.\n')


# ---------------------------------------------------------------------------
# All
# ---------------------------------------------------------------------------

def surroundings(results):
    machine = results['machine']
    lines = ['%s, %d CPUs, %.0f GiB of memory' % (
        machine['cpu'], machine['cpus'], machine['memory'] / 2 ** 30)]
    versions = results['versions']
    lines.append(', '.join('%s %s' % item for item in versions.items()
                           if item[0] != 'compiler')
                 + '; compiled with ' + versions['compiler'])
    lines.append('PostgreSQL: ' + ', '.join(
        '`%s = %s`' % item for item in results['settings'].items()))
    lines.append('%d rounds; the large data sets have %g million rows' % (
        results['rounds'], results['rows'] / 1e6))
    return ''.join(f'- {line}\n' for line in lines)


def parts_of(results):
    parts = [Part(found) for found in results['parts']]
    for part in parts:
        part.multiplier = float(results['settings']['hash_mem_multiplier'])
    return parts


def join(files):
    """One result of several runs; each part knows which one it is of."""
    results = None
    for found in files:
        for part in found['parts']:
            part['run'] = found.get('run')
        if results is None:
            results = found
            continue
        others = ('rows', 'rounds', 'machine', 'versions', 'settings')
        if any(results[key] != found[key] for key in others):
            sys.exit('report: the runs are not of one kind')
        new = {part['name']: part for part in found['parts']}
        old = {part['name'] for part in results['parts']}
        results['parts'] = [new.get(part['name'], part)
                            for part in results['parts']]
        results['parts'] += [part for name, part in new.items()
                             if name not in old]
    return results


def runs(parts):
    """Says which parts are of which run, if there were several."""
    found = {}
    for part in parts:
        found.setdefault(getattr(part, 'run', None), []).append(part.name)
    if len(found) < 2:
        return ''
    return ('- ' + '; '.join(f'{", ".join(names)}: {run}'
                             for run, names in found.items()) +
            '. A machine is not always equally fast: see the bare scans\n')


def text(results):
    parts = parts_of(results)
    compared = [part for part in parts
                if part.name not in ('f', 'growth', 'timelines')]
    out = [INTRODUCTION]
    out += [headline(part) for part in parts if part.name == 'a']
    out.append(surroundings(results) + runs(parts))
    if compared:
        out += ['## Summary\n', SUMMARY, summary(compared),
                ''.join(f'- {part.title}\n' for part in compared)]
    for part in parts:
        rows = ', '.join('%s: %s rows, %.0f MB' % (
            name, '{:,}'.format(count), size / 1e6)
            for name, (count, size) in part.sizes.items())
        out += [f'## {part.title}\n', f'{rows}.\n']
        if part.name == 'timelines':
            out += [TIMELINES, timelines(part)]
        out.append(growth(part) if part.name == 'growth' else
                   results_of(part))
        out.append(details(part))
    peaks = [[label, '%.1f' % (size / 2 ** 20),
              '%g' % (64 * part.multiplier)]
             for part in parts for label, size in part.peaks.items()]
    if peaks:
        out += ['## Memory\n', 'At `work_mem = 64MB`, in MiB.\n',
                table(['', 'growth of the peak',
                       'work_mem * hash_mem_multiplier'], peaks)]
    out += [METHOD, RERUN.format(disk='10 GB', memory='16 GB')]
    return '\n'.join(out)


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    saved = []
    for name in sys.argv[1:]:
        with open(name, encoding='utf-8') as file:
            saved.append(json.load(file))
    joined = join(saved)
    print(text(joined), end='')
    print(goals(joined), end='', file=sys.stderr)
