"""One case of the random tests on its own: as a query, to make a failure
small, and to show it."""

import re

import differential_touch
from differential_common import (
    SELECTED, US, Drawn, Failed, compare, journey_json, literal, timestamp)


def usable_rows(customers):
    return [(customer, row.at, row.event, row.value, row.channel, row.feeling,
             row.rid)
            for customer, rows in customers.items() for row in rows]


def condition_array(journey, event, rid):
    out = []
    for stage in journey.stages:
        if event is None:
            out.append(None)
        elif event in stage.events:
            out.append(True)
        else:
            out.append(None if rid % 3 == 0 else False)
    return out


def single_query(drawn, customers, unusable, form, touch=False):
    """The case as a query of stages(), or of touchpoints()"""
    lines = []
    rows = usable_rows(customers) + [row + (0,) for row in unusable]
    for customer, at, event, value, channel, feeling, rid in rows:
        fields = [literal(customer),
                  "timestamptz '%s'" % timestamp(at) if at is not None
                  else 'NULL']
        if form.conditions:
            conditions = condition_array(drawn.journey, event, rid)
            fields.append('ARRAY[%s]::boolean[]' % ', '.join(
                'NULL' if c is None else str(c).lower() for c in conditions))
        else:
            fields.append(literal(event))
        if form.value:
            fields.append(literal(value))
        if form.channel:
            fields.append(literal(channel))
        if form.feeling:
            fields.append(literal(feeling))
        lines.append('(' + ', '.join(fields) + ')')
    names = ['customer', 'at', 'conds' if form.conditions else 'event']
    names += [name for name in ('value', 'channel', 'feeling')
              if getattr(form, name)]
    if not lines:
        return None
    arguments = ['%s::journey' % literal(drawn.bare if form.conditions
                                         else drawn.text),
                 'customer::bigint', 'at::timestamptz']
    if not form.conditions:
        arguments.append('event::text')
    if form.value:
        arguments.append('value::float8')
    if form.channel:
        arguments.append('channel::text')
    if form.feeling:
        arguments.append('feeling::float8')
    if form.conditions:
        arguments.append('VARIADIC conds')
    reader = ('touchpoints(f) t' if touch
              else 'stages(f) s\n ORDER BY s.stage_no')
    return ('SELECT %s\n  FROM (SELECT funnel(%s) AS f\n'
            '          FROM (VALUES\n            %s) v(%s)) a,\n'
            '       %s'
            % (differential_touch.SELECTED if touch else SELECTED,
               ', '.join(arguments), ',\n            '.join(lines),
               ', '.join(names), reader))


def disagree(server, expected, drawn, customers, unusable, form):
    query = single_query(drawn, customers, unusable, form)
    if query is None:
        return []
    outcomes = expected.outcomes(drawn.journey, customers.values(), form)
    try:
        got = server.rows(query + ';')
        touch = server.rows(single_query(drawn, customers, unusable, form,
                                         True) + ';')
    except Failed as error:
        return [str(error)]
    return (compare(expected.stages(drawn, outcomes), got)
            + differential_touch.compare(
                expected.touchpoints(drawn, outcomes), touch))


# ---------------------------------------------------------------------------
# Making a failure small
# ---------------------------------------------------------------------------

def plainer_journeys(journey):
    """The journey with one thing less"""
    for n in range(len(journey.stages) - 1, 0, -1):
        stages = list(journey.stages)
        yield journey.but(stages=stages[:n] + stages[n + 1:])
    for name, plain in (('as_of', None), ('entered_from', None),
                        ('entered_until', None), ('matching', 'ordered'),
                        ('entry', 'first'), ('counting', 'customers'),
                        ('within', None)):
        if getattr(journey, name) != plain:
            yield journey.but(**{name: plain})
    for n, stage in enumerate(journey.stages):
        for name, plain in (('within', None), ('after', None),
                            ('without', frozenset()), ('optional', False)):
            if getattr(stage, name) != plain:
                stages = list(journey.stages)
                stages[n] = stage.but(**{name: plain})
                yield journey.but(stages=stages)


