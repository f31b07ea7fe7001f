"""Each client lists the views, reads every column, and filters.

Run by test/clients/run.  A client is a program of its own; it prints lines of
JSON: {"view", "types": {column: type}, "rows"} for each view that it finds by
its own means of listing, and {"filter", "rows", "reached"} for three queries.
Types are those that the client itself tells: text, integer, bigint, double,
boolean, date, timestamp; anything else is a failure.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE = 'journey_clients'
READER = 'journey_clients_reader'
VIEWS = ('alerts', 'comparison', 'leaks', 'map', 'pictures', 'runs', 'stages', 'trend')
SETUP = '''
SET client_min_messages = warning;
CREATE EXTENSION journey SCHEMA public;
CREATE SCHEMA reports;
CREATE TABLE events AS
SELECT 100 * day + n AS customer, timestamptz '2026-03-01Z'
        + day * interval '1 day' + (n + e) * interval '1 minute' AS at,
    (ARRAY['visit', 'cart', 'pay'])[1 + e] AS event, 1.5 * n AS value,
    CASE WHEN n % 3 > 0 THEN 'Grüße ' || n % 3 END AS segment
FROM generate_series(1, 5) day, generate_series(1, 60) n,
    generate_series(0, 2) e
WHERE e = 0 OR n % (e * (day % 4 + 1)) = 0;
SELECT journey_create_report('shop', 'visit -> cart -> pay within 1 day',
    'events', value => 'value', segment => 'segment', schema => 'reports');
CALL journey_refresh('shop', schema => 'reports');
CREATE ROLE {reader} LOGIN;
GRANT USAGE ON SCHEMA reports TO {reader};
GRANT SELECT ON {views} TO {reader};
'''
FILTERS = {
    'stage': "stage = 'cart'",
    'period': "period_start = '2026-03-03 00:00:00+00'",
    'segment': "segment = 'Grüße 1'",
}
# what a client calls a type, where that is another than PostgreSQL's
OTHERWISE = {
    'node': {'bigint': 'text'},             # does not fit in its numbers
    'libreoffice': {'timestamp': 'text'},
}

failures = 0


def check(good, what, detail=''):
    global failures
    print('%s - %s' % ('ok' if good else 'not ok', what), flush=True)
    if not good:
        failures += 1
        for line in str(detail).splitlines()[-20:]:
            print('# ' + line, flush=True)


def psql(script, user='postgres', database=DATABASE):
    done = subprocess.run(
        ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', user,
         '-d', database, '-f', '-'), input=script, capture_output=True,
        encoding='utf-8', check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


def expected():
    """What every client should find."""
    names = {'integer': 'integer', 'bigint': 'bigint', 'text': 'text',
             'double precision': 'double', 'boolean': 'boolean', 'date': 'date',
             'timestamp with time zone': 'timestamp'}
    views = {}
    for line in psql('''
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'reports' ORDER BY table_name, ordinal_position''',
                     READER).splitlines():
        view, column, kind = line.split('|')
        views.setdefault(view, {})[column] = names.get(kind, kind)
    rows = {view: int(psql('SELECT count(*) FROM reports.' + view, READER))
            for view in views}
    filters = {}
    for name, condition in FILTERS.items():
        filters[name] = tuple(int(n) for n in psql(
            'SELECT count(*), sum(reached) FROM reports.shop_stages WHERE '
            + condition, READER).split('|'))
    return views, rows, filters


def check_client(name, command, views, rows, filters, environment=None):
    done = subprocess.run(command, capture_output=True, encoding='utf-8',
                          check=False, timeout=300,
                          env=dict(os.environ, PGUSER=READER,
                                   PGDATABASE=DATABASE, PGCLIENTENCODING='UTF8',
                                   **(environment or {})))
    lines = [json.loads(line) for line in done.stdout.splitlines()
             if line.startswith('{')]
    check(done.returncode == 0, name + ' runs', done.stdout + done.stderr)
    found = {line['view']: line for line in lines if 'view' in line}
    check(set(found) == set(views), name + ' lists the views',
          sorted(set(found) ^ set(views)))
    wrong = []
    for view in set(found) & set(views):
        types = {c: OTHERWISE.get(name, {}).get(t, t)
                 for c, t in views[view].items()}
        wrong += ['%s.%s is %s, not %s' % (view, c, found[view]['types'].get(c),
                                           t)
                  for c, t in types.items() if found[view]['types'].get(c) != t]
        if found[view]['rows'] != rows[view]:
            wrong.append('%s has %d rows, not %d' % (view, found[view]['rows'],
                                                     rows[view]))
    check(found and not wrong, name + ' reads every column with its type',
          '\n'.join(wrong))
    seen = {line['filter']: (line['rows'], line['reached']) for line in lines
            if 'filter' in line}
    check(seen == filters, name + ' filters by stage, period and segment',
          '%s, not %s' % (seen, filters))


def installed_node_pg():
    """A directory with node's pg in it, or why there is none."""
    if not shutil.which('npm') or not shutil.which('node'):
        return None, 'there is no node with npm'
    directory = tempfile.mkdtemp()
    done = subprocess.run(('npm', 'install', '--silent', '--no-audit',
                           '--prefix', directory, 'pg@8'),
                          capture_output=True, encoding='utf-8', check=False,
                          timeout=300)
    if done.returncode:
        return None, 'npm cannot install pg: ' + done.stderr.strip()[-200:]
    return directory, None


