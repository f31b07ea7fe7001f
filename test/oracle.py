"""The oracle: journeys matched by brute force, over plain Python data.

It is written from the matching rules of the documentation alone and never from
the extension's code.  It lists every attempt that a customer's events allow,
one by one, keeps the deepest, and takes the first of them in one sort order.
It is slow, and meant to be obvious: use it on some eight events a customer.

    journey  = Journey([Stage('cart', {'add'}), Stage('pay', {'pay'})], within)
    customer = [Row(1, at, 'add', 9.5, 'web', None), ...]

Times and windows are integers (microseconds).  Rows that the extension ignores
(NULL customer, time or event) are left out by whoever calls.

To add a rule: write a predicate on attempts and put it into RULES.  A rule that
is not about one attempt alone (a customer that is excluded, waiting, counted
more than once) belongs into outcome().
"""

import collections
import math
import statistics

Row = collections.namedtuple('Row', 'rid at event value channel feeling')


class Stage:
    def __init__(self, name, events=None, within=None, after=None):
        self.name = name
        self.events = frozenset([name] if events is None else events)
        self.within = within
        self.after = after


class Journey:
    def __init__(self, stages, within=None, matching='ordered'):
        self.stages = list(stages)
        self.within = within
        self.matching = matching
        if matching not in ('ordered', 'strict'):
            raise NotImplementedError(matching)


# ---------------------------------------------------------------------------
# Attempts
#
# An attempt is a tuple of rows: its n-th row is the event that reached the
# n-th stage.  Each rule looks at an attempt whose beginning (all but the last
# row) is already known to be allowed, and says whether the whole is.
# ---------------------------------------------------------------------------

def reaches_its_stage(journey, rows, attempt):
    return attempt[-1].event in journey.stages[len(attempt) - 1].events


def distinct_events(journey, rows, attempt):
    """Rule 3: one event fills at most one stage."""
    return all(attempt[-1].rid != earlier.rid for earlier in attempt[:-1])


def in_order(journey, rows, attempt):
    """Rule 4: events at the same instant may be taken in any order."""
    return len(attempt) == 1 or attempt[-2].at <= attempt[-1].at


def in_window(journey, rows, attempt):
    """Rule 1: no event later than the first one plus the window."""
    return (journey.within is None
            or attempt[-1].at - attempt[0].at <= journey.within)


def strict(journey, rows, attempt):
    """Rule 6: no other row strictly between two matched ones."""
    return (journey.matching != 'strict' or len(attempt) == 1
            or not any(attempt[-2].at < row.at < attempt[-1].at
                       for row in rows))


def clauses_of_the_stage(journey, rows, attempt):
    """Shortest and longest time since the previous stage."""
    if len(attempt) == 1:
        return True
    stage = journey.stages[len(attempt) - 1]
    since = attempt[-1].at - attempt[-2].at
    return ((stage.within is None or since <= stage.within)
            and (stage.after is None or since >= stage.after))


RULES = [reaches_its_stage, distinct_events, in_order, in_window, strict,
         clauses_of_the_stage]


def attempts(journey, rows, rules=None):
    """Every attempt, of every depth."""
    rules = RULES if rules is None else rules
    found = []

    def extend(attempt):
        if len(attempt) == len(journey.stages):
            return
        for row in rows:
            longer = attempt + (row,)
            if all(rule(journey, rows, longer) for rule in rules):
                found.append(longer)
                extend(longer)

    extend(())
    return found


# ---------------------------------------------------------------------------
# The counted attempt
# ---------------------------------------------------------------------------

def greatest_number_first(x):
    return (1, 0) if x is None else (0, -x)


def greatest_bytes_first(x):
    """Sorts 'b' before 'ab' before 'a' before '' before NULL."""
    if x is None:
        return (2,)
    return tuple(-byte for byte in x.encode()) + (1,)


def preference(attempt):
    """Rule 5 as one sort key; the least is the counted attempt."""
    times = [row.at for row in attempt]
    return (
        times[-1],                          # the earliest end
        -times[0],                          # then the newest start
        times[1:],                          # then each next stage, earliest
        # then, stage by stage, the greatest value; with all values alike, the
        # same for channels, then feelings: values do not depend on channels
        [greatest_number_first(row.value) for row in attempt],
        [greatest_bytes_first(row.channel) for row in attempt],
        [greatest_number_first(row.feeling) for row in attempt],
        [row.event.encode() for row in attempt],    # nothing visible is left
    )


Outcome = collections.namedtuple('Outcome', 'depth times rows carried')


def deepest(journey, rows, rules=None):
    """Rule 2: the attempts of the greatest depth"""
    found = attempts(journey, rows, rules)
    depth = max((len(attempt) for attempt in found), default=0)
    return [attempt for attempt in found if len(attempt) == depth]


def counted(candidates, prefer=preference):
    """Rule 5: what is counted of one customer, given the deepest attempts;
    None where there is none.

    times, rows and carried have one element a stage reached."""
    if not candidates:
        return None
    best = min(candidates, key=prefer)
    carried = []
    for row in best:
        before = carried[-1] if carried else None
        carried.append(before if row.value is None else row.value)
    return Outcome(len(best), [row.at for row in best], best, carried)


def outcome(journey, rows, rules=None, prefer=preference):
    return counted(deepest(journey, rows, rules), prefer)


