"""What is measured: the parts of the benchmark and the figures of each."""

import queries
from data import INTEGER, Set, campaigns, data_sets, uniform
from queries import DUCKDB, POSTGRES

POSTGRESQL = 'PostgreSQL'
RIVALS = ('DuckDB', 'ClickHouse')

# Generous, so that what is compared is in memory: the journey's own figures
# that go to disk say so, and SQL by hand gets what its sort takes.
MEMORY = '512MB'
MEMORY_BY_HAND = '2GB'
SMALL_MEMORY = '4MB'
BOUND_MEMORY = '64MB'


class Figure:
    """A statement to be timed.  key: what the report picks figures by.
    counts: those of a part with the same must have equal results; None is for
    those that count something else.  before and after: what is run around it,
    not timed.  result: a query that gives the rows in its place."""

    def __init__(self, key, label, engine, sql, threads=1, counts='journey',
                 memory=MEMORY, before=None, after=None, result=None):
        self.key = key
        self.label = label
        self.engine = engine
        self.sql = sql
        self.threads = threads
        self.counts = counts
        self.memory = memory
        self.before = before
        self.after = after
        self.result = result
        self.note = ''
        self.seconds = []
        self.rows = None


class Part:
    """Data sets that are there together, and the figures taken from them, one
    after the other in each round.  peaks: label, table and statement of which
    the memory is measured.  prepare: makes more tables, which are named.
    checks: what they are of, and queries that must give true."""

    def __init__(self, name, title, sets, figures, peaks=(), rivals=RIVALS,
                 prepare=None, tables=(), checks=()):
        self.name = name
        self.title = title
        self.sets = sets
        self.figures = figures
        self.peaks = peaks
        self.rivals = rivals
        self.prepare = prepare
        self.tables = tables
        self.checks = checks


def both(key, label, engine, sql, **options):
    """With one thread and with two."""
    return [Figure(key, label, engine, sql, threads, **options)
            for threads in (1, 2)]


def scan(table, customer='customer_id', label='bare scan', **options):
    return both('scan', label, POSTGRESQL, queries.scan(table, customer),
                counts=f'scan {table} {customer}', **options)


def by_hand(key, label, engine, sql, **options):
    return both(key, label, engine, sql, memory=MEMORY_BY_HAND, **options)


def common(table, customer=INTEGER, joins=True):
    """For every data set and every kind of customer.  Without joins where they
    would multiply one customer's events with one another."""
    name, kind, *_ = customer
    suffix = '' if customer == INTEGER else f', {kind}'
    counts = f'journey {name}'
    found = scan(table, name, 'bare scan' + suffix)
    found += both('journey', 'journey' + suffix, POSTGRESQL,
                  queries.funnel(table, name), counts=counts)
    for engine, dialect in ((POSTGRESQL, POSTGRES), ('DuckDB', DUCKDB)):
        if joins:
            found += by_hand(
                'by hand', 'SQL, a join a stage' + suffix, engine,
                queries.chained(table, 'all', name, dialect), counts=counts)
        found += by_hand(
            'by hand', 'SQL, window functions' + suffix, engine,
            queries.running_maximum(table, name, dialect), counts=counts)
    if joins:
        found += by_hand('by hand', 'SQL, ASOF joins' + suffix, 'DuckDB',
                         queries.nearest(table, name), counts=counts)
    for key, tuned in (('windowFunnel', False), ('windowFunnel, tuned', True)):
        found += both(key, key + suffix, 'ClickHouse',
                      queries.window_funnel(table, name, tuned=tuned),
                      counts=counts)
    return found


