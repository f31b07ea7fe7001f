"""Cases of the matching rules, worked out by hand.

A case is a journey, rows, and what is counted, all written short:

    shape     'first=AC O? B<10>2-XY'   stages by name, with their events (one
              letter each; without: the name), ? optional, < within,
              > after (in seconds), - without
    rules     fields of the journey; times and windows in seconds
    rows      'A0 B3.5:20 q4@web!-0.5'  event, seconds, then what is known of
              : value, @ channel, ! feeling
    outcomes  'complete A=0 B=3.5'      status, stages reached at seconds; then
              what is settled, where as_of and a window matter; where several
              are counted, with '; ' between them
"""

import re

from oracle import Journey, Matcher, Row, Stage

US = 1000000


def us(seconds):
    return None if seconds is None else round(seconds * US)


def shaped(shape, within=60, **rules):
    stages = []
    for word in shape.split():
        name, events, optional, clauses = re.fullmatch(
            r'(\w+)(?:=(\w+))?(\?)?(\S*)', word).groups()
        clause = dict(re.findall(r'([<>-])([\w.]+)', clauses))
        limits = [us(float(clause[sign])) if sign in clause else None
                  for sign in '<>']
        stages.append(Stage(name, list(events or name), bool(optional),
                            *limits, list(clause.get('-', ''))))
    for name in ('as_of', 'entered_from', 'entered_until'):
        if name in rules:
            rules[name] = us(rules[name])
    return Journey(stages, us(within), **rules)


def number(text):
    return None if text is None else float(text)


def events(text):
    """'A0 B3.5:20 q4@web!-0.5' as rows"""
    rows = []
    for n, word in enumerate(text.split()):
        event, at, value, channel, feeling = re.fullmatch(
            r'(\w)([\d.]+)(?::([-\d.]+))?(?:@(\w*))?(?:!([-\d.]+))?',
            word).groups()
        rows.append(Row(n, us(float(at)), event, number(value), channel,
                        number(feeling)))
    return rows


def told(journey, outcomes):
    """Outcomes as text"""
    def seconds(at):
        return ('%.6f' % (at / US)).rstrip('0').rstrip('.')

    def one(outcome):
        if outcome.status == 'excluded':
            return 'excluded at ' + journey.stages[outcome.booked].name
        words = [outcome.status]
        for n, at in sorted(outcome.times.items()):
            words.append(journey.stages[n].name + '=' + seconds(at))
            if outcome.carried[n] is not None:
                words[-1] += ':%g' % outcome.carried[n]
        if journey.as_of is not None and journey.within is not None:
            words[-1] += ','
            words += [journey.stages[n].name for n, done in
                      sorted(outcome.settled.items()) if done] or ['none']
            words.append('settled')
        return ' '.join(words)
    return '; '.join(map(one, outcomes))


def told_touch(rows):
    """touchpoints() as text: stage, channel (none: -, others: +), events, of
    how many customers where not of one, and the feelings in millionths"""
    return '; '.join('%s/%s %d%s%s' % (
        row['stage'], '+' if row['others'] else '-' if row['channel'] is None
        else row['channel'], row['events'],
        '' if row['customers'] in (None, 1) else ' of %d' % row['customers'],
        ' felt %d: %d, %d negative' % (row['felt'], row['feeling_sum'],
                                       row['negative'])
        if row['felt'] else '') for row in rows)


def outcomes(journey, rows, matcher=Matcher):
    return matcher(journey, rows).outcomes()


def ruled(rules, cases):
    """The cases, all with these rules"""
    return [(shape, dict(rules, **more), rows, expected)
            for shape, more, rows, expected in cases]


AB = 'first=A second=B'
ABC = AB + ' third=C'
ABX = 'first=A second=B-X'

