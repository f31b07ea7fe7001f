"""The statements that are timed.

Each gives one row: how many customers reached each of the four stages.  With a
segment it gives one such row for each.
"""

import json

from data import STAGES, clickhouse_table

WINDOW_US = 7 * 86400 * 1000000
JOURNEY = ' -> '.join(STAGES)
WITHIN = JOURNEY + ' within 7 days'
MANY = ' -> '.join(STAGES + tuple(f'stage{n}' for n in range(5, 65))) + \
    ' within 7 days'



def with_clause(stage, **clauses):
    """The journey with a clause of one stage."""
    stages = [dict(name=name, **(clauses if name == stage else {}))
              for name in STAGES]
    return json.dumps({'stages': stages, 'within': '7 days'})


RULES = {
    'strict': WITHIN + ' strict',
    'any order': WITHIN + ' any order',
    'open': WITHIN + ' open',
    'attempts': WITHIN + ' attempts',
    'an optional stage': WITHIN.replace('visit', 'visit -> search?', 1),
    'within of a stage': with_clause('cart', within='3 days'),
    'after of a stage': with_clause('cart', after='1 hour'),
    'without': with_clause('cart', without=['support']),
    'as_of': json.dumps({
        'stages': STAGES, 'within': '7 days',
        'as_of': '2024-01-20T00:00:00Z'}),
    'entered_from': json.dumps({
        'stages': STAGES, 'within': '7 days',
        'entered_from': '2024-01-05T00:00:00Z'}),
}

CONDITIONS = ', '.join(f"event = '{stage}'" for stage in STAGES)
ANY_STAGE = 'event IN (%s)' % ', '.join(f"'{stage}'" for stage in STAGES)


def scan(table, customer='customer_id'):
    """What it costs to get at the rows: no way to count them is faster."""
    # There is no max(uuid) before PostgreSQL 18.
    first = 'count' if customer == 'customer_uuid' else 'max'
    return f'SELECT {first}({customer}), max(at), count(event) FROM {table}'


def grouped(table, group):
    """What grouping costs in any aggregate: the limit of a funnel a group."""
    return f'''
        SELECT count(*)
        FROM (SELECT count(event) FROM {table} GROUP BY {group}) q'''


# ---------------------------------------------------------------------------
# journey
# ---------------------------------------------------------------------------

def funnel(table, customer='customer_id', journey=WITHIN, rest='event'):
    return f'''
        SELECT string_agg(reached::text, ' ' ORDER BY stage_no)
        FROM (SELECT funnel('{journey}', {customer}, at, {rest}) AS f
              FROM {table}) q, stages(f)
        WHERE stage_no <= {len(STAGES)}'''


def funnel_by_segment(table):
    return f'''
        SELECT segment, string_agg(reached::text, ' ' ORDER BY stage_no)
        FROM (SELECT segment, funnel('{WITHIN}', customer_id, at, event) AS f
              FROM {table} GROUP BY segment) q, stages(f)
        GROUP BY segment ORDER BY segment'''


def funnel_by_campaign(table):
    """The result of very many groups is made smaller by a rollup."""
    return f'''
        SELECT string_agg(reached::text, ' ' ORDER BY stage_no)
        FROM (SELECT rollup(f) AS f
              FROM (SELECT funnel('{WITHIN}', customer_id, at, event) AS f
                    FROM {table} GROUP BY campaign) q) q, stages(f)'''


# ---------------------------------------------------------------------------
# SQL by hand, for PostgreSQL and for DuckDB
# ---------------------------------------------------------------------------

# The column of the time, and the journey's window.
POSTGRES = ('at', "interval '168 hours'")
DUCKDB = ('us', str(WINDOW_US))

def running_maximum(table, customer='customer_id', dialect=POSTGRES):
    """Right in every case, with one sort: each row learns the newest start
    from which its customer has reached stage 1, 2, 3."""
    at, window = dialect
    over = (f'OVER (PARTITION BY {customer} ORDER BY {at} '
            'ROWS UNBOUNDED PRECEDING)')
    return f'''
        WITH one AS (
            SELECT {customer}, {at}, event,
                   max({at}) FILTER (WHERE event = 'visit') {over} AS s1
            FROM {table} WHERE {ANY_STAGE}
        ), two AS (
            SELECT *, max(s1) FILTER (WHERE event = 'cart'
                          AND {at} <= s1 + {window}) {over} AS s2
            FROM one
        ), three AS (
            SELECT *, max(s2) FILTER (WHERE event = 'checkout'
                          AND {at} <= s2 + {window}) {over} AS s3
            FROM two
        ), customer AS (
            SELECT max(s1) AS reached1, max(s2) AS reached2,
                   max(s3) AS reached3,
                   max(s3) FILTER (WHERE event = 'purchase'
                       AND {at} <= s3 + {window}) AS reached4
            FROM three GROUP BY {customer}
        )
        SELECT count(reached1), count(reached2), count(reached3),
               count(reached4)
        FROM customer'''


