"""The data sets: made in PostgreSQL, copied from there into the other engines.

Every row has a time of its own, so that no two engines can differ in what they
do with events at the same time.  "customers" in a set is the column that names
the customer, and its type in PostgreSQL, DuckDB and ClickHouse.
"""

import subprocess

EVENTS = ('visit', 'search', 'cart', 'checkout', 'help', 'purchase')
STAGES = ('visit', 'cart', 'checkout', 'purchase')

INTEGER = ('customer_id', 'bigint', 'BIGINT', 'Int64')
UUID = ('customer_uuid', 'uuid', 'UUID', 'UUID')
TEXT = ('customer_text', 'text', 'VARCHAR', 'String')


def generated(customer, rows, days=30):
    """A table of so many rows in the order of their arrival, evenly spaced
    over so many days.  customer is an expression of i, the row's number, and
    random()."""
    return f'''
        SELECT setseed(0.20240101);
        CREATE TABLE {{table}} AS
        SELECT customer_id,
               timestamptz '2024-01-01 00:00:00+00'
                   + i * interval '{days * 86400 / rows:.6f} seconds' AS at,
               CASE WHEN kind < 0.30 THEN 'visit'
                    WHEN kind < 0.45 THEN 'search'
                    WHEN kind < 0.67 THEN 'cart'
                    WHEN kind < 0.82 THEN 'checkout'
                    WHEN kind < 0.92 THEN 'help'
                    ELSE 'purchase' END AS event,
               CASE WHEN kind >= 0.45 THEN
                   round(amount * 20000) / 100 END AS value,
               (customer_id % {campaigns(rows)})::int AS campaign,
               's' || customer_id % 10 AS segment
        FROM (SELECT i, ({customer})::bigint AS customer_id,
                     random() AS kind, random() AS amount
              FROM generate_series(1, {rows}) i) g'''


def campaigns(rows):
    return max(rows // 100, 1)


def anyone(rows):
    """One of the customers, each with 11 events in the mean."""
    return f'1 + floor(random() * {max(rows // 11, 1)})'


def uniform(rows):
    return generated(anyone(rows), rows)


class Set:
    def __init__(self, name, title, create, customers=(INTEGER,)):
        self.name = name
        self.title = title
        self.create = create.format(table=name)
        self.customers = customers


def data_sets(rows):
    few = rows // 10
    return {data.name: data for data in (
        Set('a', 'in the order of arrival', uniform(rows)),
        Set('b', '4 events a customer',
            generated(f'1 + i::bigint * 7919 % {few}', few * 4, days=8)),
        Set('c', 'half of all events are one customer\'s',
            generated(f'CASE WHEN random() < 0.5 THEN 0 '
                      f'ELSE {anyone(rows)} END', rows)),
        Set('d', 'customers are uuid or text',
            uniform(rows * 3 // 10).replace('{table}', '{table}_bigint') +
            ''';
            CREATE TABLE {table} AS
            SELECT md5(customer_id::text)::uuid AS customer_uuid,
                   'customer-' || customer_id || '@example.org'
                       AS customer_text,
                   at, event, value, campaign, segment
            FROM {table}_bigint;
            DROP TABLE {table}_bigint''', (UUID, TEXT)),
        Set('e', 'stored by customer and time',
            uniform(rows).replace('{table}', '{table}_mixed') + ''';
            CREATE TABLE {table} AS
            SELECT * FROM {table}_mixed ORDER BY customer_id, at;
            CREATE INDEX ON {table} (customer_id, at);
            DROP TABLE {table}_mixed'''),
        Set('f', 'with a channel and a feeling',
            uniform(rows).replace('{table}', '{table}_bare') + ''';
            CREATE TABLE {table} AS
            SELECT *, segment AS channel,
                   (campaign % 201 - 100) / 100.0::float8 AS feeling
            FROM {table}_bare;
            DROP TABLE {table}_bare'''),
    )}


def load_postgres(postgres, data):
    postgres.run(data.create)
    settle(postgres, data.name)


def settle(postgres, table):
    """Nothing is left to be done on it, and it is in memory."""
    postgres.run(f'VACUUM (ANALYZE, FREEZE) {table}')
    postgres.run(f"SELECT pg_prewarm('{table}')")


def export(data, path):
    """A file of comma-separated values; times are microseconds since 1970."""
    names = ', '.join(name for name, *_ in data.customers)
    with open(path, 'wb') as file:
        subprocess.run(
            ('psql', '-X', '-q', '-c', f'''COPY (
                SELECT {names}, (extract(epoch FROM at) * 1000000)::bigint,
                       event, campaign, segment
                FROM {data.name}) TO STDOUT (FORMAT csv)'''),
            stdout=file, check=True)


def load_duckdb(duckdb, data, path):
    """One table, its rows in PostgreSQL's order, the event an integer."""
    columns = {name: type for name, _, type, _ in data.customers}
    columns.update(us='BIGINT', event='event', campaign='INTEGER',
                   segment='VARCHAR')
    types = ', '.join(f"'{name}': '{type}'" for name, type in columns.items())
    names = ', '.join(f"'{event}'" for event in EVENTS)
    duckdb.run('DROP TYPE IF EXISTS event')
    duckdb.run(f'CREATE TYPE event AS ENUM ({names})')
    duckdb.run(f'''CREATE TABLE {data.name} AS
        FROM read_csv('{path}', header = false, columns = {{{types}}})''')


def load_clickhouse(clickhouse, data, path):
    """A table for each kind of customer, in the order that suits it best."""
    columns = [f'{name} {type}' for name, _, _, type in data.customers]
    columns += ['us UInt64', 'event LowCardinality(String)', 'campaign Int32',
                'segment LowCardinality(String)']
    for customer, _, _, type in data.customers:
        table = clickhouse_table(data.name, customer)
        clickhouse.run(f'''CREATE TABLE {table} ({customer} {type},
            {', '.join(columns[len(data.customers):])})
            ENGINE = MergeTree ORDER BY ({customer}, us)''')
        clickhouse.run(f'''INSERT INTO {table}
            SELECT {customer}, us, event, campaign, segment
            FROM file('{path}', CSV, '{', '.join(columns)}')''')
        clickhouse.run(f'OPTIMIZE TABLE {table} FINAL')


def clickhouse_table(table, customer):
    return f'{table}_{customer}'


LOAD = {'DuckDB': load_duckdb, 'ClickHouse': load_clickhouse}