def plainer_customers(customers):
    """The customers with one of them less, with a row less, or with a field
    less that the rows are known by"""
    for customer in customers:
        fewer = {c: r for c, r in customers.items() if c != customer}
        if fewer:
            yield fewer
    for customer, rows in customers.items():
        for row in rows:
            yield {**customers, customer: [r for r in rows if r is not row]}
    for customer, rows in customers.items():
        for field in ('feeling', 'channel', 'value'):
            if any(getattr(row, field) is not None for row in rows):
                yield {**customers, customer: [row._replace(**{field: None})
                                               for row in rows]}


def columns(problems):
    """The columns that differ"""
    return set(re.sub(r'^stage \d+ ([a-z_0-9]+):.*', r'\1', problem)
               for problem in problems)


def shrink(server, expected, drawn, customers, unusable, form, budget=400):
    """Leaves out what can be left out while the two still disagree in a
    column in which they disagreed at first"""
    at_first = columns(disagree(server, expected, drawn, customers, unusable,
                                form))
    if not at_first:
        return None

    def still(drawn, customers, unusable):
        nonlocal budget
        budget -= 1
        return budget > 0 and at_first & columns(
            disagree(server, expected, drawn, customers, unusable, form))

    if still(drawn, customers, []):
        unusable = []
    smaller = True
    while smaller and budget > 0:
        smaller = False
        for fewer in plainer_customers(customers):
            if still(drawn, fewer, unusable):
                customers, smaller = fewer, True
                break
        for journey in plainer_journeys(drawn.journey):
            plainer = Drawn(journey, journey_json(journey),
                            journey_json(journey, True), None, None)
            if still(plainer, customers, unusable):
                drawn, smaller = plainer, True
                break
    return drawn, customers, unusable


# ---------------------------------------------------------------------------
# Showing it
# ---------------------------------------------------------------------------

def described(journey, outcome, base):
    def since(at):
        return '+%.6f' % ((at - base) / US)

    if outcome.status == 'excluded':
        return ('excluded, booked at stage %d; best attempt: %s' % (
            outcome.booked + 1, ['%d at %s' % (step.stage + 1,
                                               since(step.row.at))
                                 for step in outcome.alike[0]]))
    return '%s: %s%s' % (
        outcome.status,
        ', '.join('stage %d at %s with %s' % (n + 1, since(at),
                                              outcome.carried[n])
                  for n, at in sorted(outcome.times.items())),
        '' if journey.as_of is None else '; settled %s' % sorted(
            n + 1 for n, done in outcome.settled.items() if done))


def shown(server, expected, drawn, customers, unusable, form, seed,
          first_seen):
    lines = ['form: %s; seed: %s' % (form.name, seed),
             'journey as drawn: %s' % drawn.text]
    small = shrink(server, expected, drawn, customers, unusable, form)
    if small is None:
        lines.append('not seen again when the case is run on its own')
    else:
        drawn, customers, unusable = small
    journey = drawn.journey
    lines.append('journey: %s' % (drawn.bare if form.conditions
                                  else drawn.text))
    base = min((row.at for rows in customers.values() for row in rows),
               default=0)
    for name in ('as_of', 'entered_from', 'entered_until'):
        if getattr(journey, name) is not None:
            lines.append('%s: +%.6f s' % (
                name, (getattr(journey, name) - base) / US))
    for customer, rows in customers.items():
        for row in sorted(rows, key=lambda row: row.at):
            lines.append(
                'customer %s: +%.6f s, event %r%s, value %s, channel %r, '
                'feeling %s' % (
                    customer, (row.at - base) / US, row.event,
                    ' (stage %s)' % ' '.join(
                        str(n + 1) for n, stage in enumerate(journey.stages)
                        if row.event in stage.events),
                    row.value, row.channel, row.feeling))
        for outcome in expected.outcomes(journey, [rows], form):
            lines.append('  oracle: ' + described(journey, outcome, base))
    for row in unusable:
        lines.append('to be ignored: %s' % (row,))
    problems = (disagree(server, expected, drawn, customers, unusable, form)
                if small else first_seen)
    lines += problems
    touch = columns(problems) == {'touchpoints'}
    lines.append((single_query(drawn, customers, unusable, form, touch)
                  or '') + ';')
    return lines