def chained(table, starts='all', customer='customer_id', dialect=POSTGRES,
            within=True):
    """A join a stage: the first event of each stage after the stage before.
    starts is 'all', or 'first': from a customer's first visit only, which is
    right only for a journey without a window."""
    at, window = dialect
    if starts == 'first':
        parts = [f'''SELECT {customer}, min({at}) AS s, min({at}) AS t
            FROM {table} WHERE event = 'visit' GROUP BY 1''']
    else:
        parts = [f'''SELECT {customer}, {at} AS s, {at} AS t
            FROM {table} WHERE event = 'visit' ''']
    in_time = f'AND e.{at} <= p.s + {window}' if within else ''
    for number, stage in enumerate(STAGES[1:], start=1):
        parts.append(f'''SELECT p.{customer}, p.s, min(e.{at}) AS t
            FROM stage{number} p
                JOIN {table} e ON e.{customer} = p.{customer}
                    AND e.event = '{stage}' AND e.{at} > p.t {in_time}
            GROUP BY 1, 2''')
    return in_steps(parts, customer)


def nearest(table, customer='customer_id'):
    """The same in DuckDB's own way: ASOF JOIN finds the next event."""
    parts = [f'''SELECT {customer}, us AS s, us AS t
        FROM {table} WHERE event = 'visit' ''']
    for number, stage in enumerate(STAGES[1:], start=1):
        parts.append(f'''SELECT p.{customer}, p.s, e.us AS t
            FROM stage{number} p
                ASOF JOIN (SELECT {customer}, us FROM {table}
                           WHERE event = '{stage}') e
                    ON e.{customer} = p.{customer} AND p.t < e.us
            WHERE e.us <= p.s + {WINDOW_US}''')
    return in_steps(parts, customer)


def in_steps(parts, customer):
    numbers = range(1, len(parts) + 1)
    return 'WITH %s SELECT %s' % (
        ', '.join(f'stage{n} AS ({part})' for n, part in zip(numbers, parts)),
        ', '.join(f'(SELECT count(DISTINCT {customer}) FROM stage{n})'
                  for n in numbers))


def conditional_minimum(table):
    """One pass without a sort, but wrong: a cart before the first visit hides
    all later ones, and only the first visit can start."""
    _, window = POSTGRES
    return f'''
        SELECT count(t1),
               count(*) FILTER (WHERE t2 > t1 AND t2 <= t1 + {window}),
               count(*) FILTER (WHERE t2 > t1 AND t3 > t2
                                AND t3 <= t1 + {window}),
               count(*) FILTER (WHERE t2 > t1 AND t3 > t2 AND t4 > t3
                                AND t4 <= t1 + {window})
        FROM (SELECT min(at) FILTER (WHERE event = 'visit') AS t1,
                     min(at) FILTER (WHERE event = 'cart') AS t2,
                     min(at) FILTER (WHERE event = 'checkout') AS t3,
                     min(at) FILTER (WHERE event = 'purchase') AS t4
              FROM {table} GROUP BY customer_id) q'''


# ---------------------------------------------------------------------------
# ClickHouse
# ---------------------------------------------------------------------------

def window_funnel(table, customer='customer_id', group='', tuned=False):
    """group: a column to count by.  tuned: leaves out what no stage needs, and
    tells ClickHouse to make use of the order in which the table is stored."""
    by = f'{group}, {customer}' if group else customer
    where = f'WHERE {ANY_STAGE}' if tuned else ''
    settings = 'SETTINGS optimize_aggregation_in_order = 1' if tuned else ''
    counts = ', '.join(f'countIf(level >= {n})'
                       for n in range(1, len(STAGES) + 1))
    return f'''
        SELECT {group + ', ' if group else ''}{counts}
        FROM (SELECT {by},
                     windowFunnel({WINDOW_US})(us, {CONDITIONS}) AS level
              FROM {clickhouse_table(table, customer)} {where} GROUP BY {by})
        {f'GROUP BY {group} ORDER BY {group}' if group else ''}
        {settings}'''


def window_funnel_by_campaign(table):
    sums = ', '.join(f'sum(c{n})' for n in range(1, len(STAGES) + 1))
    counts = ', '.join(f'countIf(level >= {n}) AS c{n}'
                       for n in range(1, len(STAGES) + 1))
    return f'''
        SELECT {sums}
        FROM (SELECT campaign, {counts}
              FROM (SELECT campaign, customer_id,
                           windowFunnel({WINDOW_US})(us, {CONDITIONS}) AS level
                    FROM {clickhouse_table(table, 'customer_id')}
                    GROUP BY campaign, customer_id)
              GROUP BY campaign)'''
