"""Random journeys with every rule, and customers that meet their edges."""

import datetime
import random

import differential_touch
from differential_common import EPOCH, US, Case, Drawn, journey_json
from oracle import Journey, Row, Stage

EVENTS = ['x', 'y', 'z', 'w', 'v']
UNKNOWN = ['q', 'X', '', 'longer than the others', 'f\u00fcr']
WINDOWS = [1, 4, 10, 12, US, 10 * US, 60 * US, 3600 * US, 86400 * US]
BASES = [(datetime.datetime(*date) - EPOCH) // datetime.timedelta(
    microseconds=1) for date in (
        (2024, 3, 31, 0, 59, 59, 999999), (1999, 12, 31, 23, 59, 59, 999999),
        (2000, 1, 1), (1969, 12, 31, 23, 59, 59),
        (4711, 2, 3, 4, 5, 6, 789012), (17, 1, 1))]

# what a run counts, and makes sure of: name -> is it in the journey?
RULES = {
    'strict': lambda j: j.matching == 'strict',
    'any order': lambda j: j.matching == 'any',
    'optional stages': lambda j: any(s.optional for s in j.stages),
    'stage within': lambda j: any(s.within is not None for s in j.stages),
    'stage after': lambda j: any(s.after is not None for s in j.stages),
    'without': lambda j: j.uses_without(),
    'open': lambda j: j.entry == 'any',
    'attempts': lambda j: j.counting == 'attempts',
    'as_of and a window': lambda j: (j.as_of is not None
                                     and j.within is not None),
    'as_of without a window': lambda j: (j.as_of is not None
                                         and j.within is None),
    'entered_from': lambda j: j.entered_from is not None,
    'entered_until': lambda j: j.entered_until is not None,
}


# ---------------------------------------------------------------------------
# Journeys
# ---------------------------------------------------------------------------

def draw_rules(rng, waiting):
    """Matching, entry and counting, as they may be combined"""
    if waiting:
        return dict(matching=rng.choice(['ordered', 'ordered', 'strict']),
                    entry='first',
                    counting=rng.choice(['customers', 'attempts']))
    matching = rng.choices(['ordered', 'strict', 'any'], [11, 4, 4])[0]
    entry, counting = 'first', 'customers'
    if matching == 'ordered' and rng.random() < 0.25:
        entry = 'any'
    elif matching != 'any' and rng.random() < 0.3:
        counting = 'attempts'
    return dict(matching=matching, entry=entry, counting=counting)


def beside(rng, limit):
    """A length of time at the limit, or a little beside it"""
    return max(limit + rng.choice([0, 0, 0, 1, -1]), 0)