# rules 1 to 5: as the documentation has them, and {1,2} and {1} at an instant
NORMATIVE = [
    (AB, {}, 'A0 A50 B70', 'complete first=50 second=70'),
    (ABC, {}, 'A0 A50 B70', 'dropped first=50 second=70'),
    (ABC, {}, 'A0 B50 C100', 'dropped first=0 second=50'),
    (AB, {}, 'A0 B0', 'complete first=0 second=0'),
    (AB, {}, 'B0 A0', 'complete first=0 second=0'),
    ('first=A second=A', {}, 'A0', 'dropped first=0'),
    ('first=A second=A', {}, 'A0 A0', 'complete first=0 second=0'),
    (AB, {}, 'B0 A10 B20', 'complete first=10 second=20'),
    (ABC, {}, 'A0 B10 A20 B30 C75', 'complete first=20 second=30 third=75'),
    (AB, {}, 'A0 B60', 'complete first=0 second=60'),
    (AB, {}, 'A0 B60.000001', 'dropped first=0'),
    ('first=A', dict(within=None), 'A0 A9', 'complete first=0'),
    (ABC, {}, 'A0 B3 B6 C9', 'complete first=0 second=3 third=9'),
    (ABC, dict(within=None), 'A0 B3 B6 C9',
     'complete first=0 second=3 third=9'),
    ('first=AC second=A', {}, 'A0 C0', 'complete first=0 second=0'),
    ('first=AC second=A', {}, 'C0 A0', 'complete first=0 second=0'),
]

# the same for without and a stage's within
NORMATIVE_CLAUSES = [
    (ABX, {}, 'A0 X10', 'excluded at first'),
    (ABX, {}, 'A0 X10 B20 A30', 'excluded at first'),
    (ABX, {}, 'A0 X5 B10 A20 B25', 'complete first=20 second=25'),
    (ABX, {}, 'A0 X0 B5', 'complete first=0 second=5'),
    (ABC + '<10', {}, 'A0 B3 B20 C25', 'complete first=0 second=20 third=25'),
]

CLAUSES = [
    ('A B>10', {}, 'A0 B5 B12', 'complete A=0 B=12'),
    ('A B>10', {}, 'A0 B9.999999', 'dropped A=0'),
    ('A B>10', {}, 'A0 B10', 'complete A=0 B=10'),
    ('A B<10', {}, 'A0 B10', 'complete A=0 B=10'),
    ('A B<10', {}, 'A0 B10.000001', 'dropped A=0'),
    ('A B<0', {}, 'A0 B0', 'complete A=0 B=0'),
    ('A B<0', {}, 'A0 B0.000001', 'dropped A=0'),
    ('A B<10>5 C', {}, 'A0 A3 B9 C11', 'complete A=3 B=9 C=11'),
    ('A B<10>5 C', {}, 'A0 A5 B9 C11', 'complete A=0 B=9 C=11'),
]

OPTIONAL = [
    ('A O? B', {}, 'A0 B5', 'complete A=0 B=5'),
    ('A O? B', {}, 'A0 O3 B5', 'complete A=0 O=3 B=5'),
    ('A O? B', {}, 'A0 O3 O4 B5', 'complete A=0 O=3 B=5'),
    ('A O? B', {}, 'O3 A4 B5', 'complete A=4 B=5'),
    ('A O? B', {}, 'A0 O1 A2 B3', 'complete A=2 B=3'),
    ('A O? B', {}, 'A0 O30', 'dropped A=0 O=30'),
    ('A O? B<10', dict(within=None), 'A0 O95 B100', 'complete A=0 O=95 B=100'),
    ('A O? B>5', {}, 'A0 O3 B7', 'complete A=0 B=7'),
    ('A O? B-X', {}, 'A0 X3 O5 B7', 'complete A=0 O=5 B=7'),
    ('A O?-X B', {}, 'A0 X1 O2 B3', 'complete A=0 B=3'),
    ('A B O?', {}, 'A0 B5 O60', 'complete A=0 B=5 O=60'),
    ('A B O?', {}, 'A0 B5 O60.000001', 'complete A=0 B=5'),
    ('A O? B P?', {}, 'A0 P10', 'dropped A=0'),
    ('A O? P? B', {}, 'A0 P1 O2 B3', 'complete A=0 O=2 B=3'),
    ('A O? P? B', {}, 'A1 B1 P1 O1', 'complete A=1 O=1 P=1 B=1'),
    ('A O? B C', {}, 'A0 B1 O2 B3 C4', 'complete A=0 B=1 C=4'),
    ('A O=A? B', {}, 'A0 A1 B2', 'complete A=1 B=2'),
    ('A O=A? B', {}, 'A1 A1 B2', 'complete A=1 O=1 B=2'),
    # one event for two stages, the optional one of which must go without
    ('A O=V? B=VA', {}, 'A0 V0', 'complete A=0 B=0'),
    ('A O=V? B=VA', {}, 'A0 V0 V0', 'complete A=0 O=0 B=0'),
    ('A O=AC? B=A', {}, 'A0 A0', 'complete A=0 B=0'),
    ('A O=AC? B=A', dict(matching='strict'), 'A0 A0 q1',
     'complete A=0 B=0'),
]

