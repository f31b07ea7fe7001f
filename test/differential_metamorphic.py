"""What must hold between answers of the extension, with no oracle: larger
customers than a brute force can take."""

import collections
import random

from differential_common import Failed, copied, journey_json, timestamp
from differential_rules_draw import draw_event, draw_journey, draw_value
from oracle import Stage

SHIFT = 1234567890123

# --------------------------------------------------------------------------
# Other journeys made of one, and what then holds
# --------------------------------------------------------------------------


def stages_but(journey, **changes):
    """Each stage but the first, with changes; the value may depend on it"""
    return journey.but(stages=journey.stages[:1] + [
        stage.but(**{name: change(stage) if callable(change) else change
                     for name, change in changes.items()})
        for stage in journey.stages[1:]])


def bare(journey, **rules):
    """Its stages alone, without clauses"""
    return stages_but(journey, within=None, after=None, optional=False,
                      without=None).but(**dict(
                          dict(entry='first', counting='customers'), **rules))


def deeper_or_equal(journey):
    """(what it is, shallower, deeper): no customer's depth may be lower in the
    second.  None is the journey as it is; 'event added' is the same with more
    events."""
    if journey.counting == 'attempts':
        return
    if not journey.uses_without():
        if journey.within is not None:
            for wider in (journey.within + 1, 2 * journey.within, None):
                yield 'wider window', None, journey.but(within=wider)
        if journey.matching != 'any':
            yield 'stages may take longer', None, stages_but(
                journey, within=lambda stage: None if stage.within is None
                else stage.within + 5)
            yield 'no clauses of stages', None, stages_but(
                journey, within=None, after=None)
        if journey.matching != 'strict':
            yield 'event added', None, 'event added'
        if journey.matching == 'ordered' and journey.entry == 'first':
            yield 'open', None, journey.but(entry='any')
            yield ('ordered is no shallower than strict',
                   journey.but(matching='strict'), None)
    for n, stage in enumerate(journey.stages):
        if stage.without:
            stages = list(journey.stages)
            stages[n] = stage.but(without=None)
            yield 'an exclusion less', None, journey.but(stages=stages)
    if journey.uses_without():
        yield 'no exclusions', None, stages_but(journey, without=None)
    yield ('any order is no shallower than ordered',
           bare(journey, matching='ordered'), bare(journey, matching='any'))
    yield ('ordered is no shallower than strict',
           bare(journey, matching='strict'), bare(journey, matching='ordered'))


def alike(journey, first, last):
    """(what it is, other journey): every column of stages() must be the
    same.  first and last: of the times of all events."""
    yield 'exclusion of what never is', stages_but(
        journey, without=lambda stage: stage.without | {'never'})
    if journey.as_of is None and journey.within is not None:
        yield 'as_of when all is over', journey.but(
            as_of=last + journey.within)
    if journey.entered_from is None and journey.entered_until is None:
        yield 'entry period of all', journey.but(
            entered_from=first, entered_until=last + 1)
    if journey.within is None and journey.as_of is None:
        yield 'a window longer than all', journey.but(within=10 ** 16)
    if journey.matching != 'any' and journey.within is not None:
        yield 'a stage within that is no limit', stages_but(
            journey, within=lambda stage: stage.within
            if stage.within is not None
            else max(journey.within, stage.after or 0))
    if journey.matching != 'any':
        yield 'a stage after that is no limit', stages_but(
            journey, after=lambda stage: stage.after or 0)
        # one may wait for an optional stage
        if journey.as_of is None:
            yield 'an optional stage that nobody reaches', journey.but(
                stages=journey.stages[:1]
                + [Stage('nobody', 'never', optional=True)]
                + journey.stages[1:])


# --------------------------------------------------------------------------
# Customers
# --------------------------------------------------------------------------