def draw_clauses(rng, within, chance):
    """within and after of a stage"""
    clauses = dict(within=None, after=None)
    whole = rng.choice(WINDOWS) if within is None else within
    shorter = [whole, whole // 4, whole // 2, whole // 3, 0, 1, 2, whole // 10]
    if rng.random() < chance:
        clauses['within'] = beside(rng, rng.choice(shorter))
    if rng.random() < chance * 0.6:
        clauses['after'] = beside(rng, rng.choice(shorter))
        if within is not None:
            clauses['after'] = min(clauses['after'], within)
        if clauses['within'] is not None:
            clauses['after'], clauses['within'] = sorted(clauses.values())
    return clauses


def draw_stages(rng, within, matching, vocabulary, longest, waiting):
    """Stages with their clauses; None where what was drawn is not allowed"""
    length = rng.choices(range(1, longest + 1),
                         [1, 6, 8, 6, 3, 1][:longest])[0]
    clauses = 0.0 if matching == 'any' else rng.choice([0, 0, 0.3, 0.7])
    optional = 0.0 if matching == 'any' else rng.choice([0, 0, 0.3, 0.6])
    without = rng.choice([0, 0, 0, 0.4, 0.8])
    if waiting:
        clauses = 0.8
        optional, without = rng.choice([(0.5, 0), (0.5, 0), (0, 0.9),
                                        (0.5, 0.9)])
    stages = []
    for n in range(length):
        events = rng.sample(vocabulary, min(rng.choice([1, 1, 1, 1, 2, 2, 3]),
                                            len(vocabulary)))
        stage = Stage('s%d' % (n + 1), events)
        if n:
            stage = stage.but(
                optional=rng.random() < optional,
                without=(rng.sample(vocabulary[-2:] + ['q', 'excluded'],
                                    rng.choice([1, 1, 2]))
                         if rng.random() < without else ()),
                **draw_clauses(rng, within, clauses))
        stages.append(stage)
    journey = Journey(stages)
    for n, stage in enumerate(stages):
        following = journey.next_required(n)
        if (stage.optional and following is not None
                and stage.events == stages[following].events):
            return None
    return stages


def draw_offsets(rng, journey):
    """The instants, since the base, of which customers use some: many of them
    a window or a clause apart, or a little beside it"""
    limits = [stage.within for stage in journey.stages]
    limits += [stage.after for stage in journey.stages]
    limits = [x for x in limits if x is not None]
    if journey.within is not None:
        limits += [journey.within] * 3
    else:
        limits.append(rng.choice([10, US, 3600 * US, 30 * 86400 * US]))
    offsets = {0, rng.choice([1, 2])}
    wanted = rng.choice([5, 6, 8, 10])
    for _ in range(4 * wanted):
        if len(offsets) < wanted:
            start = rng.choice(sorted(offsets))
            step = beside(rng, rng.choice(limits))
            if rng.random() < 0.6:
                step //= rng.choice([2, 3, 4, 6, 10])
            offsets.add(start + step)
    return sorted(offsets)


def draw_scope(rng, journey, base, offsets, waiting):
    """as_of at the end of some window, entered_* at some instant, or a little
    beside them"""
    def instant(among, *more):
        return (base + rng.choice(among)
                + rng.choice([0, 0, 0] + [x for x in more if x is not None])
                + rng.choice([0, 0, 0, 1, -1]))

    scope = dict(as_of=None, entered_from=None, entered_until=None)
    if waiting:
        limits = [stage.within for stage in journey.stages
                  if stage.within is not None] or [journey.within]
        scope['as_of'] = (base + rng.choice(offsets) + rng.choice(limits)
                          + rng.choice([0, 0, 1, -1]))
    elif rng.random() < 0.4:
        scope['as_of'] = instant(
            offsets[len(offsets) // 3:], journey.within, journey.within,
            *(stage.within for stage in journey.stages))
    if rng.random() < 0.3:
        ends = sorted([instant(offsets[:len(offsets) // 2]),
                       instant(offsets) + 1])
        if ends[0] == ends[1]:
            ends[1] += 1
        which = rng.choice(['from', 'until', 'both'])
        if which != 'until':
            scope['entered_from'] = ends[0]
        if which != 'from':
            scope['entered_until'] = ends[1]
    if (journey.matching == 'any' and journey.uses_without()
            and rng.random() < 0.5):
        # who waits, though an excluded event came after the last start
        scope['as_of'] = instant(offsets, journey.within)
        scope['entered_until'] = instant(offsets, 1)
        if (scope['entered_from'] is not None
                and scope['entered_from'] >= scope['entered_until']):
            scope['entered_from'] = None
    return journey.but(**scope)


def draw_journey(rng, scope=True, longest=6):
    # some are about who waits for a stage, in a window that is long enough
    waiting = rng.random() < 0.2
    rules = draw_rules(rng, waiting)
    vocabulary = EVENTS[:rng.choice([2, 3, 3, 4, 4, 5])]
    within = rng.choices([None, 0, 'limit'], [5, 1, 24])[0]
    if within == 'limit':
        within = beside(rng, rng.choice(WINDOWS))
    if waiting:
        within = rng.choice([60, 60 * US, 86400 * US])
    stages = None
    while stages is None:
        stages = draw_stages(rng, within, rules['matching'], vocabulary,
                             longest, waiting)
    journey = Journey(stages, within, **rules)
    base = rng.choice(BASES)
    offsets = draw_offsets(rng, journey)
    if scope:
        journey = draw_scope(rng, journey, base, offsets, waiting)
        if journey.as_of is not None:
            limits = [stage.within for stage in stages] + [within]
            offsets += [journey.as_of - base - x for limit in limits
                        if limit is not None
                        for x in (beside(rng, limit), limit // 2)]
    offsets.sort()
    return Drawn(journey, journey_json(journey),
                 None if journey.uses_without() else
                 journey_json(journey, True),
                 vocabulary, [base + offset for offset in offsets],
                 differential_touch.draw_channels(rng))


# ---------------------------------------------------------------------------
# Customers
# ---------------------------------------------------------------------------

def draw_value(rng, style):
    if style == 'none' or rng.random() < 0.35:
        return None
    if style == 'few':
        return float(rng.choice([1, 2, 2, 3, -1, 0]))
    return round(rng.uniform(-5, 100), 2)


def draw_event(rng, drawn):
    """Of a stage, excluded, or unknown"""
    excluded = sorted(set(x for stage in drawn.journey.stages
                          for x in stage.without))
    kind = rng.random()
    if excluded and kind < 0.2:
        return rng.choice(excluded)
    if kind > 0.93:
        return rng.choice(UNKNOWN)
    return rng.choice(sorted(rng.choice(drawn.journey.stages).events))


def walk(rng, drawn, instants, spoilt, stop):
    """(at, event) of somebody who goes through the stages, more or less;
    spoilt: excluded events come between"""
    steps = []
    where = 0
    for stage in drawn.journey.stages:
        if stage.optional and rng.random() < 0.3:
            continue
        if stage.without and spoilt and rng.random() < 0.7:
            where = min(where + 1, len(instants) - 1)
            steps.append((instants[where], rng.choice(sorted(stage.without))))
            where = min(where + 1, len(instants) - 1)
        elif rng.random() < 0.5:
            where = min(where + 1, len(instants) - 1)
        if rng.random() < stop:
            break
        steps.append((instants[where], rng.choice(sorted(stage.events))))
    return steps


def draw_events(rng, drawn, instants, most):
    """(at, event) of one customer"""
    spoilt = drawn.journey.uses_without() and rng.random() < 0.6
    if drawn.journey.as_of is not None and rng.random() < 0.4:
        # twice, the second time just before as_of
        offsets = [at for at in drawn.offsets if at <= drawn.journey.as_of]
        events = []
        if offsets:
            half = len(offsets) // 2
            if rng.random() < 0.5:
                events += walk(rng, drawn, offsets[:half + 1], False, 0.3)
            start = rng.choice([half, rng.randrange(len(offsets))])
            events += walk(rng, drawn, offsets[start:], spoilt,
                           rng.choice([0, 0.3]))
        return events
    events = []
    if spoilt or rng.random() < 0.55:
        instants = sorted(drawn.offsets if spoilt else instants)
        start = 0 if spoilt else rng.randrange((len(instants) + 1) // 2)
        events += walk(rng, drawn, instants[start:], spoilt, 0.15)
    count = rng.choices(range(9), [1, 2, 3, 5, 6, 7, 6, 4, 3])[0]
    if spoilt:
        count = len(events) + rng.choice([0, 0, 0, 1, 2])
    while len(events) < min(count, most):
        events.append((rng.choice(instants), draw_event(rng, drawn)))
    return events


def draw_customer(rng, drawn, instants, style, next_row):
    most = 7 if len(drawn.journey.stages) > 4 else 8
    rows = []
    for at, event in draw_events(rng, drawn, instants, most)[:most]:
        rows.append(Row(
            next(next_row), at, event, draw_value(rng, style),
            differential_touch.draw_channel(rng, drawn.channels),
            differential_touch.draw_feeling(rng)))
    if rows and len(rows) < most and rng.random() < 0.2:
        rows.append(rng.choice(rows)._replace(
            rid=next(next_row), value=draw_value(rng, style)))
    rows += differential_touch.draw_talk(rng, drawn.channels, rows, instants,
                                         next_row)
    rng.shuffle(rows)
    return rows


def draw_case(rng, case_id, jid, drawn, next_row):
    style = rng.choice(['none', 'few', 'few', 'cents'])
    instants = rng.sample(drawn.offsets, min(rng.choice([1, 2, 3, 4, 5, 6, 7]),
                                             len(drawn.offsets)))
    customers = {
        case_id * 8 + k: draw_customer(rng, drawn, instants, style, next_row)
        for k in range(rng.choice([1, 1, 1, 1, 2, 2, 3, 4]))}
    unusable = []
    while rng.random() < 0.1:
        gap = rng.choice(['customer', 'at', 'event'])
        if (gap == 'event' and drawn.bare is not None
                and drawn.journey.matching == 'strict'):
            continue                # with conditions it is a row like any
        unusable.append((
            None if gap == 'customer' else rng.choice(list(customers)),
            None if gap == 'at' else rng.choice(instants),
            None if gap == 'event' else draw_event(rng, drawn),
            draw_value(rng, style),
            differential_touch.draw_channel(rng, drawn.channels),
            differential_touch.draw_feeling(rng)))
    return Case(case_id, jid, customers, unusable)


def draw(seed, first, count):
    """The pool of journeys, and the cases, from number `first` on: one journey
    serves about ten.  The seed is that of the run and of these cases."""
    rng = random.Random('%s, cases from %d' % (seed, first))
    pool = [draw_journey(rng) for _ in range(max(count // 10, 1))]
    next_row = iter(range(1, 1 << 60))
    cases = []
    for case_id in range(first, first + count):
        jid = rng.randrange(len(pool))
        cases.append(draw_case(rng, case_id, jid, pool[jid], next_row))
    return pool, cases