def python_with(module):
    """The system's own python, whose packages are Debian's."""
    python = '/usr/bin/python3'
    if subprocess.run((python, '-c', 'import ' + module), check=False,
                      capture_output=True).returncode:
        return None, 'there is no %s for %s' % (module, python)
    return python, None


def clients():
    """(name, command, environment), or (name, None, why not)"""
    jar = '/usr/share/java/postgresql.jar'
    if os.path.exists(jar) and shutil.which('javac'):
        yield 'jdbc', ('java', '-cp', jar, os.path.join(HERE, 'Jdbc.java')), {}
    else:
        yield 'jdbc', None, 'there is no %s or no JDK' % jar
    python, why = python_with('ctypes')
    drivers = subprocess.run('odbcinst -q -d', shell=True, check=False,
                             capture_output=True, encoding='utf-8').stdout
    if python and 'PostgreSQL Unicode' in drivers:
        yield 'odbc', (python, os.path.join(HERE, 'odbc.py')), {}
    else:
        yield 'odbc', None, why or 'there is no driver "PostgreSQL Unicode"'
    for module in ('psycopg2', 'psycopg'):
        python, why = python_with(module)
        yield module, python and (python, os.path.join(HERE, 'psycopg_any.py'),
                                  module), why or {}
    python, why = python_with('uno')
    if python and shutil.which('soffice'):
        yield ('libreoffice', (python, os.path.join(HERE, 'libreoffice.py')),
               {})
    else:
        yield 'libreoffice', None, why or 'there is no soffice'
    directory, why = installed_node_pg()
    yield ('node', directory and ('node', os.path.join(HERE, 'node.cjs')),
           why or {'NODE_PATH': os.path.join(directory or '', 'node_modules')})


def main():
    psql('CREATE DATABASE ' + DATABASE, database='postgres')
    psql(SETUP.format(reader=READER, views=', '.join(
        'reports.shop_' + view for view in VIEWS)))
    views, rows, filters = expected()
    check(sorted(views) == ['shop_' + v for v in VIEWS], 'psql lists the views',
          sorted(views))
    check({t for types in views.values() for t in types.values()}
          <= {'text', 'integer', 'bigint', 'double', 'boolean', 'date',
              'timestamp'}, 'they have plain types only', views)
    for name, command, more in clients():
        if command is None:
            print('ok - %s # SKIP %s' % (name, more))
        else:
            check_client(name, command, views, rows, filters, more)
    psql('DROP DATABASE ' + DATABASE, database='postgres')
    psql('DROP ROLE ' + READER, database='postgres')
    return failures > 0


if __name__ == '__main__':
    sys.exit(main())
