"""The part of the benchmark on stored timelines: what it costs to make them, to
fold new events in, and to count a journey in them."""

import queries
from data import anyone, data_sets, generated
from figures import POSTGRESQL, Figure, Part, both
from queries import JOURNEY, RULES, WITHIN

# Of data set a.  Every hundredth event is new, of every twentieth customer
# late, that is within the time of the others.
PREPARE = '''
    SET work_mem = '512MB';
    CREATE TABLE stored AS
    SELECT * FROM timelines('SELECT customer_id, at, event FROM a',
                            NULL::bigint);
    CREATE TABLE valued AS
    SELECT * FROM timelines('SELECT customer_id, at, event, value FROM a',
                            NULL::bigint);
    CREATE TABLE folded (LIKE stored) WITH (fillfactor = 90);
    INSERT INTO folded SELECT * FROM stored;
    ALTER TABLE folded ADD PRIMARY KEY (customer);
    {fresh};
    UPDATE fresh SET at = at + interval '30 days' WHERE customer_id % 20 > 0;
    CREATE TABLE finished AS
    SELECT customer, coalesce(merge(s.timeline, f.timeline), f.timeline)
           AS timeline
    FROM (SELECT customer_id AS customer, timeline(at, event)
          FROM fresh GROUP BY customer_id) f
        LEFT JOIN stored s USING (customer)
    ORDER BY customer'''

TABLES = ('stored', 'valued', 'folded', 'fresh', 'finished')

LOADED = ("SELECT * FROM timelines('SELECT customer_id, at, event FROM a', "
          'NULL::bigint)')
GROUPED = ('SELECT customer_id AS customer, timeline(at, event) '
           'FROM a GROUP BY customer_id')

FOLD = '''
    INSERT INTO folded AS t (customer, timeline)
    SELECT customer_id, merge(timeline(at, event), '{"events": []}')
    FROM fresh
    GROUP BY customer_id
    ORDER BY customer_id
    ON CONFLICT (customer) DO UPDATE
      SET timeline = merge(t.timeline, excluded.timeline)'''

UPSERT = '''
    INSERT INTO folded
    SELECT customer, timeline FROM finished
    ON CONFLICT (customer) DO UPDATE SET timeline = excluded.timeline'''


def funnel(table):
    return f'''
        SELECT string_agg(reached::text, ' ' ORDER BY stage_no)
        FROM (SELECT funnel('{WITHIN}', timeline) AS f FROM {table}) q,
            stages(f)'''


def made(label, query):
    return Figure('made', label, POSTGRESQL, f'CREATE TABLE made AS {query}',
                  counts='made', after='DROP TABLE made',
                  result='SELECT count(*), sum(num_events(timeline)) '
                         'FROM made')


def upsert(label, sql):
    """Rolled back, and cleaned up, so that each finds the same table."""
    return Figure('upsert', label, POSTGRESQL, sql, counts='upsert',
                  before='BEGIN', after='ROLLBACK; VACUUM folded',
                  result='SELECT count(*), count(*) FILTER '
                         '(WHERE t.timeline = f.timeline) '
                         'FROM folded t LEFT JOIN finished f USING (customer)')


def figures():
    counts = 'journey customer_id'
    found = both('scan', 'bare scan of the timelines', POSTGRESQL,
                 'SELECT count(timeline) FROM stored',
                 counts='scan timelines customer_id')
    found += both('journey', 'funnel of the timelines', POSTGRESQL,
                  funnel('stored'), counts=counts)
    found += both('value', 'the same, with value', POSTGRESQL,
                  funnel('valued'), counts=counts)
    found.append(Figure(
        'progress', 'customers of depth 2, by progress()', POSTGRESQL,
        'SELECT count(*) FROM stored '
        f"WHERE (progress('{WITHIN}', timeline)).depth = 2", counts=None))
    for key, tuned in (('windowFunnel', False), ('windowFunnel, tuned', True)):
        found += both(key, key, 'ClickHouse',
                      queries.window_funnel('a', tuned=tuned), counts=counts)
    found += both('raw', 'bare scan of the events', POSTGRESQL,
                  queries.scan('a'), counts='scan of the events')
    found += both('one level', 'funnel of the events', POSTGRESQL,
                  queries.funnel('a'), counts=counts)
    found += [
        made('CREATE TABLE AS, of finished rows', 'SELECT * FROM stored'),
        made('CREATE TABLE AS, timelines()', LOADED),
        made('CREATE TABLE AS, timeline() with GROUP BY', GROUPED),
        upsert('1 % new events, bare upsert of finished rows', UPSERT),
        upsert('1 % new events, fold', FOLD)]
    return found


def same(journey, events='event', table='stored'):
    return f'''
        SELECT funnel_send(f) = (SELECT funnel_send(funnel('{journey}',
                                     customer_id, at, {events})) FROM a)
        FROM (SELECT funnel('{journey}', timeline) AS f FROM {table}) q'''


def checks():
    """What must be true, beside equal counts."""
    journeys = dict(RULES, plain=WITHIN, **{'no window': JOURNEY})
    found = [(f'one level is two levels, {rule}', same(journey))
             for rule, journey in journeys.items()]
    found.append(('one level is two levels, with value',
                  same(WITHIN, 'event, value', 'valued')))
    found.append(('timelines() is timeline()', f'''
        SELECT count(*) = 0
        FROM (TABLE stored EXCEPT ALL {GROUPED}) q'''))
    return found


def part(rows):
    fresh = generated(anyone(rows), rows // 100).format(table='fresh')
    return Part('timelines', 'Stored timelines of data set a',
                [data_sets(rows)['a']], figures(), rivals=('ClickHouse',),
                prepare=PREPARE.replace('{fresh}', fresh), tables=TABLES,
                checks=checks())