STRICT = ruled(dict(matching='strict'), [
    ('A B', {}, 'A0 q3 B5', 'dropped A=0'),
    ('A B', {}, 'A0 q0 q5 B5', 'complete A=0 B=5'),
    ('A B', {}, 'A0 q3 A4 B5', 'complete A=4 B=5'),
    ('A B', {}, 'A0 A3 B5', 'complete A=3 B=5'),
    ('A B', {}, 'A0 B3 B5', 'complete A=0 B=3'),
    ('A B', {}, 'A0 q70 B5', 'complete A=0 B=5'),
    ('A B C', {}, 'A0 B5 C5', 'complete A=0 B=5 C=5'),
    ('A B C', {}, 'A0 B0 C5 q5', 'complete A=0 B=0 C=5'),
    ('A B C', {}, 'A0 B2 q3 C5', 'dropped A=0 B=2'),
    ('A O? B', {}, 'A0 O3 B5', 'complete A=0 O=3 B=5'),
    ('A O? B', {}, 'A0 O3 q4 B5', 'dropped A=0 O=3'),
    ('A O? B', {}, 'A0 O3 O4 B5', 'dropped A=0 O=3'),
    ('A B O?', {}, 'A0 B2 q3 O4', 'complete A=0 B=2'),
    # X keeps B away: the deepest attempt is A0 alone, and tainted
    ('A B-X', {}, 'A0 X1 B2', 'excluded at A'),
    ('A B', dict(counting='attempts'), 'A0 q1 B2 A3 B4', 'dropped A=0'),
    ('A B', dict(counting='attempts', within=2), 'A0 q1 B2 A3 B4',
     'dropped A=0; complete A=3 B=4'),
])

WITHOUT = [
    ('A B-X C', {}, 'A0 B5 X7', 'dropped A=0 B=5'),
    ('A B C-X', {}, 'A0 B5 X7', 'excluded at B'),
    ('A B C-X', {}, 'A0 X3 B5', 'dropped A=0 B=5'),
    ('A B<10-X', {}, 'A0 X10', 'excluded at A'),
    ('A B<10-X', {}, 'A0 X10.000001', 'dropped A=0'),
    ('A B-X', {}, 'A0 X60', 'excluded at A'),
    ('A B-X', {}, 'A0 X60.000001', 'dropped A=0'),
    ('A B-X', dict(within=None), 'A0 X9999', 'excluded at A'),
    ('A B-X', {}, 'A0 X5 A8', 'dropped A=8'),
    ('A B-X', {}, 'A0 X5 B10 A20', 'excluded at A'),
    ('A B-X', {}, 'A0 X5 B5', 'complete A=0 B=5'),
    ('A B-XA', {}, 'A0 A2 B5', 'complete A=2 B=5'),
    ('A B-X C', {}, 'A0 X1 B2 A3 B4 C5 X6', 'complete A=3 B=4 C=5'),
    # an older start is clean, the newest is not
    ('A B<2-X C', {}, 'A0 B1 A2 X3 B4 C5', 'complete A=0 B=1 C=5'),
    ('A O? B-X', {}, 'A0 O5 X7', 'excluded at O'),
    ('A O? B-X', {}, 'A0 X3 O5', 'dropped A=0 O=5'),
    ('A O? B-X', {}, 'A0 O1 X2 B3', 'excluded at O'),
]