def draw_large(rng, drawn, customer):
    """10 to 60 rows, and up to three more"""
    instants = list(drawn.offsets)
    for _ in range(rng.randrange(20)):
        one, two = rng.choice(drawn.offsets), rng.choice(drawn.offsets)
        instants.append((one + two) // 2)
    count = rng.randrange(10, 61)
    rows = []
    for n in range(count + rng.randrange(1, 4)):
        rows.append((customer, rng.choice(instants), draw_event(rng, drawn),
                     draw_value(rng, 'few'), n >= count))
    rng.shuffle(rows)
    return rows


class Metamorphic:
    def __init__(self, suite, journeys):
        self.suite = suite
        self.server = suite.server
        rng = random.Random('metamorphic, %s' % suite.seed)
        self.drawn = [draw_journey(rng, longest=5) for _ in range(journeys)]
        self.rows = [[row for k in range(6)
                      for row in draw_large(rng, drawn, number * 10 + k)]
                     for number, drawn in enumerate(self.drawn)]
        # (number, kind) -> journey; kind 0 is the journey as it is
        self.kinds = {}
        self.relations = []         # name, number, shallower, deeper kind
        self.same = []              # name, number, kind
        for number, drawn in enumerate(self.drawn):
            self.relate(number, drawn.journey)

    def kind(self, number, journey):
        kind = sum(1 for one in self.kinds if one[0] == number)
        self.kinds[number, kind] = journey
        return kind

    def relate(self, number, journey):
        self.kind(number, journey)
        added = self.kind(number, journey)
        assert added == 1           # kind 1: with the extra rows
        for name, *both in deeper_or_equal(journey):
            self.relations.append((name, number) + tuple(
                0 if one is None else 1 if one == 'event added'
                else self.kind(number, one) for one in both))
        times = [row[1] for row in self.rows[number]]
        for name, other in alike(journey, min(times), max(times)):
            self.same.append((name, number, self.kind(number, other)))

    def load(self):
        script = [
            'CREATE UNLOGGED TABLE large_journeys (number int, kind int, '
            'j journey, shifted journey);',
            'CREATE UNLOGGED TABLE large (number int, customer bigint, '
            'at timestamptz, event text, value float8, extra boolean);',
            'COPY large_journeys FROM STDIN;']
        for (number, kind), journey in self.kinds.items():
            times = {name: getattr(journey, name) for name in (
                'as_of', 'entered_from', 'entered_until')}
            shifted = journey.but(**{
                name: None if at is None else at + SHIFT
                for name, at in times.items()})
            script.append('\t'.join(map(copied, (
                number, kind, journey_json(journey),
                journey_json(shifted)))))
        script += ['\\.', 'COPY large FROM STDIN;']
        for number, rows in enumerate(self.rows):
            for customer, at, event, value, extra in rows:
                script.append('\t'.join(map(copied, (
                    number, customer, timestamp(at), event, value, extra))))
        script += ['\\.', 'ANALYZE large;']
        self.server.run('\n'.join(script) + '\n')

    # -- what the extension says --------------------------------------------

    def depths(self):
        """(number, kind, customer) -> depth"""
        return {tuple(map(int, line[:3])): int(line[3] or 0)
                for line in self.server.rows(
                    'SELECT number, kind, customer, (SELECT sum(s.reached) '
                    'FILTER (WHERE NOT s.optional) FROM stages(f) s) FROM ('
                    'SELECT number, kind, customer, funnel(j, customer, at, '
                    'event, value) AS f FROM large JOIN large_journeys USING '
                    '(number) WHERE NOT extra OR kind = 1 '
                    'GROUP BY number, kind, customer) g;')}

    def stages(self, journey='j', at='at'):
        """(number, kind) -> rows of stages(), all columns"""
        result = collections.defaultdict(list)
        for number, kind, row in self.server.rows(
                "SELECT number, kind, (to_jsonb(s) - 'stage_no')::text FROM ("
                'SELECT number, kind, funnel(%s, customer, %s, event, value) '
                'AS f FROM large JOIN large_journeys USING (number) '
                'WHERE NOT extra AND kind <> 1 GROUP BY number, kind) '
                'g, stages(f) s ORDER BY number, kind, s.stage_no;'
                % (journey, at)):
            result[int(number), int(kind)].append(row)
        return result

    # -- what must hold -----------------------------------------------------

    def shown(self, name, number, kinds, customers, answers):
        lines = ['%s: journey %d, seed %s' % (name, number, self.suite.label)]
        for kind in kinds:
            lines.append('journey: %s' % journey_json(
                self.kinds[number, kind]))
        lines += list(map(str, answers))
        for row in sorted(self.rows[number], key=lambda row: row[:2]):
            if row[0] in customers:
                lines.append('%s, %s, %r, value %s%s' % (
                    row[0], timestamp(row[1]), row[2], row[3],
                    ', added' if row[4] else ''))
        return lines

    def compare_depths(self):
        depths = self.depths()
        wrong, counts = {}, collections.Counter()
        for name, number, lower, higher in self.relations:
            counts[name] += 1
            for customer in sorted(set(row[0] for row in self.rows[number])):
                one, two = (depths.get((number, kind, customer), 0)
                            for kind in (lower, higher))
                if one > two:
                    wrong.setdefault(name, []).append((
                        sum(row[0] == customer for row in self.rows[number]),
                        number, (lower, higher), customer, (one, two)))
        for name in sorted(counts):
            problems = []
            for _, number, kinds, customer, found in sorted(
                    wrong.get(name, []))[:1]:
                problems = self.shown(name, number, kinds, [customer],
                                      ['depths %s, %s' % found])
            self.suite.report('never shallower: %s (%d journeys)' % (
                name, counts[name]), problems)

    def compare_stages(self):
        stages = self.unchanged = self.stages()
        wrong, counts = {}, collections.Counter()
        for name, number, kind in self.same:
            counts[name] += 1
            one, two = stages[number, 0], [
                row for row in stages[number, kind]
                if '"stage": "nobody"' not in row]
            if one != two:
                wrong.setdefault(name, []).append((number, kind, one, two))
        for name in sorted(counts):
            problems = []
            for number, kind, one, two in wrong.get(name, [])[:1]:
                problems = self.shown(
                    name, number, (0, kind),
                    set(row[0] for row in self.rows[number]),
                    ['one: %s\nother: %s' % pair for pair in zip(one, two)
                     if pair[0] != pair[1]])
            self.suite.report('the same: %s (%d journeys)' % (
                name, counts[name]), problems)

    def shift(self):
        one = self.unchanged
        two = self.stages('shifted', "at + interval '%d microseconds'" % SHIFT)
        return ['journey %d of seed %s: %s\n%s\n%s' % (
            number, self.suite.label, journey_json(self.kinds[number, kind]),
            one[number, kind], two[number, kind])
            for number, kind in self.kinds if kind != 1
            and one[number, kind] != two[number, kind]][:1]

    def halves(self):
        return ['journey %s of seed %s' % (line[0], self.suite.label)
                for line in self.server.rows(
                    'WITH whole AS (SELECT number, funnel(j, customer, at, '
                    'event, value) AS f FROM large JOIN large_journeys USING '
                    '(number) WHERE kind = 0 GROUP BY number), parts AS ('
                    'SELECT number, funnel(j, customer, at, event, value) '
                    'AS f FROM large JOIN large_journeys USING (number) '
                    'WHERE kind = 0 GROUP BY number, customer % 2), '
                    'again AS (SELECT number, rollup(f) AS f FROM parts '
                    'GROUP BY number) SELECT number FROM whole FULL JOIN '
                    'again USING (number) WHERE whole.f::text IS DISTINCT '
                    'FROM again.f::text LIMIT 3;')]

    def run(self):
        suite = self.suite
        try:
            self.load()
            self.compare_depths()
            self.compare_stages()
        except Failed as error:
            suite.report('larger customers', [str(error)])
            return
        suite.check('a shift in time changes nothing', self.shift)
        suite.check('two halves rolled up are the whole', self.halves)
