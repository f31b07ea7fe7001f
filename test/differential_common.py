"""What the random tests share: forms of the aggregate, keys, psql, and the
comparison of the extension's answers with the oracle's."""

import collections
import datetime
import fractions
import hashlib
import json
import math
import os
import re
import subprocess
import uuid

import differential_touch
import oracle
import oracle_funnel

US = 1000000
EPOCH = datetime.datetime(1970, 1, 1)

# a journey of the pool: its oracle form, its text, its text for conditions or
# None where it allows none, and the names of events to draw from; offsets: the
# instants that customers' events are drawn from, where the journey has a time;
# channels to draw from
Drawn = collections.namedtuple(
    'Drawn', 'journey text bare vocabulary offsets channels', defaults=((),))
# rows: customer number -> rows of the oracle; unusable: (customer or None,
# at or None, event or None, value, channel, feeling)
Case = collections.namedtuple('Case', 'id jid customers unusable')


def quoted(name):
    if name and not re.search(r'[\s()|?"{}\[\],]|->', name) \
            and name not in ('within', 'strict', 'any', 'open', 'attempts'):
        return name
    return '"' + name.replace('"', '""') + '"'


def interval(us):
    return None if us is None else '%d.%06d seconds' % divmod(us, US)


def journey_json(journey, conditions=False):
    """The JSON form of an oracle's journey"""
    stages = []
    for stage in journey.stages:
        one = dict(name=stage.name, within=interval(stage.within),
                   after=interval(stage.after))
        if not conditions and stage.events != {stage.name}:
            one['events'] = sorted(stage.events)
        if stage.optional:
            one['optional'] = True
        if stage.without:
            one['without'] = sorted(stage.without)
        stages.append({name: x for name, x in one.items() if x is not None})
    whole = dict(stages=stages, within=interval(journey.within),
                 matching=journey.matching, entry=journey.entry,
                 counting=journey.counting, as_of=timestamp(journey.as_of),
                 entered_from=timestamp(journey.entered_from),
                 entered_until=timestamp(journey.entered_until))
    for name, default in (('matching', 'ordered'), ('entry', 'first'),
                          ('counting', 'customers')):
        if whole[name] == default:
            del whole[name]
    return json.dumps({name: x for name, x in whole.items() if x is not None})


# ---------------------------------------------------------------------------
# Keys of a customer, all three from one number
# ---------------------------------------------------------------------------

def bigint_key(number):
    if number % 3 == 0:
        return number
    mixed = (number * 0x9E3779B97F4A7C15) % 2 ** 64
    return mixed - 2 ** 63


def text_key(number):
    """Pairs that differ in case, in a blank, in length or far to the right"""
    pair, which = divmod(number, 2)
    style = pair % 6
    if style == 0:
        return ('k%dx', 'K%dx')[which] % pair
    if style == 1:
        return ('%d', '%d ')[which] % pair
    if style == 2:
        return 'e%d%s' % (pair, ('\u00e9', 'e\u0301')[which])
    if style == 3:
        return 'p' * 150 + '%d%s' % (pair, 'ab'[which])
    if style == 4:
        return '%d' % pair + 'ab'[which] + 's' * (1 + pair % 23)
    if pair == 5 and not which:
        return ''
    return ('%d#', '%d!')[which] % pair


def uuid_key(number):
    if number % 4 == 1:                     # alike but for one nibble
        return str(uuid.UUID(int=number << 64))
    return str(uuid.UUID(hashlib.md5(b'%d' % number).hexdigest()))


# ---------------------------------------------------------------------------
# What the oracle expects
# ---------------------------------------------------------------------------

def seen_by(form, row):
    """A row as a form of the aggregate sees it"""
    return row._replace(value=row.value if form.value else None,
                        channel=row.channel if form.channel else None,
                        feeling=row.feeling if form.feeling else None)


Form = collections.namedtuple(
    'Form', 'name arguments value channel feeling conditions')

