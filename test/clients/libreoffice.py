"""Lists and reads the views of a report as LibreOffice Base does; see
check.py."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

import uno

NAMES = {12: 'text', -1: 'text', 4: 'integer', -5: 'bigint', 8: 'double',
         -7: 'boolean', 16: 'boolean', 91: 'date', 93: 'timestamp'}
profile = tempfile.mkdtemp()
pipe = 'journey%d' % os.getpid()
office = subprocess.Popen(
    ('soffice', '--headless', '--norestore', '--nologo', '--nodefault',
     '-env:UserInstallation=file://' + profile,
     '--accept=pipe,name=%s;urp;' % pipe),
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    start_new_session=True)


def connect():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        'com.sun.star.bridge.UnoUrlResolver', local)
    for _ in range(300):
        try:
            return resolver.resolve(
                'uno:pipe,name=%s;urp;StarOffice.ComponentContext' % pipe)
        except uno.getClass('com.sun.star.connection.NoConnectException'):
            time.sleep(0.2)
    raise RuntimeError('LibreOffice does not start')


def rows(result, count=None):
    # what tells of the catalog has no description of itself
    count = count or result.getMetaData().getColumnCount()
    while result.next():
        yield [result.getString(n) for n in range(1, count + 1)]


try:
    context = connect()
    drivers = context.ServiceManager.createInstanceWithContext(
        'com.sun.star.sdbc.DriverManager', context)
    connection = drivers.getConnection(
        'sdbc:postgresql:host=127.0.0.1 port=%s dbname=%s user=%s' % tuple(
            os.environ[name] for name in ('PGPORT', 'PGDATABASE', 'PGUSER')))
    meta = connection.getMetaData()
    # it lists tables, too, whatever is asked for
    views = [row[2] for row in rows(meta.getTables(
        None, 'reports', '%', ('VIEW',)), 4) if row[3] == 'VIEW']
    for view in views:
        types = {row[3]: NAMES.get(int(row[4]), row[4]) for row in
                 rows(meta.getColumns(None, 'reports', view, '%'), 5)}
        result = connection.createStatement().executeQuery(
            'SELECT * FROM reports.' + view)
        print(json.dumps({'view': view, 'types': types,
                          'rows': len(list(rows(result)))}))
    for name, condition in (('stage', "stage = 'cart'"),
                            ('period',
                             "period_start = '2026-03-03 00:00:00+00'"),
                            ('segment', "segment = 'Grüße 1'")):
        result = connection.createStatement().executeQuery(
            'SELECT reached FROM reports.shop_stages WHERE ' + condition)
        reached = [int(row[0]) for row in rows(result)]
        print(json.dumps({'filter': name, 'rows': len(reached),
                          'reached': sum(reached)}))
    connection.close()
finally:
    os.killpg(office.pid, signal.SIGTERM)   # it and what it started
    office.wait()
    shutil.rmtree(profile, ignore_errors=True)
