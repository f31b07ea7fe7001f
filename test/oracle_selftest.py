#!/usr/bin/env python3
"""Tests of the oracle and of the random cases themselves; no server needed.

The oracle must give the results worked out by hand, agree with a second and
different brute force on the depth, and be consistent with itself; the random
cases must be able to tell the oracle from every wrong one (the mutants).

usage: test/oracle_selftest.py [CASES [CASES OF RULES]]
"""

import functools
import importlib.machinery
import importlib.util
import itertools
import os
import random
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import differential_rules_draw                                  # noqa: E402
import differential_rules_mutants                               # noqa: E402
import oracle_cases                                             # noqa: E402
import oracle_funnel                                            # noqa: E402
from differential_common import FULL, Expected                  # noqa: E402
from oracle import Matcher, Row, Stage, Journey                 # noqa: E402

loader = importlib.machinery.SourceFileLoader(
    'differential', os.path.join(HERE, 'differential'))
differential = importlib.util.module_from_spec(
    importlib.util.spec_from_loader('differential', loader))
loader.exec_module(differential)

CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
RULE_CASES = int(sys.argv[2]) if len(sys.argv) > 2 else 8000
failures = 0


def report(name, problems):
    global failures
    failures += bool(problems)
    print('%s - %s' % ('not ok' if problems else 'ok', name))
    for problem in problems[:3]:
        print('#   %s' % (problem,))
    sys.stdout.flush()


def outcomes(journey, rows):
    return Matcher(journey, rows).outcomes()


def depth(journey, rows):
    return max((len([n for n in one.times if not journey.stages[n].optional])
                for one in outcomes(journey, rows)), default=0)


def visible(one):
    """What can be told of an outcome"""
    return (one.status, one.entry, one.end, one.times, one.booked, one.settled,
            one.carried, one.final, {n: row.channel
                                     for n, row in one.taken.items()},
            sorted((n, repr(row.channel), repr(row.feeling))
                   for n, row in one.credited))


# ---------------------------------------------------------------------------
# By hand
# ---------------------------------------------------------------------------

def by_hand():
    for shape, rules, text, expected in (oracle_cases.NORMATIVE
                                         + oracle_cases.RULES):
        journey = oracle_cases.shaped(shape, **rules)
        problems = []
        for order in itertools.islice(itertools.permutations(
                oracle_cases.events(text)), 120):
            got = oracle_cases.told(journey, outcomes(journey, order))
            if got != expected:
                problems.append('expected %s, got %s' % (expected, got))
        report('by hand: %s %s: %s' % (shape, rules, text), problems)


def touch_by_hand():
    for shape, rules, text, expected in oracle_cases.TOUCH:
        journey = oracle_cases.shaped(shape, **rules)
        got = oracle_cases.told_touch(oracle_funnel.touchpoints(journey, [
            one for rows in text.split('|')
            for one in outcomes(journey, oracle_cases.events(rows))]))
        report('touchpoints by hand: %s %s: %s' % (shape, rules, text), [
            'expected %s, got %s' % (expected, got)]
            if got != expected else [])


def conditions():
    """Rows that are told by the stages that they fit"""
    def row(rid, at, *stages):
        return Row(rid, at, frozenset(stages), None, None, None)

    ordered = Journey([Stage('a'), Stage('b')], 60)
    strict = ordered.but(matching='strict')
    problems = []
    for journey, rows, expected in (
            (ordered, [row(1, 0, 0), row(2, 5, 1)], 'complete'),
            (ordered, [row(1, 0, 0, 1)], 'dropped'),
            (ordered, [row(1, 0, 0, 1), row(2, 0, 0)], 'complete'),
            (ordered, [row(1, 0, 0), row(2, 3), row(3, 5, 1)], 'complete'),
            (strict, [row(1, 0, 0), row(2, 3), row(3, 5, 1)], 'dropped')):
        got = [one.status for one in outcomes(journey, rows)]
        if got != [expected]:
            problems.append((rows, expected, got))
    report('conditions', problems)