ANY = ruled(dict(matching='any'), [
    ('A B C', {}, 'B0 C30 A60', 'complete A=0 B=30 C=60'),
    ('A B C', {}, 'A0 A5 B70', 'dropped A=0'),
    ('A B C', {}, 'A0 B60 C61', 'dropped A=0 B=60'),
    ('A B C', {}, 'A0 B1 B2 C3', 'complete A=0 B=1 C=3'),
    ('A B', {}, 'A0 A5 B10', 'complete A=5 B=10'),
    ('A B', {}, 'A0 A1', 'dropped A=0'),
    ('p=AB q=A', {}, 'A0', 'dropped p=0'),
    ('p=AB q=A', {}, 'B0 A5', 'complete p=0 q=5'),
    ('p=AB q=A', {}, 'B0 B5', 'dropped p=0'),
    ('A B-X C', {}, 'A0 X5 B10 C12', 'dropped A=10 B=12'),
    ('A B-X C', {}, 'A0 B5 X10', 'excluded at B'),
    ('A B-X C', {}, 'A0 X5 B6 C7 A8', 'complete A=6 B=7 C=8'),
    ('A B-X C', {}, 'A0 X5 A70', 'dropped A=70'),
    # an excluded event may itself be the last of a clean attempt, or the first
    ('A B C-XB', {}, 'A0 B0 B30', 'dropped A=0 B=30'),
    ('A B-B', {}, 'B0 B5 A6', 'complete A=5 B=6'),
    ('A B-A', {}, 'A0 A5', 'dropped A=5'),
    ('A B-X', {}, 'A0 X60', 'excluded at A'),
    ('A B-X', {}, 'A0 X60.000001', 'dropped A=0'),
    ('A B-X', {}, 'A0 X0', 'dropped A=0'),
    ('A B-X', {}, 'B0 X1 A2', 'dropped A=2'),
    ('A B-X', {}, 'B0 X1 A2 X3', 'excluded at A'),
    ('A B', dict(as_of=100), 'B50', 'waiting A=50, none settled'),
    ('A B', dict(as_of=100), 'B40', 'dropped A=40, A settled'),
    ('A B', dict(as_of=100), 'B50 A60', 'complete A=50 B=60, none settled'),
    ('A B', dict(as_of=100), 'B40 A60', 'complete A=40 B=60, A settled'),
    ('A B', dict(entered_from=5), 'B4 A6 B9', 'complete A=6 B=9'),
    ('A B C', {}, 'A0:1 B0:5 C2', 'complete A=0:5 B=0:1 C=2:1'),
])

OPEN = ruled(dict(entry='any'), [
    ('A B C', {}, 'A0', 'dropped A=0'),
    ('A B C', {}, 'B5 C9', 'complete B=5 C=9'),
    ('A B C', {}, 'A0 B5 C9', 'complete A=0 B=5 C=9'),
    ('A B C', {}, 'B5 A9', 'dropped B=5'),
    ('A B C', {}, 'C7 A9', 'complete C=7'),
    ('A B C', {}, 'A0 B5 C100', 'dropped A=0 B=5'),
    ('A B C', dict(within=None), 'B0 C1 A2 B3', 'complete B=0 C=1'),
    ('A B<1-X', {}, 'X3 B5', 'complete B=5'),
    ('A B<1', {}, 'A0 B5', 'complete B=5'),
    ('A O? B P?', {}, 'O1 B2 P3', 'complete B=2 P=3'),
    ('A B-X', {}, 'A0 X1 B2', 'excluded at A'),
    ('A B-X', {}, 'A0 X1 B2 A3 B4', 'complete A=3 B=4'),
    ('A B C-X', {}, 'B0 X1', 'excluded at B'),
    ('A B C', {}, 'B0 B3 C5', 'complete B=3 C=5'),
    ('A B', dict(as_of=100), 'A90', 'waiting A=90, none settled'),
    ('A B', dict(as_of=100), 'B90', 'complete B=90, none settled'),
    ('A B C', dict(as_of=100), 'A0 B5 B90', 'waiting A=0 B=5, A settled'),
    ('A B', dict(entered_from=5), 'A0 B7', 'complete B=7'),
])

