"""The oracle's summary: the rows of stages(), from outcomes."""

import math
import statistics

import oracle_touch


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


def known_total(values):
    """A sum over nobody is 0, one over unknown values is not known."""
    values = list(values)
    if values and all(value is None for value in values):
        return None
    return total(values)


def stage_name(journey, n):
    if journey.matching == 'any':
        return '%d done' % (n + 1)
    return journey.stages[n].name


def touchpoints(journey, outcomes, touch=oracle_touch.Touch()):
    """The rows of touchpoints()"""
    return [dict(row, stage=stage_name(journey, row['stage_no'] - 1))
            for row in touch.rows(outcomes)]


def funnel(journey, outcomes, level=0.95, touch=oracle_touch.Touch()):
    """The rows of stages(), as a list of dicts.

    Sums of values are integers, in millionths; times are microseconds."""
    counted = [o for o in outcomes if o.status != 'excluded']
    any_value = any(value is not None
                    for o in counted for value in o.carried.values())
    result = []
    overall = 1.0
    for n, stage in enumerate(journey.stages):
        here = [o for o in counted if n in o.times]
        row = dict.fromkeys(
            ('settled', 'continued', 'dropped', 'waiting', 'conversion',
             'conversion_low', 'conversion_high', 'drop_off', 'median_us',
             'p90_us', 'value_lost'))
        row.update(
            touch.stage(n, outcomes), stage_no=n + 1, optional=stage.optional,
            stage=stage_name(journey, n),
            entered=sum(o.entry == n for o in here), reached=len(here),
            excluded=sum(o.booked == n for o in outcomes),
            overall=overall, valued=0, value_waiting=0,
            value=known_total(o.carried[n] for o in here))
        following = journey.next_required(n)
        if not stage.optional and following is not None:
            leaving(row, n, following, here, level)
            # nobody left to convert: nought stays nought, else not known
            if overall:
                overall = (None if row['conversion'] is None
                           else overall * row['conversion'])
        if journey.entry == 'any':
            row['overall'] = None
        if not any_value:
            row.update(value=None, value_lost=None, value_waiting=None)
        result.append(row)
    return result


def leaving(row, n, following, here, level):
    """The columns of a required stage that is not the last: who went on to
    the next required one, who left and who waits"""
    on = [o for o in here if following in o.times]
    gone = [o for o in here if o.end == n and o.status == 'dropped']
    waits = [o for o in here if o.end == n and o.status == 'waiting']
    settled = sum(o.settled[n] for o in here)
    seconds = [o.times[following] - o.times[n] for o in on]
    valued = sum(o.final is not None for o in gone)
    row.update(settled=settled, continued=len(on), dropped=len(gone),
               waiting=len(waits), valued=valued,
               value_waiting=known_total(o.final for o in waits),
               median_us=percentile_disc(0.5, seconds),
               p90_us=percentile_disc(0.9, seconds))
    if 2 * valued >= len(gone):
        row['value_lost'] = total(o.final for o in gone)
    if settled:
        row['drop_off'] = len(gone) / settled
        row['conversion'] = (settled - len(gone)) / settled
        row['conversion_low'], row['conversion_high'] = wilson(
            settled - len(gone), settled, level)