SUMMARIES = [
    # two complete, one with a value leaves, one without
    ('A B', {}, ['A0:2 B10:3', 'A0 B30', 'A0:7', 'A0'],
     {0: dict(entered=4, reached=4, settled=4, continued=2, dropped=2,
              waiting=0, excluded=0, conversion=0.5, drop_off=0.5, overall=1,
              median_us=10000000, p90_us=30000000, valued=1, value=9000000,
              value_lost=7000000, value_waiting=0),
      1: dict(entered=0, reached=2, settled=None, continued=None,
              dropped=None, waiting=None, overall=0.5, value=3000000,
              value_lost=None, value_waiting=0)}),
    ('A O? B', {}, ['A0:1 O2:5', 'A0:1 O1 B2', 'A0 B3'],
     {0: dict(reached=3, continued=2, dropped=1, value=2000000,
              value_lost=1000000, median_us=2000000),
      1: dict(optional=True, reached=2, settled=None, dropped=None,
              value=6000000, conversion=None, overall=2 / 3),
      2: dict(reached=2, overall=2 / 3, value=1000000)}),
    ('A B-X', {}, ['A0:1 X1:2', 'A0:3 B1'],
     {0: dict(entered=1, reached=1, excluded=1, continued=1, dropped=0,
              value=3000000, value_lost=0),
      1: dict(excluded=0)}),
    ('A B C', dict(as_of=100), ['A90:4', 'A0:5', 'A50 B60', 'A0 B1 C2'],
     {0: dict(reached=4, settled=2, continued=2, dropped=1, waiting=1,
              conversion=0.5, drop_off=0.5, value_waiting=4000000,
              value_lost=5000000),
      1: dict(reached=2, settled=1, continued=1, dropped=0, waiting=1,
              conversion=1, overall=0.5, value_waiting=None)}),
    ('A B C', dict(entry='any'), ['A0 B1', 'B0 C1', 'C5'],
     {0: dict(entered=1, reached=1, continued=1, overall=None),
      1: dict(entered=1, reached=2, continued=1, dropped=1, conversion=0.5,
              overall=None),
      2: dict(entered=1, reached=2, overall=None)}),
    ('A B', dict(matching='any'), ['B0 A5', 'B0'],
     {0: dict(stage='1 done', entered=2, reached=2, continued=1),
      1: dict(stage='2 done', entered=0, reached=1)}),
    ('A B', dict(counting='attempts'), ['A0 B5 A10 B15 A20'],
     {0: dict(entered=3, reached=3, continued=2, dropped=1),
      1: dict(reached=2)}),
    # nobody is known to have stayed or gone
    ('A B', dict(as_of=100), ['A90'],
     {0: dict(settled=0, waiting=1, conversion=None, drop_off=None, overall=1),
      1: dict(overall=None)}),
]


def summaries():
    for shape, rules, customers, expected in SUMMARIES:
        journey = oracle_cases.shaped(shape, **rules)
        got = oracle_funnel.funnel(journey, [
            one for text in customers
            for one in outcomes(journey, oracle_cases.events(text))])
        report('summary: %s %s: %s' % (shape, rules, '; '.join(customers)), [
            'stage %d %s: expected %s, got %s' % (n + 1, name, wanted,
                                                  got[n][name])
            for n, columns in expected.items()
            for name, wanted in columns.items()
            if got[n][name] != wanted and not (
                wanted is not None and got[n][name] is not None
                and name != 'stage' and abs(got[n][name] - wanted) < 1e-12)])


# ---------------------------------------------------------------------------
# The oracle against itself
# ---------------------------------------------------------------------------

def other_depth(journey, rows):
    """The depth by choosing rows first and asking about order afterwards;
    for stages, a window and any order"""
    for wanted in range(len(journey.stages), 0, -1):
        for chosen in itertools.permutations(rows, wanted):
            times = [row.at for row in chosen]
            if (journey.within is not None
                    and max(times) - min(times) > journey.within):
                continue
            if journey.matching != 'any':
                if (times == sorted(times) and all(
                        row.event in stage.events for row, stage
                        in zip(chosen, journey.stages))):
                    return wanted
            elif any(all(row.event in stage.events
                         for row, stage in zip(chosen, stages))
                     for stages in itertools.combinations(journey.stages,
                                                          wanted)):
                return wanted
    return 0


def basics(customers):
    report('depth by another brute force', [
        (vars(journey), rows) for journey, rows in customers[:1500]
        if len(rows) <= 6
        and depth(journey, rows) != other_depth(journey, rows)])
    rng = random.Random(7)
    problems = []
    for journey, rows in customers:
        if rows:
            less = list(rows)
            less.pop(rng.randrange(len(less)))
            if depth(journey, less) > depth(journey, rows):
                problems.append((journey.within, rows))
    report('one event more never makes it shallower', problems)
    problems = []
    for journey, rows in customers:
        if journey.within is not None:
            for wider in (journey.within + 1, 2 * journey.within, None):
                if depth(journey.but(within=wider), rows) < depth(journey,
                                                                  rows):
                    problems.append((journey.within, wider, rows))
    report('a wider window never makes it shallower', problems)


