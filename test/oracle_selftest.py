#!/usr/bin/env python3
"""Tests of the oracle and of the random cases themselves; no server needed.

The oracle must give the normative results, agree with a second and different
brute force on the depth, and be consistent with itself; the random cases must
be able to tell the oracle from every wrong one (the mutants).
"""

import importlib.machinery
import importlib.util
import itertools
import os
import random
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import oracle                                                   # noqa: E402

loader = importlib.machinery.SourceFileLoader(
    'differential', os.path.join(HERE, 'differential'))
differential = importlib.util.module_from_spec(
    importlib.util.spec_from_loader('differential', loader))
loader.exec_module(differential)

CASES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
failures = 0


def report(name, problems):
    global failures
    failures += bool(problems)
    print('%s - %s' % ('not ok' if problems else 'ok', name))
    for problem in problems[:3]:
        print('#   %s' % (problem,))


def normative():
    for text, journey, depth, times in (oracle.NORMATIVE
                                        + oracle.NORMATIVE_LATER):
        rows = oracle.events(text)
        problems = []
        for order in itertools.permutations(rows):
            got = oracle.outcome(journey, order)
            if (got.depth, got.times) != (depth, [oracle.second(t)
                                                  for t in times]):
                problems.append('expected %s, got %s' % ((depth, times), got))
        report('normative: %s, %s' % (
            ' '.join(stage.name for stage in journey.stages), text), problems)


def depth(journey, rows):
    got = oracle.outcome(journey, rows)
    return got.depth if got else 0


def other_depth(journey, rows):
    """The depth by choosing rows first and asking about order afterwards"""
    for wanted in range(len(journey.stages), 0, -1):
        for chosen in itertools.permutations(rows, wanted):
            times = [row.at for row in chosen]
            if (times == sorted(times)
                    and all(row.event in stage.events
                            for row, stage in zip(chosen, journey.stages))
                    and (journey.within is None
                         or max(times) - min(times) <= journey.within)):
                return wanted
    return 0


def main():
    normative()
    pool, cases = differential.draw(7, CASES)
    customers = [(pool[case.jid].journey, rows)
                 for case in cases for rows in case.customers.values()]
    rng = random.Random(7)

    report('depth by another brute force', [
        (vars(journey), rows) for journey, rows in customers[:1500]
        if len(rows) <= 6
        and depth(journey, rows) != other_depth(journey, rows)])

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
                if depth(oracle.Journey(journey.stages, wider),
                         rows) < depth(journey, rows):
                    problems.append((journey.within, wider, rows))
    report('a wider window never makes it shallower', problems)

    problems = []
    for journey, rows in customers:
        mixed = list(rows)
        rng.shuffle(mixed)
        one, two = (oracle.outcome(journey, some) for some in (rows, mixed))
        if one and (one.times, one.carried) != (two.times, two.carried):
            problems.append((one, two))
    report('the order of rows does not matter', problems)

    problems = []
    for journey, rows in customers:
        got = oracle.outcome(journey, rows)
        shifted = oracle.outcome(journey, [
            row._replace(at=row.at - 10 ** 15) for row in rows])
        if got and [at - 10 ** 15 for at in got.times] != shifted.times:
            problems.append((got, shifted))
    report('a shift in time changes nothing else', problems)

    problems = []
    for case in cases:
        journey = pool[case.jid].journey
        stages = oracle.funnel(journey, [
            oracle.outcome(journey, rows) for rows in case.customers.values()])
        for one, other in zip(stages, stages[1:]):
            if (one['continued'] != other['reached']
                    or one['reached'] != one['continued'] + one['dropped']):
                problems.append(stages)
    report('reached = continued + dropped', problems)

    truth = [differential.Expected().by_form(pool[case.jid].journey,
                                             case.customers.values())
             for case in cases]

    def visible(outcome):
        return outcome and (outcome.times, outcome.carried,
                            [row.channel for row in outcome.rows])

    for name in differential.MUTANTS:
        wrong = differential.Expected(name)
        found = 0
        for case, right in zip(cases, truth):
            outcomes = wrong.outcomes(pool[case.jid].journey,
                                      case.customers.values(),
                                      differential.FULL)
            found += ([visible(o) for o in outcomes] !=
                      [visible(o) for o in right[differential.FULL.name]])
        print('#   %s: %d of %d cases' % (name, found, len(cases)))
        report('the cases tell it from: %s' % name,
               [] if found * 2000 >= len(cases) and found else
               ['%d of %d cases differ' % (found, len(cases))])
    return 1 if failures else 0


sys.exit(main())