ATTEMPTS = ruled(dict(counting='attempts'), [
    ('A B', {}, 'A0 B5 A10 B15', 'complete A=0 B=5; complete A=10 B=15'),
    ('A B', {}, 'A0 A5 B10', 'complete A=0 B=10'),
    ('A B', {}, 'A0 A60 B61', 'dropped A=0'),
    ('A B', {}, 'A0 A60.000001 B61',
     'dropped A=0; complete A=60.000001 B=61'),
    ('A B', {}, 'A0 B0 A0 B0', 'complete A=0 B=0'),
    ('A B', {}, 'A0 B5 A5 B6', 'complete A=0 B=5'),
    ('A B', dict(within=None), 'A0 A5', 'dropped A=0'),
    ('A', {}, 'A0 A0 A1', 'complete A=0; complete A=1'),
    ('A B-X', {}, 'A0 X5 A10 B20', 'excluded at A; complete A=10 B=20'),
    ('A B-X', {}, 'A0 X5 A5', 'excluded at A'),
    ('A B-X', {}, 'A0 X5 B5', 'complete A=0 B=5'),
    ('A B-X', {}, 'A0 B0 X5', 'complete A=0 B=0'),
    ('A B-X C', {}, 'A0 X3 B5 C6', 'excluded at A'),
    ('A B C-X', {}, 'A0 B5 X6 C7', 'excluded at B'),
    ('A B O?', {}, 'A0 B5 O6', 'complete A=0 B=5'),
    ('A B O?', {}, 'A0 B5 O5', 'complete A=0 B=5 O=5'),
    ('A O? B', {}, 'A0 O5 A6', 'dropped A=0 O=5'),
    ('A B', dict(entered_from=2), 'A0 A3 B6 A7 B8', 'complete A=7 B=8'),
    ('A B', dict(entered_until=7), 'A0 A3 B6 A7 B8', 'complete A=0 B=6'),
    ('A B', dict(as_of=100), 'A0 A90',
     'dropped A=0, A settled; waiting A=90, none settled'),
    ('A B', dict(as_of=100), 'A30 B40 A50 B60',
     'complete A=30 B=40, A settled; complete A=50 B=60, none settled'),
])