def variants(table, groups):
    """Other ways to call the aggregate, and their counterparts."""
    def ours(key, label, sql, **options):
        return both(key, 'journey, ' + label, POSTGRESQL, sql, **options)

    counts = 'journey customer_id'
    found = []
    found += ours('value', 'with value', counts=counts,
                  sql=queries.funnel(table, rest='event, value'))
    found += ours('conditions', 'with conditions', counts=counts,
                  sql=queries.funnel(table, rest=queries.CONDITIONS))
    found += ours('stages', '64 stages', counts=counts,
                  sql=queries.funnel(table, journey=queries.MANY))
    found.append(spilled(table, counts))
    found += [Figure('rule', 'journey, ' + rule, POSTGRESQL,
                     queries.funnel(table, journey=journey), counts=None)
              for rule, journey in queries.RULES.items()]
    found += both('grouped', 'bare count, GROUP BY segment', POSTGRESQL,
                  queries.grouped(table, 'segment'), counts=None)
    found += ours('segments', 'GROUP BY segment, 10 groups',
                  queries.funnel_by_segment(table), counts='segments')
    found += both('groups', 'windowFunnel, GROUP BY segment', 'ClickHouse',
                  queries.window_funnel(table, group='segment'),
                  counts='segments')
    found += both('grouped', 'bare count, GROUP BY campaign', POSTGRESQL,
                  queries.grouped(table, 'campaign'), counts=None)
    found += ours('campaigns', f'GROUP BY campaign, {groups:,} groups',
                  queries.funnel_by_campaign(table), counts=counts)
    found += both('groups', 'windowFunnel, GROUP BY campaign', 'ClickHouse',
                  queries.window_funnel_by_campaign(table), counts=counts)
    found += ours('no window', 'no window', counts='no window',
                  sql=queries.funnel(table, journey=queries.JOURNEY))
    for engine, dialect in ((POSTGRESQL, POSTGRES), ('DuckDB', DUCKDB)):
        found += by_hand('by hand', 'SQL, joins from the first visit, '
                         'no window', engine, counts='no window',
                         sql=queries.chained(table, 'first', dialect=dialect,
                                             within=False))
    found += by_hand('wrong', 'SQL, joins from the first visit', POSTGRESQL,
                     queries.chained(table, 'first'), counts=None)
    found += by_hand('wrong', 'SQL, conditional aggregates', POSTGRESQL,
                     queries.conditional_minimum(table), counts=None)
    return found


def touched(table):
    """What it takes to credit channels and feelings to stages."""
    counts = 'journey customer_id'
    found = scan(table)
    for key, label, rest in (
            ('journey', 'journey', 'event'),
            ('value', 'journey, with value', 'event, value'),
            ('channel', 'journey, with value and channel',
             'event, value, channel'),
            ('feeling', 'journey, with value, channel and feeling',
             'event, value, channel, feeling')):
        found += both(key, label, POSTGRESQL,
                      queries.funnel(table, rest=rest), counts=counts)
    return found


def spilled(table, counts):
    return Figure('spilled', 'journey, spilled', POSTGRESQL,
                  queries.funnel(table), counts=counts, memory=SMALL_MEMORY)


def growth(rows):
    """The same data at four sizes, in one part so that times compare."""
    sets, figures, peaks = [], [], []
    for number in (rows // 10, rows * 3 // 10, rows, rows * 3):
        table = f'rows_{number}'
        label = f'{number / 1e6:g} million rows'
        sets.append(Set(table, label, uniform(number)))
        figures += [
            Figure(f'{key} {number}', f'{what}, {label}', POSTGRESQL, sql,
                   counts=f'{counts} {number}', memory=memory)
            for key, what, sql, counts, memory in (
                ('scan', 'bare scan', queries.scan(table), 'scan', MEMORY),
                ('journey', 'journey', queries.funnel(table), 'journey',
                 MEMORY),
                ('spilled', 'journey, spilled', queries.funnel(table),
                 'journey', SMALL_MEMORY))]
        peaks.append((label, table, queries.funnel(table)))
    return Part('growth', 'a, at four sizes', sets, figures, peaks[2:], ())


def parts(rows):
    sets = data_sets(rows)
    found = []
    for data in sets.values():
        figures = []
        peaks = []
        if data.name == 'f':
            found.append(Part('f', f'f: {data.title}', [data], touched('f'),
                              [('f, with channel and feeling', 'f',
                                queries.funnel('f', rest='event, value, '
                                               'channel, feeling'))], ()))
            continue
        for customer in data.customers:
            figures += common(data.name, customer, joins=data.name != 'c')
        if data.name == 'a':
            figures += variants('a', campaigns(rows))
            peaks.append(('a, GROUP BY campaign', 'a',
                          queries.funnel_by_campaign('a')))
        if data.name == 'c':
            figures.append(spilled('c', 'journey customer_id'))
            peaks.append(('c', 'c', queries.funnel('c')))
        found.append(Part(data.name, f'{data.name}: {data.title}', [data],
                          figures, peaks))
    return found + [growth(rows)]
