"""Lists and reads the views of a report through ODBC's own interface; see
check.py."""

import ctypes
import json
import os

odbc = ctypes.CDLL('libodbc.so.2')
NTS = ctypes.c_short(-3)
NO_DATA = 100
NULL_DATA = -1
CHAR = 1
NAMES = {-9: 'text', 12: 'text', -1: 'text', -10: 'text', 4: 'integer',
         -5: 'bigint', 8: 'double', 6: 'double', -7: 'boolean', 9: 'date',
         91: 'date', 11: 'timestamp', 93: 'timestamp'}


def handle(kind, parent):
    made = ctypes.c_void_p()
    done(odbc.SQLAllocHandle(kind, parent, ctypes.byref(made)), kind, parent)
    return made


def done(result, kind, which):
    if result in (0, 1, NO_DATA):
        return result
    state = ctypes.create_string_buffer(6)
    message = ctypes.create_string_buffer(1000)
    code = ctypes.c_int()
    length = ctypes.c_short()
    odbc.SQLGetDiagRec(kind, which, 1, state, ctypes.byref(code), message, 1000,
                       ctypes.byref(length))
    raise RuntimeError(message.value.decode())


def text(value):
    return value.encode() if value is not None else None


class Statement:
    def __init__(self, connection):
        self.handle = handle(3, connection)

    def call(self, function, *arguments):
        return done(getattr(odbc, function)(self.handle, *arguments), 3,
                    self.handle)

    def columns(self):
        count = ctypes.c_short()
        self.call('SQLNumResultCols', ctypes.byref(count))
        described = {}
        for column in range(1, count.value + 1):
            name = ctypes.create_string_buffer(200)
            length, kind = ctypes.c_short(), ctypes.c_short()
            digits, nullable = ctypes.c_short(), ctypes.c_short()
            size = ctypes.c_size_t()
            self.call('SQLDescribeCol', ctypes.c_ushort(column), name,
                      ctypes.c_short(200), ctypes.byref(length),
                      ctypes.byref(kind), ctypes.byref(size),
                      ctypes.byref(digits), ctypes.byref(nullable))
            described[name.value.decode()] = NAMES.get(kind.value, kind.value)
        return described

    def rows(self, count):
        while self.call('SQLFetch') != NO_DATA:
            row = []
            for column in range(1, count + 1):
                buffer = ctypes.create_string_buffer(4000)
                length = ctypes.c_ssize_t()
                self.call('SQLGetData', ctypes.c_ushort(column),
                          ctypes.c_short(CHAR), buffer, ctypes.c_ssize_t(4000),
                          ctypes.byref(length))
                row.append(None if length.value == NULL_DATA
                           else buffer.value.decode())
            yield row


environment = handle(1, None)
done(odbc.SQLSetEnvAttr(environment, 200, ctypes.c_void_p(3), 0), 1, environment)
database = handle(2, environment)
done(odbc.SQLDriverConnect(
    database, None, text(
        'Driver={PostgreSQL Unicode};Servername=127.0.0.1;Port=%s;Database=%s;'
        'Username=%s;BoolsAsChar=0;' % tuple(os.environ[name] for name in (
            'PGPORT', 'PGDATABASE', 'PGUSER'))), NTS, None, 0, None, 0), 2,
     database)

statement = Statement(database)
statement.call('SQLTables', None, 0, text('reports'), NTS, None, 0,
               text('VIEW'), NTS)
views = [row[2] for row in statement.rows(3)]
for view in views:
    statement = Statement(database)
    statement.call('SQLExecDirect', text('SELECT * FROM reports.' + view),
                   ctypes.c_int(-3))
    types = statement.columns()
    print(json.dumps({'view': view, 'types': types,
                      'rows': len(list(statement.rows(len(types))))}))
for name, condition in (('stage', "stage = 'cart'"),
                        ('period', "period_start = "
                         "{ts '2026-03-03 00:00:00'}"),
                        ('segment', "segment = 'Grüße 1'")):
    statement = Statement(database)
    statement.call('SQLExecDirect', text(
        'SELECT reached FROM reports.shop_stages WHERE ' + condition),
        ctypes.c_int(-3))
    reached = [int(row[0]) for row in statement.rows(1)]
    print(json.dumps({'filter': name, 'rows': len(reached),
                      'reached': sum(reached)}))
