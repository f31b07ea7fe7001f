"""Lists and reads the views of a report through psycopg2 or psycopg 3, whose
name is given; see check.py."""

import datetime
import importlib
import json
import sys

NAMES = {25: 'text', 23: 'integer', 20: 'bigint', 701: 'double',
         16: 'boolean', 1082: 'date', 1184: 'timestamp'}
CLASSES = {'text': str, 'integer': int, 'bigint': int, 'double': float,
           'boolean': bool, 'date': datetime.date,
           'timestamp': datetime.datetime}
connection = importlib.import_module(sys.argv[1]).connect('')
cursor = connection.cursor()
cursor.execute("SELECT table_name FROM information_schema.views"
               " WHERE table_schema = 'reports'")
for (view,) in cursor.fetchall():
    cursor.execute('SELECT * FROM reports.' + view)
    types = {c[0]: NAMES.get(c[1], c[1]) for c in cursor.description}
    rows = cursor.fetchall()
    for row in rows:
        for kind, value in zip(types.values(), row):
            assert value is None or isinstance(value, CLASSES[kind]), (
                view, kind, value)
    print(json.dumps({'view': view, 'types': types, 'rows': len(rows)}))
for name, condition, value in (
        ('stage', 'stage = %s', 'cart'),
        ('period', 'period_start = %s',
         datetime.datetime(2026, 3, 3, tzinfo=datetime.timezone.utc)),
        ('segment', 'segment = %s', 'Grüße 1')):
    cursor.execute('SELECT reached FROM reports.shop_stages WHERE ' + condition,
                   (value,))
    rows = cursor.fetchall()
    print(json.dumps({'filter': name, 'rows': len(rows),
                      'reached': sum(row[0] for row in rows)}))