SCOPE = [
    ('A B', dict(as_of=100), 'A0', 'dropped A=0, A settled'),
    ('A B', dict(as_of=100), 'A40', 'dropped A=40, A settled'),
    ('A B', dict(as_of=100), 'A40.000001',
     'waiting A=40.000001, none settled'),
    ('A B', dict(as_of=100), 'A50 B100', 'complete A=50 B=100, none settled'),
    ('A B', dict(as_of=100), 'A50 B100.000001', 'waiting A=50, none settled'),
    ('A B', dict(as_of=100), 'A101', ''),
    ('A B<10', dict(as_of=100), 'A50 B60', 'complete A=50 B=60, A settled'),
    ('A B<50', dict(as_of=100), 'A50 B60', 'complete A=50 B=60, A settled'),
    ('A B<50.000001', dict(as_of=100), 'A50 B60',
     'complete A=50 B=60, none settled'),
    ('A B<10', dict(as_of=100), 'A90', 'dropped A=90, A settled'),
    ('A B<10', dict(as_of=100), 'A90.000001',
     'waiting A=90.000001, none settled'),
    ('A O? B<10', dict(as_of=100), 'A80', 'waiting A=80, none settled'),
    ('A O?<5 B<10', dict(as_of=100), 'A80', 'dropped A=80, A settled'),
    ('A O? B<10', dict(as_of=100), 'A80 O89 B90',
     'complete A=80 O=89 B=90, A settled'),
    ('A O? B<10', dict(as_of=100), 'A80 O95 B96',
     'complete A=80 O=95 B=96, none settled'),
    ('A B C', dict(as_of=100), 'A0 B5 A90', 'waiting A=0 B=5, A settled'),
    ('A B C<10', dict(as_of=100), 'A60 B70',
     'waiting A=60 B=70, none settled'),
    ('A B<5 C<10', dict(as_of=100), 'A60 B64',
     'dropped A=60 B=64, A B settled'),
    ('A B-X', dict(as_of=100), 'A90 X95', 'excluded at A'),
    ('A B-X', dict(as_of=100), 'A90 X101', 'waiting A=90, none settled'),
    ('A B-X', dict(as_of=100), 'A80 X85 A90', 'waiting A=90, none settled'),
    ('A B C-X D', dict(as_of=100), 'A0 B5 X95 A96',
     'waiting A=0 B=5, A settled'),
    # A90 alone could go on, but for X95
    ('A B-X C', dict(as_of=100), 'A0 B5 A90 X95',
     'dropped A=0 B=5, A B settled'),
    ('A B', dict(as_of=100, within=None), 'A90', 'dropped A=90'),
    ('A B', dict(entered_from=10, entered_until=20), 'A10 B30',
     'complete A=10 B=30'),
    ('A B', dict(entered_from=10, entered_until=20), 'A20 B30', ''),
    ('A B', dict(entered_from=10, entered_until=20), 'A9.999999 B15', ''),
    ('A B', dict(entered_from=10, entered_until=20), 'A19.999999 B70',
     'complete A=19.999999 B=70'),
    ('A B', dict(entered_from=10, entered_until=20), 'A10 A25 B30',
     'complete A=10 B=30'),
    ('A B', dict(entered_from=10), 'A0 B5 A12', 'dropped A=12'),
    ('A B', dict(entered_from=10, as_of=15), 'A9', ''),
    ('A B', dict(entered_until=80, as_of=100), 'A0 A90',
     'dropped A=0, A settled'),
]

VALUES = [
    ('A B C', {}, 'A0:5 B1 C2:7', 'complete A=0:5 B=1:5 C=2:7'),
    ('A B', {}, 'A0 A0:3 A0:4 B1', 'complete A=0:4 B=1:4'),
    ('A B', {}, 'A0 B1 B1:-3', 'complete A=0 B=1:-3'),
    ('A O? B', {}, 'A0:5 O3:7', 'dropped A=0:5 O=3:7'),
    ('A O? B', {}, 'A0:5 O3:7 B4', 'complete A=0:5 O=3:7 B=4:7'),
]

RULES = (NORMATIVE_CLAUSES + CLAUSES + OPTIONAL + STRICT + WITHOUT + ANY + OPEN
         + ATTEMPTS + SCOPE + VALUES)

