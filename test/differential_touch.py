"""Channels and feelings in the random tests: which rows have them, and the
comparison of touchpoints() and of the feelings of stages() with the oracle."""

import fractions
import math

from oracle import Row

# rows of no stage, in no list of excluded events
TALK = ['support', 'survey', '']

FEELINGS = [-1, -1, -0.25, 0, 0.5, 1, 1 / 3, 0.123456, -0.999999, -0.0, -4e-7,
            -6e-7, 4.9e-6]

FEW = ['', 'app', 'web', 'we', 'shop', 'Z\u00fcrich']


def some_named(count):
    return ['channel %d' % n for n in range(count)]


def prefixes():
    """Byte order is not that of letters, of lengths or of code units."""
    return (['a' * n for n in range(40)] + ['a' * n + 'b' for n in range(25)]
            + ['', ' ', 'A', 'B', 'a ', 'e', 'e\u0301', '\u00e9', 'z', '~',
               '\x7f', '\u00ff', '\u0416', '\uffee', '\U0001f600', 'a\nb',
               'a\tb', 'a\\b', "a'b", 'a"b', '[1]', 'null'])


def longs():
    return (['p' * n for n in (15, 16, 17, 255, 256, 257, 600)]
            + ['p' * 256 + '%d' % n for n in range(70)]
            + ['\u00fc' * 128 + 'x' * n for n in range(4)])


def draw_channels(rng):
    """The channels of a journey's customers"""
    style = rng.choices(['few', 'many', 'prefixes', 'longs'],
                        [12, 4, 2, 1])[0]
    if style == 'few':
        return FEW
    if style == 'many':
        return some_named(rng.choice([64, 65, 66, 100, 200]))
    return prefixes() if style == 'prefixes' else longs()


def draw_channel(rng, channels):
    return None if rng.random() < 0.4 else rng.choice(channels)


def draw_feeling(rng):
    return None if rng.random() < 0.5 else rng.choice(FEELINGS)


def draw_talk(rng, channels, rows, instants, next_row):
    """Rows of no stage with channels and feelings, some of them at instants
    at which something happens; seldom more of them than channels are named"""
    count = rng.choices([0, 1, 2, 4], [12, 3, 3, 2])[0]
    if rng.random() < 0.02:
        count = rng.randrange(60, 200)
        if rng.random() < 0.7:
            channels = rng.choice([some_named(200), prefixes(), longs()])
    talk = []
    known = [row.at for row in rows] or instants
    for _ in range(count):
        talk.append(Row(
            next(next_row), rng.choice(known if rng.random() < 0.5
                                       else instants),
            rng.choice(TALK[:2]), None, draw_channel(rng, channels),
            draw_feeling(rng)))
    return talk


# ---------------------------------------------------------------------------
# Comparing
# ---------------------------------------------------------------------------

COLUMNS = ['stage_no', 'stage', 'channel', 'others', 'events', 'customers',
           'felt', 'feeling', 'negative_share']
# names as hexadecimal digits, for they may have line breaks in them
SELECTED = ', '.join(
    "encode(convert_to(t.channel, 'UTF8'), 'hex')" if column == 'channel'
    else 't.' + column for column in COLUMNS)


def same_quotient(got, numerator, denominator):
    """got is the float next to the quotient, or the one beside that, since
    one may divide twice; NULL where there is nothing to divide by"""
    if got is None or not denominator:
        return got is None and not denominator
    got = float(got)
    return abs(fractions.Fraction(got)
               - fractions.Fraction(numerator, denominator)) \
        <= 2 * fractions.Fraction(math.ulp(got))


def feeling_differences(expected, got):
    """(column, expected, got) of those that differ"""
    for name, sum_name, unit in (('feeling', 'feeling_sum', 1000000),
                                 ('negative_share', 'negative', 1)):
        if not same_quotient(got[name], expected[sum_name],
                             expected['felt'] * unit):
            yield (name, '%d / %d' % (expected[sum_name],
                                      expected['felt'] * unit), got[name])


def as_read(row):
    """What identifies a row, as psql shows it"""
    channel = row['channel']
    return (str(row['stage_no']), row['stage'],
            None if channel is None else channel.encode().hex(),
            'ft'[row['others']])


def compare(expected, got):
    """expected: rows of the oracle's touchpoints(); got: those read"""
    keys = ['%s %s %s %s' % as_read(row) for row in expected]
    found = ['%s %s %s %s' % tuple(row[:4]) for row in got]
    if keys != found:
        for n, (key, other) in enumerate(zip(keys + [None], found + [None])):
            if key != other:
                break
        else:
            n, key, other = len(found), None, None
            if len(keys) > n:
                key = keys[n]
        return ['stage 0 touchpoints: expected %d rows, got %d; row %d: '
                'expected %s, got %s' % (len(keys), len(found), n + 1, key,
                                         other)]
    wrong = []
    for one, row in zip(expected, got):
        other = dict(zip(COLUMNS, row))
        problems = [(name, one[name], other[name])
                    for name in ('events', 'customers', 'felt')
                    if other[name] != (None if one[name] is None
                                       else str(one[name]))]
        problems += feeling_differences(one, other)
        wrong += ['stage %s touchpoints: channel %s, others %s: %s: expected '
                  '%s, got %s' % (one['stage_no'], one['channel'],
                                  one['others'], *problem)
                  for problem in problems]
    return wrong