FORMS = [
    Form('4 arguments', 'j, {key}, at, event',
         False, False, False, False),
    Form('5 arguments', 'j, {key}, at, event, value',
         True, False, False, False),
    Form('6 arguments', 'j, {key}, at, event, value, channel',
         True, True, False, False),
    Form('7 arguments', 'j, {key}, at, event, value, channel, feeling',
         True, True, True, False),
    Form('conditions', 'jc, {key}, at, VARIADIC conds',
         False, False, False, True),
    Form('conditions with a value', 'jc, {key}, at, value, VARIADIC conds',
         True, False, False, True),
]
FORM = {form.name: form for form in FORMS}
FULL = FORM['7 arguments']


class Expected:
    """Outcomes of customers, by the oracle or by a wrong one.  Forms differ in
    what they see of a row, not in the attempts, so those are listed once."""

    def __init__(self, matcher=oracle.Matcher):
        self.matcher = matcher

    def by_form(self, journey, customers, forms=FORMS):
        result = {form.name: [] for form in forms}
        for rows in customers:
            matcher = self.matcher(journey, rows)
            for outcome in matcher.outcomes():
                for form in forms:
                    result[form.name].append(matcher.valued(
                        outcome, lambda row: seen_by(form, row)))
        return result

    def outcomes(self, journey, customers, form):
        return self.by_form(journey, customers, [form])[form.name]

    def stages(self, drawn, outcomes, level=0.95):
        return oracle_funnel.funnel(drawn.journey, outcomes, level,
                                    self.matcher.touch)

    def touchpoints(self, drawn, outcomes):
        return oracle_funnel.touchpoints(drawn.journey, outcomes,
                                         self.matcher.touch)


# ---------------------------------------------------------------------------
# psql
# ---------------------------------------------------------------------------

class Failed(Exception):
    pass


class Hangs(Failed):
    """No answer, nor did the server heed the cancellation"""