# ---------------------------------------------------------------------------
# The funnel of many customers
# ---------------------------------------------------------------------------

def millionths(value):
    return round(value * 1e6)


def percentile_disc(quantile, numbers):
    """As in SQL: the first number with at least that share up to it."""
    if not numbers:
        return None
    return sorted(numbers)[max(math.ceil(quantile * len(numbers)), 1) - 1]


def wilson(successes, n, level):
    z = statistics.NormalDist().inv_cdf(0.5 + level / 2)
    p = successes / n
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    below = 1 + z * z / n
    return (max((middle - half) / below, 0.0),
            min((middle + half) / below, 1.0))


def total(values):
    return sum(millionths(value) for value in values if value is not None)


def funnel(journey, outcomes, level=0.95):
    """The rows of stages(), as a list of dicts.

    Sums of values are integers, in millionths; times are microseconds."""
    outcomes = [o for o in outcomes if o is not None]
    any_value = any(v is not None for o in outcomes for v in o.carried)
    result = []
    overall = 1.0
    for n, stage in enumerate(journey.stages):
        here = [o for o in outcomes if o.depth > n]
        on = [o for o in here if o.depth > n + 1]
        gone = [o for o in here if o.depth == n + 1]
        last = n == len(journey.stages) - 1
        row = dict(stage_no=n + 1, stage=stage.name, optional=False,
                   entered=len(here) if n == 0 else 0, reached=len(here),
                   excluded=0, overall=overall)
        # a sum over nobody is 0, one over unknown values is not
        known = not here or any(o.carried[n] is not None for o in here)
        row['value'] = (total(o.carried[n] for o in here)
                        if any_value and known else None)
        row['valued'] = 0
        row['value_waiting'] = 0 if any_value else None
        for name in ('settled', 'continued', 'dropped', 'waiting',
                     'conversion', 'conversion_low', 'conversion_high',
                     'drop_off', 'median_us', 'p90_us', 'value_lost'):
            row[name] = None
        if not last:
            lost = [o.carried[n] for o in gone if o.carried[n] is not None]
            seconds = [o.times[n + 1] - o.times[n] for o in on]
            row.update(settled=len(here), continued=len(on), dropped=len(gone),
                       waiting=0, valued=len(lost),
                       median_us=percentile_disc(0.5, seconds),
                       p90_us=percentile_disc(0.9, seconds))
            if not gone:
                row['value_lost'] = 0 if any_value else None
            elif 2 * len(lost) >= len(gone):
                row['value_lost'] = total(lost)
            if here:
                row['conversion'] = len(on) / len(here)
                row['drop_off'] = len(gone) / len(here)
                row['conversion_low'], row['conversion_high'] = wilson(
                    len(on), len(here), level)
            # nobody left to convert: nought stays nought, else not known
            if overall:
                overall = (None if row['conversion'] is None
                           else overall * row['conversion'])
        result.append(row)
    return result


# ---------------------------------------------------------------------------
# The normative cases of rules 1 to 5 (and the clauses built above):
# name, journey, events at seconds, depth, seconds of the stages reached
# ---------------------------------------------------------------------------

def second(x):
    return round(x * 1000000)


def ab(within=60):
    return Journey([Stage('first', 'A'), Stage('second', 'B')],
                   None if within is None else second(within))


def abc(within=60, third_within=None):
    return Journey([Stage('first', 'A'), Stage('second', 'B'),
                    Stage('third', 'C', None if third_within is None
                          else second(third_within))],
                   None if within is None else second(within))


def aa():
    return Journey([Stage('first', 'A'), Stage('second', 'A')], second(60))


NORMATIVE = [
    ('A0 A50 B70', ab(), 2, [50, 70]),
    ('A0 A50 B70', abc(), 2, [50, 70]),
    ('A0 B50 C100', abc(), 2, [0, 50]),
    ('A0 B0', ab(), 2, [0, 0]),
    ('B0 A0', ab(), 2, [0, 0]),
    ('A0', aa(), 1, [0]),
    ('A0 A0', aa(), 2, [0, 0]),
    ('B0 A10 B20', ab(), 2, [10, 20]),
    ('A0 B10 A20 B30 C75', abc(), 3, [20, 30, 75]),
    ('A0 B60', ab(), 2, [0, 60]),
    ('A0 B60.000001', ab(), 1, [0]),
    ('A0 A9', Journey([Stage('first', 'A')]), 1, [0]),
    ('A0 B3 B6 C9', abc(), 3, [0, 3, 9]),
    ('A0 B3 B6 C9', abc(None), 3, [0, 3, 9]),
    # rule 4: {1,2} and {1} at one instant is depth 2
    ('A0 C0', Journey([Stage('first', 'AC'), Stage('second', 'A')],
                      second(60)), 2, [0, 0]),
    ('C0 A0', Journey([Stage('first', 'AC'), Stage('second', 'A')],
                      second(60)), 2, [0, 0]),
]

NORMATIVE_LATER = [
    ('A0 B3 B20 C25', abc(60, 10), 3, [0, 20, 25]),
]


def events(text):
    """'A0 B3.5' as rows"""
    return [Row(i, second(float(word[1:])), word[0], None, None, None)
            for i, word in enumerate(text.split())]