def any_order(customers):
    """The depth of any order, by the other brute force"""
    report('depth in any order by another brute force', [
        (vars(journey), rows) for journey, rows in customers
        if journey.matching == 'any' and len(rows) <= 5
        and not journey.uses_without() and journey.as_of is None
        and journey.entered_from is None and journey.entered_until is None
        and depth(journey, rows) != other_depth(journey, rows)])


def indifferent(name, customers):
    """To the order of rows, and to when it all happened"""
    rng = random.Random(7)
    problems = []
    for journey, rows in customers:
        mixed = list(rows)
        rng.shuffle(mixed)
        one, two = ([visible(o)[:-2] + visible(o)[-1:]
                     for o in outcomes(journey, some)]
                    for some in (rows, mixed))
        if one != two:
            problems.append((vars(journey), rows, one, two))
    report('the order of rows does not matter, ' + name, problems)
    problems = []
    for journey, rows in customers:
        def moved(at):
            return None if at is None else at - 10 ** 15
        shifted = outcomes(
            journey.but(as_of=moved(journey.as_of),
                        entered_from=moved(journey.entered_from),
                        entered_until=moved(journey.entered_until)),
            [row._replace(at=moved(row.at)) for row in rows])
        if [visible(o._replace(times={n: moved(at) for n, at
                                      in o.times.items()}))
                for o in outcomes(journey, rows)] != list(map(visible,
                                                              shifted)):
            problems.append((vars(journey), rows))
    report('a shift in time changes nothing else, ' + name, problems)


def sums(name, pool, cases):
    problems = []
    for case in cases:
        journey = pool[case.jid].journey
        stages = oracle_funnel.funnel(journey, [
            one for rows in case.customers.values()
            for one in outcomes(journey, rows)])
        required = [stages[n] for n in journey.required()]
        for one, other in zip(required, required[1:]):
            if (one['continued'] != other['reached'] - other['entered']
                    or one['reached'] != (one['continued'] + one['dropped']
                                          + one['waiting'])
                    or not one['dropped'] <= one['settled']
                    <= one['reached'] - one['waiting']):
                problems.append(stages)
    report('reached = continued + dropped + waiting, ' + name, problems)


# ---------------------------------------------------------------------------
# The random cases against the mutants
# ---------------------------------------------------------------------------

def told(expected, drawn, case):
    """All that can be told of a case"""
    found = expected.outcomes(drawn.journey, case.customers.values(), FULL)
    return list(map(visible, found)), expected.touchpoints(drawn, found)


def mutants_of(mutants, pool, cases, concerned=lambda name, j: True):
    """Whether the cases tell each mutant from the oracle: one of them does"""
    @functools.lru_cache(None)
    def truth(number):
        return told(Expected(), pool[cases[number].jid], cases[number])

    for name, mutant in mutants.items():
        wrong = Expected(mutant)
        some = [(number, case) for number, case in enumerate(cases)
                if concerned(name, pool[case.jid].journey)]
        found = next((n for n, (number, case) in enumerate(some, 1)
                      if told(wrong, pool[case.jid], case) != truth(number)),
                     None)
        report('a case tells it from: %s (the %s of %d)' % (
            name, found, len(some)), [] if found else ['none differs'])


def concerned(name, journey):
    """A mutant is sought among the journeys that have its rule only: quicker,
    and of no consequence"""
    has = differential_rules_draw.RULES
    rule = name.split(':')[0].split()[0]
    return {
        'strict': has['strict'], 'any': has['any order'],
        'optional': has['optional stages'], 'without': has['without'],
        'open': has['open'], 'attempts': has['attempts'],
        'stage': lambda j: has['stage within'](j) or has['stage after'](j),
        'clauses': lambda j: has['stage within'](j) or has['stage after'](j),
        'waiting': lambda j: j.as_of is not None,
        'settled': has['as_of and a window'],
    }.get(rule, lambda j: True)(journey)


def customers_of(pool, cases):
    return [(pool[case.jid].journey, rows)
            for case in cases for rows in case.customers.values()]


def main():
    by_hand()
    touch_by_hand()
    conditions()
    summaries()
    pool, cases = differential.draw(7, CASES)
    customers = customers_of(pool, cases)
    basics(customers)
    indifferent('rules 1 to 5', customers)
    sums('rules 1 to 5', pool, cases)
    mutants_of(differential.MUTANTS, pool, cases)

    pool, cases = differential_rules_draw.draw(7, 1, RULE_CASES)
    some = cases[:RULE_CASES // 8]
    customers = customers_of(pool, some)
    any_order(customers_of(pool, cases[:RULE_CASES // 2]))
    indifferent('all rules', customers)
    sums('all rules', pool, some)
    mutants_of(differential_rules_mutants.MUTANTS, pool, cases, concerned)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