class Server:
    def __init__(self):
        self.database = None
        # seconds a statement; a slow machine needs more
        self.patience = int(os.environ.get('JOURNEY_PATIENCE', 120))

    def run(self, script, database=None):
        environment = dict(os.environ, PGCLIENTENCODING='UTF8',
                           PGDATABASE=database or self.database
                           or os.environ.get('PGDATABASE', 'postgres'))
        environment['PGOPTIONS'] = '%s -c statement_timeout=%ds' % (
            os.environ.get('PGOPTIONS', ''), self.patience)
        try:
            done = subprocess.run(
                ['psql', '-X', '-q', '-A', '-t', '-F', '\t',
                 '-P', 'null=\\N', '-v', 'ON_ERROR_STOP=1', '-f', '-'],
                input=script.encode(), env=environment,
                timeout=self.patience + 5,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            raise Hangs('no answer in %d s, nor when cancelled'
                        % self.patience) from None
        if done.returncode != 0:
            raise Failed(done.stderr.decode(errors='replace').strip())
        return done.stdout.decode()

    def rows(self, script, settings=()):
        """Lines of the output, split; NULL is None"""
        prefix = ''.join('SET %s;\n' % setting for setting in settings)
        return self.split(self.run(prefix + script))

    @staticmethod
    def split(output):
        return [[None if field == '\\N' else field
                 for field in line.split('\t')]
                for line in output.split('\n') if line]

    def answers(self, queries):
        """The lines of each query, or its error"""
        mark = 'next query'
        try:
            parts = self.run(''.join('%s;\n\\echo %s\n' % (query, mark)
                                     for query in queries)).split(mark + '\n')
            return [self.split(part) for part in parts[:-1]]
        except Hangs:
            return self.one_by_one(queries)
        except Failed as error:
            if len(queries) == 1:
                return [str(error)]
            half = len(queries) // 2
            return self.answers(queries[:half]) + self.answers(queries[half:])

    def one_by_one(self, queries):
        """The same, up to the first that hangs"""
        result = []
        self.patience = 2
        for query in queries:
            try:
                result.append(self.rows(query + ';'))
            except Failed as error:
                result.append(str(error))
                if isinstance(error, Hangs):
                    break
        return result

    def value(self, script):
        return self.rows(script)[0][0]


def copied(field):
    if field is None:
        return '\\N'
    return (str(field).replace('\\', '\\\\').replace('\t', '\\t')
            .replace('\n', '\\n'))


def literal(x):
    if x is None:
        return 'NULL'
    if isinstance(x, (int, float)):
        return repr(x)
    return "'" + x.replace("'", "''") + "'"


def timestamp(us):
    if us is None:
        return None
    at = EPOCH + datetime.timedelta(microseconds=us)
    return at.isoformat(' ') + '+00'


# ---------------------------------------------------------------------------
# Comparing
# ---------------------------------------------------------------------------

COLUMNS = ['stage_no', 'stage', 'optional', 'entered', 'reached', 'settled',
           'continued', 'dropped', 'waiting', 'excluded', 'conversion',
           'conversion_low', 'conversion_high', 'drop_off', 'overall',
           'median_s', 'p90_s', 'valued', 'value', 'value_lost',
           'value_waiting', 'feeling', 'negative_share']
SELECTED = ', '.join('s.' + column for column in COLUMNS)


def close(got, expected, relative=1e-9, absolute=1e-9):
    if expected is None or got is None:
        return got is expected
    return abs(float(got) - expected) <= max(absolute,
                                             relative * abs(expected))


ULPS = 0.5001            # of rounding, in the last digit of a float


def same_sum(got, expected):
    """Sums are exact: the float next to a number of millionths"""
    if expected is None or got is None:
        return got is expected
    got = float(got)
    return got == expected / US or (
        abs(fractions.Fraction(got) - fractions.Fraction(expected, US))
        <= fractions.Fraction(math.ulp(got)) * fractions.Fraction(ULPS))


def differences(expected, got):
    """Columns of one stage that differ: 'name: expected x, got y'"""
    wrong = []

    def check(name, fits, wanted):
        if not fits:
            wrong.append('stage %s %s: expected %s, got %s' % (
                expected['stage_no'], name,
                'NULL' if wanted is None else wanted,
                'NULL' if got[name] is None else got[name]))

    for name in ('stage_no', 'entered', 'reached', 'settled', 'continued',
                 'dropped', 'waiting', 'excluded', 'valued'):
        wanted = expected[name]
        check(name, got[name] == (None if wanted is None else str(wanted)),
              wanted)
    check('stage', got['stage'] == expected['stage'], expected['stage'])
    optional = 'ft'[expected['optional']]
    check('optional', got['optional'] == optional, optional)
    for name in ('conversion', 'conversion_low', 'conversion_high',
                 'drop_off'):
        check(name, close(got[name], expected[name]), expected[name])
    # where nobody came so far, the product may be known (0) or not (NULL)
    check('overall', close(got['overall'], expected['overall']),
          expected['overall'])
    for name, source in (('median_s', 'median_us'), ('p90_s', 'p90_us')):
        wanted = expected[source]
        wanted = None if wanted is None else wanted / US
        check(name, close(got[name], wanted, 0.01, 1e-12), wanted)
    for name in ('value', 'value_lost', 'value_waiting'):
        wanted = expected[name]
        check(name, same_sum(got[name], wanted),
              None if wanted is None else wanted / US)
    for name, wanted, _ in differential_touch.feeling_differences(expected,
                                                                  got):
        check(name, False, wanted)
    return wrong


def compare(expected, got):
    """expected: rows of oracle.funnel(); got: rows of stages() or nothing,
    where no row of the group is usable"""
    if not got:
        if any(stage['reached'] or stage['excluded'] for stage in expected):
            return ['expected customers, got no rows']
        return []
    if len(got) != len(expected):
        return ['expected %d stages, got %d' % (len(expected), len(got))]
    wrong = []
    for one, other in zip(expected, got):
        wrong += differences(one, dict(zip(COLUMNS, other)))
    return wrong


# ---------------------------------------------------------------------------
# One case on its own: to make a failure small, and to show it