# what touchpoints() tells; customers are apart by a bar
TOUCH = [
    # before the first stage nowhere; from the very instant on; for ever
    ('A B', {}, 'q0@web A1 q2@web B3 q4@web q9999@web', 'A/web 1; B/web 2'),
    ('A B', {}, 'q0.999999@a q1@b A1 q2.999999@c q3@d B3 q3.000001@e',
     'A/b 1; A/c 1; B/d 1; B/e 1'),
    ('A B', {}, 'A1@web B1@app q1@app q2@app', 'B/app 3; B/web 1'),
    ('A B', {}, 'q1@web', ''),
    ('A B', {}, 'B1@web', ''),
    ('A B', {}, 'A0 B1', ''),
    # of no stage, or of another; those with neither count nowhere
    ('A B', {}, 'A0 q1 q2 B3 A4@web', 'B/web 1'),
    # an earlier attempt, less deep or older, does not count
    ('A B', {}, 'A0@a q1@b A2@c B3@d', 'A/c 1; B/d 1'),
    ('A B', {}, 'A0@a B3@d A100@e', 'A/a 1; B/d 1; B/e 1'),
    ('A B', dict(within=2), 'A0@a A3@b q4@c B6@d',
     'A/a 1; A/b 1; A/c 1; A/d 1'),
    # channels in the order of their bytes, none last; '' is one
    ('A', {}, 'A0@b q1@B q2@ q3@bb q4@\u00e9 q5!1 q6@a',
     'A/ 1; A/B 1; A/a 1; A/b 1; A/bb 1; A/\u00e9 1; '
     'A/- 1 felt 1: 1000000, 0 negative'),
    # feelings
    ('A', {}, 'A0@x!-0.5 q1@x!0.25 q2@x q3!-1 q4!0 q5!1 q6',
     'A/x 3 felt 2: -250000, 1 negative; A/- 3 felt 3: 0, 1 negative'),
    ('A', {}, 'A0!-0.0000004', 'A/- 1 felt 1: 0, 0 negative'),
    ('A', {}, 'A0!-0.0000006', 'A/- 1 felt 1: -1, 1 negative'),
    # optional stages are stages
    ('A O? B', {}, 'A0 q1@a O2 q3@a B4 q5@a', 'A/a 1; O/a 1; B/a 1'),
    ('A B O?', {}, 'A0 B1 q2@a O3 q4@a', 'B/a 1; O/a 1'),
    ('A O? P? B', {}, 'A1 B1 P1 O1 q1@a q0@a', 'B/a 1'),
    ('A O? B', {}, 'A0 O1 q1@a', 'O/a 1'),
    # excluded: nowhere; before the exclusion, too
    ('A B-X', {}, 'A0@a X10@b q20@c', ''),
    ('A B-X', {}, 'A0@a X5@b A8@c q9@d', 'A/c 1; A/d 1'),
    # any order: 'n done'
    ('A B C', dict(matching='any'), 'q0@a C1 q2@a A3 q4@a B4',
     '1 done/a 1; 3 done/a 1'),
    ('A B', dict(matching='any'), 'B1@a A1@a q9@a', '2 done/a 3'),
    # open: from the entry stage on
    ('A B C', dict(entry='any'), 'q0@a B1 q2@a C3 q4@a', 'B/a 1; C/a 1'),
    # attempts: each until the next begins
    ('A B', dict(counting='attempts'),
     'q0@a A1 q2@a B3 q4@a A5@a q6@a', 'A/a 3 of 2; B/a 1'),
    ('A B', dict(counting='attempts'), 'A0 B5 A5@a q5@a q6@a', 'B/a 3'),
    ('A B', dict(counting='attempts', within=1), 'A0 q3@a A4 q4@a q9@b',
     'A/a 2 of 2; A/b 1'),
    # an excluded attempt takes its time with it; so does one that began
    # outside the entry period
    ('A B-X', dict(counting='attempts'), 'A0 B1 q2@a A3@b X4@c q5@d A6 q7@e',
     'A/e 1; B/a 1'),
    ('A B', dict(counting='attempts', entered_from=2),
     'A0 q1@a B2@a q3@a A4 q5@b', 'A/b 1'),
    ('A B', dict(counting='attempts', entered_until=2),
     'A0 q1@a B2@a q3@b A4 q5@c', 'A/a 1; B/a 1; B/b 1'),
    # scope
    ('A B', dict(as_of=10), 'A0 q10@a q10.000001@b B11', 'A/a 1'),
    ('A B', dict(entered_from=10), 'A0@a q5@b A10@c q11@d', 'A/c 1; A/d 1'),
    ('A B', dict(entered_until=10), 'A0@a q5@b A10@c q11@d B12@e',
     'A/a 1; A/b 1; A/c 1; A/d 1; B/e 1'),
    ('A B', dict(entered_from=20), 'A0@a q5@b', ''),
    # several customers
    ('A B', {}, 'A0@a q1@a B2@b|A0@a q1@b!1|B0@a',
     'A/a 3 of 2; A/b 1 felt 1: 1000000, 0 negative; B/b 1'),
]
