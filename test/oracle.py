"""The oracle: journeys matched by brute force, over plain Python data.

It is written from the matching rules of the documentation alone and never from
the extension's code.  It lists every attempt that a customer's events allow,
one by one, keeps the deepest, and takes the first of them in one sort order.
It is slow, and meant to be obvious: use it on some eight events a customer.

    journey  = Journey([Stage('cart', 'add'), Stage('pay')], within)
    customer = [Row(1, at, 'add', 9.5, 'web', None), ...]
    Matcher(journey, customer).outcomes()   one outcome, with counting by
                                            attempts one an attempt, or none

Times and windows are integers (microseconds).  Rows that the extension ignores
(NULL customer, time or event) are left out by whoever calls.  With conditions
instead of events, a row's event is the frozenset of the stages that it fits,
counted from 0.

Each rule is a method of its own, so that a wrong oracle (see the mutants of
the random tests) is a subclass that replaces one.
"""

import collections
import functools
import itertools
import math

import oracle_touch

Row = collections.namedtuple('Row', 'rid at event value channel feeling')

# an event of an attempt: the number of the stage, from 0, and the row
Step = collections.namedtuple('Step', 'stage row')

# What is counted of one customer, or of one attempt.
#   status     complete, dropped, waiting or excluded
#   entry      the stage at which it starts
#   end        the last required stage that it reached
#   times      stage -> time, optional stages included
#   booked     the stage at which an excluded one is booked, else None
#   settled    required stage reached, not the last one -> settled?
#   alike      the attempts that only their rows' values, channels and feelings
#              tell apart
#   taken      stage -> row          of the one that counts of these
#   carried    stage -> value, the last known one up to there
#   final      the value carried at the end
#   until      when the customer's next attempt begins
#   credited   (stage, row) of all rows whose channel and feeling count there
#   customer   the same number for all attempts of a customer
Outcome = collections.namedtuple(
    'Outcome', 'status entry end times booked settled alike taken carried '
    'final until credited customer', defaults=(math.inf, (), None))


def some(events, default):
    """A list of events: None, one name, or any collection of names"""
    if events is None:
        events = default
    return frozenset([events] if isinstance(events, str) else events)


class Stage:
    def __init__(self, name, events=None, optional=False, within=None,
                 after=None, without=None):
        self.name = name
        self.events = some(events, name)
        self.optional = optional
        self.within = within
        self.after = after
        self.without = some(without, ())

    def but(self, **changes):
        """The same stage, other in some field"""
        return Stage(**dict(vars(self), **changes))


class Journey:
    def __init__(self, stages, within=None, matching='ordered', entry='first',
                 counting='customers', as_of=None, entered_from=None,
                 entered_until=None):
        self.stages = list(stages)
        self.within = within
        self.matching = matching            # ordered, strict or any
        self.entry = entry                  # first or any
        self.counting = counting            # customers or attempts
        self.as_of = as_of
        self.entered_from = entered_from
        self.entered_until = entered_until

    def but(self, **changes):
        """The same journey, other in some field"""
        return Journey(**dict(vars(self), **changes))

    def uses_without(self):
        return any(stage.without for stage in self.stages)

    def required(self):
        return [n for n, stage in enumerate(self.stages) if not stage.optional]

    def next_required(self, n):
        """The required stage after stage n; None after the last"""
        for k in range(n + 1, len(self.stages)):
            if not self.stages[k].optional:
                return k
        return None


def later(time, interval):
    """time + interval, where no interval means never"""
    return math.inf if interval is None else time + interval


@functools.lru_cache(None)
def greatest_number_first(x):
    return (1, 0) if x is None else (0, -x)


@functools.lru_cache(None)
def greatest_bytes_first(x):
    """Sorts 'b' before 'ab' before 'a' before '' before NULL."""
    if x is None:
        return (2,)
    return tuple(-byte for byte in x.encode()) + (1,)


class Matcher:
    """One customer's rows against one journey"""

    touch = oracle_touch.Touch()    # how credited events are added up

    def __init__(self, journey, rows):
        self.journey = journey
        self.rows = [row for row in rows if self.exists(row)]
        # Each looks at an attempt whose beginning (all but the last step) is
        # already known to be allowed, and whose last row fits its stage, and
        # says whether the whole is.
        self.rules = [self.distinct_events, self.in_order, self.in_window,
                      self.strict, self.clauses_of_the_stage]

    # -----------------------------------------------------------------------
    # Attempts
    #
    # An attempt is a tuple of steps: the events taken, in the order of their
    # stages.
    # -----------------------------------------------------------------------

    def exists(self, row):
        """Rule 12: rows after as_of do not exist"""
        return self.journey.as_of is None or row.at <= self.journey.as_of

    def fits(self, row, n):
        if isinstance(row.event, frozenset):
            return n in row.event
        return row.event in self.journey.stages[n].events

    def distinct_events(self, attempt):
        """Rule 3: one event fills at most one stage."""
        return all(attempt[-1].row.rid != step.row.rid
                   for step in attempt[:-1])

    def in_order(self, attempt):
        """Rule 4: events at the same instant may be taken in any order."""
        return (len(attempt) == 1
                or attempt[-2].row.at <= attempt[-1].row.at)

    def in_window(self, attempt):
        """Rule 1: no event later than the first one plus the window."""
        return attempt[-1].row.at <= later(attempt[0].row.at,
                                           self.journey.within)

    def strict(self, attempt):
        """Rule 6: no other row strictly between two matched ones."""
        return (self.journey.matching != 'strict' or len(attempt) == 1
                or not any(attempt[-2].row.at < row.at < attempt[-1].row.at
                           for row in self.rows))

    def clauses_of_the_stage(self, attempt):
        """Shortest and longest time since the previous event."""
        if len(attempt) == 1:
            return True
        stage = self.journey.stages[attempt[-1].stage]
        since = attempt[-1].row.at - attempt[-2].row.at
        return ((stage.within is None or since <= stage.within)
                and (stage.after is None or since >= stage.after))

    def entry_stages(self):
        """Rule 10: an open journey may start at any required stage."""
        return self.journey.required()[
            :None if self.journey.entry == 'any' else 1]

    def stages_after(self, n):
        """Rule 8: optional stages may be skipped, required ones not."""
        last = self.journey.next_required(n)
        if last is None:
            last = len(self.journey.stages) - 1
        return range(n + 1, last + 1)

    def attempts(self):
        """Every attempt, of every depth"""
        if self.journey.matching == 'any':
            return self.attempts_in_any_order()
        found = []
        fitting = [[Step(n, row) for row in self.rows if self.fits(row, n)]
                   for n in range(len(self.journey.stages))]

        def extend(attempt):
            for n in (self.stages_after(attempt[-1].stage) if attempt
                      else self.entry_stages()):
                for step in fitting[n]:
                    longer = attempt + (step,)
                    if all(rule(longer) for rule in self.rules):
                        found.append(longer)
                        extend(longer)

        extend(())
        return found

    def fill_stages(self, rows, stages):
        """Do these rows fill as many of these stages, each one?"""
        if not rows:
            return True
        return any(self.fits(rows[0], n)
                   and self.fill_stages(rows[1:], stages - {n})
                   for n in stages)

    def attempts_in_any_order(self):
        """Rule 7: every set of rows inside one window that fills as many
        stages; its n-th event in time is that of 'n done'."""
        every = frozenset(range(len(self.journey.stages)))
        found = []
        fitting = [row for row in self.rows
                   if any(self.fits(row, n) for n in every)]
        for size in range(1, len(every) + 1):
            for rows in itertools.combinations(fitting, size):
                rows = sorted(rows, key=lambda row: row.at)
                if (rows[-1].at <= later(rows[0].at, self.journey.within)
                        and self.fill_stages(rows, every)):
                    found.append(tuple(Step(n, row)
                                       for n, row in enumerate(rows)))
        return found

    # -----------------------------------------------------------------------
    # What `without` excludes
    # -----------------------------------------------------------------------

    def excluded_between(self, excluded, start, end):
        return [row for row in self.rows
                if row.event in excluded and start < row.at < end]

    def excluded_after(self, excluded, start, end):
        """As long as the next stage could have been reached, that instant
        included"""
        return [row for row in self.rows
                if row.event in excluded and start < row.at <= end]

    def offending(self, attempt):
        """Rule 9: the rows that taint the attempt"""
        if not self.journey.uses_without():
            return []
        if self.journey.matching == 'any':
            return self.offending_in_any_order(attempt)
        stages = self.journey.stages
        found = []
        for before, step in zip(attempt, attempt[1:]):
            found += self.excluded_between(stages[step.stage].without,
                                           before.row.at, step.row.at)
        wanted = self.journey.next_required(attempt[-1].stage)
        if wanted is not None:
            last = attempt[-1].row.at
            found += self.excluded_after(
                stages[wanted].without, last,
                min(later(last, stages[wanted].within),
                    later(attempt[0].row.at, self.journey.within)))
        return found

    def offending_in_any_order(self, attempt):
        excluded = frozenset().union(*(stage.without for stage
                                       in self.journey.stages))
        first, last = attempt[0].row.at, attempt[-1].row.at
        found = self.excluded_between(excluded, first, last)
        if len(attempt) < len(self.journey.stages):
            found += self.excluded_after(excluded, last,
                                         later(first, self.journey.within))
        return found

    def clean(self, attempts):
        return [attempt for attempt in attempts if not self.offending(attempt)]

    # -----------------------------------------------------------------------
    # The counted attempt
    # -----------------------------------------------------------------------

    def is_required(self, step):
        return not self.journey.stages[step.stage].optional

    def depth(self, attempt):
        return sum(map(self.is_required, attempt))

    def end(self, attempt):
        return [step for step in attempt if self.is_required(step)][-1]

    def is_complete(self, attempt):
        return self.journey.next_required(self.end(attempt).stage) is None

    def preference(self, attempt):
        """Rule 5 as one sort key, as far as times go; the least is best."""
        times = [step.row.at for step in attempt if self.is_required(step)]
        optional = {step.stage: step.row.at for step in attempt
                    if not self.is_required(step)}
        return (
            # open journeys: the later end stage
            -self.end(attempt).stage,
            times[-1],                      # the earliest end
            -times[0],                      # then the newest start
            times[1:],                      # then each next stage, earliest
            -len(optional),                 # as many optional ones as can be
            [optional.get(n, math.inf)
             for n in range(len(self.journey.stages))])

    def in_value_order(self, rows):
        """The rows of an attempt; in any order, those of one instant have no
        other order than that of their values."""
        if self.journey.matching == 'any':
            return sorted(rows, key=lambda row: (
                row.at, greatest_number_first(row.value),
                greatest_bytes_first(row.channel),
                greatest_number_first(row.feeling)))
        return rows

    def preference_by_value(self, rows):
        """Rule 5 among attempts with the same times: stage by stage, the
        greatest value; with all values alike, the same for channels, then
        feelings, as values do not depend on channels"""
        return ([greatest_number_first(row.value) for row in rows],
                [greatest_bytes_first(row.channel) for row in rows],
                [greatest_number_first(row.feeling) for row in rows])

    def best(self, attempts):
        """Of the deepest attempts those that nothing but values, channels
        and feelings tell apart"""
        depth = max(map(self.depth, attempts))
        deepest = [(self.preference(attempt), attempt) for attempt in attempts
                   if self.depth(attempt) == depth]
        least = min(key for key, _ in deepest)
        return [attempt for key, attempt in deepest if key == least]

    # -----------------------------------------------------------------------
    # Scope
    # -----------------------------------------------------------------------

    def in_period(self, s):
        """Rule 13, by an attempt's start"""
        journey = self.journey
        return ((journey.entered_from is None or journey.entered_from <= s)
                and (journey.entered_until is None
                     or s < journey.entered_until))

    def some_may_wait(self):
        return (self.journey.as_of is not None
                and self.journey.within is not None)

    def window_is_open(self, s):
        return s + self.journey.within > self.journey.as_of

    def may_go_on(self, attempt):
        """Rule 12: whether rows to come could make it deeper"""
        if (self.is_complete(attempt)
                or not self.window_is_open(attempt[0].row.at)):
            return False
        if self.journey.matching == 'any':
            return True
        last = attempt[-1]
        return any(later(last.row.at, self.journey.stages[n].within)
                   > self.journey.as_of
                   for n in self.stages_after(last.stage))

    def is_settled(self, attempt, n):
        """Whether it can no longer change that the attempt went on from
        required stage n"""
        if not self.window_is_open(attempt[0].row.at):
            return True
        if self.journey.matching == 'any':
            return False
        wanted = self.journey.next_required(n)
        before = [step for step in attempt if step.stage < wanted][-1]
        return (later(before.row.at, self.journey.stages[wanted].within)
                <= self.journey.as_of)

    def settled(self, attempt, status):
        """required stage reached, not the last one -> settled?"""
        result = {}
        end = self.end(attempt).stage
        for step in filter(self.is_required, attempt):
            n = step.stage
            if self.journey.next_required(n) is None:
                continue
            if not self.some_may_wait():
                result[n] = True
            elif n == end:
                result[n] = status == 'dropped'
            else:
                result[n] = self.is_settled(attempt, n)
        return result

    # -----------------------------------------------------------------------
    # Outcomes
    # -----------------------------------------------------------------------

    def eligible(self, found):
        """The clean attempts among which the counted one is"""
        if self.journey.matching == 'any':
            return self.clean(found)
        depth = max(map(self.depth, found))
        return self.clean([attempt for attempt in found
                           if self.depth(attempt) == depth])

    def outcome(self, found):
        """What is counted, given all attempts, at least one"""
        eligible = self.eligible(found)
        if not eligible:
            return self.excluded(self.best(found))
        alike = self.best(eligible)
        attempt = alike[0]
        if self.is_complete(attempt):
            status = 'complete'
        elif self.some_may_wait() and any(map(self.may_go_on,
                                              self.clean(found))):
            status = 'waiting'
        else:
            status = 'dropped'
        return self.valued(Outcome(
            status, attempt[0].stage, self.end(attempt).stage,
            {step.stage: step.row.at for step in attempt}, None,
            self.settled(attempt, status), alike, None, None, None))

    def excluded(self, alike):
        """Booked at the last stage reached before the first excluded event"""
        attempt = alike[0]
        return Outcome('excluded', attempt[0].stage, self.end(attempt).stage,
                       {}, self.booked(attempt), {}, alike, {}, {}, None)

    def booked(self, attempt):
        first = min(row.at for row in self.offending(attempt))
        return [step.stage for step in attempt if step.row.at < first][-1]

    def valued(self, outcome, see=lambda row: row):
        """The outcome with the values, channels and feelings that see() lets
        one see of the rows"""
        outcome = outcome._replace(
            credited=self.credited(outcome, map(see, self.rows)),
            customer=min((row.rid for row in self.rows), default=None))
        if outcome.status == 'excluded':
            return outcome
        seen = {row.rid: see(row) for row in self.rows}
        choices = [self.in_value_order([seen[step.row.rid]
                                        for step in attempt])
                   for attempt in outcome.alike]
        rows = (min(choices, key=self.preference_by_value)
                if len(choices) > 1 else choices[0])
        taken, carried, value = {}, {}, None
        for n, row in zip(sorted(outcome.times), rows):
            taken[n] = row
            value = value if row.value is None else row.value
            carried[n] = value
        return outcome._replace(taken=taken, carried=carried,
                                final=self.final(outcome, carried))

    def final(self, outcome, carried):
        """The value that is lost or waits: that of the required stage"""
        return carried[outcome.end]

    # -- channels and feelings ----------------------------------------------

    def tells(self, row):
        """Rows with a channel or a feeling count, whatever the event."""
        return row.channel is not None or row.feeling is not None

    def is_in(self, outcome, at):
        """Whether an event at that time is this attempt's: it is until the
        next attempt begins, where attempts are counted."""
        return at < outcome.until

    def times_of_stages(self, outcome):
        """When each stage was reached; an excluded one reached none"""
        return outcome.times

    def stage_at(self, times, at):
        """The stage that the attempt is in: the one reached last, of several
        at that instant the last one; None before the first"""
        reached = [(time, n) for n, time in times.items() if time <= at]
        return max(reached)[1] if reached else None

    def credited(self, outcome, rows):
        """(stage, row) of those rows of the customer that count"""
        times = self.times_of_stages(outcome)
        found = [(self.stage_at(times, row.at), row) for row in rows
                 if self.tells(row) and self.is_in(outcome, row.at)]
        return [(n, row) for n, row in found if n is not None]

    # -- all of a customer --------------------------------------------------

    def outcomes(self):
        if self.journey.counting == 'attempts':
            return self.one_by_one()
        found = [attempt for attempt in self.attempts()
                 if self.in_period(attempt[0].row.at)]
        return [self.outcome(found)] if found else []

    # -- rule 11: every attempt is counted ----------------------------------

    def one_by_one(self):
        begun = []
        ended = -math.inf
        for s in sorted(set(row.at for row in self.rows if self.fits(row, 0))):
            if self.may_begin(s, ended):
                one, ended = self.one_attempt(s)
                begun.append((s, one))
        return [self.valued(one._replace(until=self.next_begins(s, begun)))
                for s, one in begun if self.in_period(s)]

    def next_begins(self, s, begun):
        """When the attempt after the one that began at s began: any attempt,
        also one that is excluded or outside the entry period"""
        return min((start for start, _ in begun if start > s),
                   default=math.inf)

    def may_begin(self, s, ended):
        """Entry events inside an attempt, its end included, begin no other"""
        return s > ended

    def judged(self, s, until):
        """What is counted at that instant of the attempt that began at s"""
        so_far = type(self)(self.journey, [row for row in self.rows
                                           if s <= row.at <= until])
        return so_far.outcome([attempt for attempt in so_far.attempts()
                               if attempt[0].row.at == s])

    def one_attempt(self, s):
        """The outcome of the attempt that begins at s, and when it ends"""
        last = later(s, self.journey.within)
        for instant in sorted(set(row.at for row in self.rows
                                  if s <= row.at <= last)):
            one = self.judged(s, instant)
            if one.status in ('complete', 'excluded'):
                return one, instant
        return one, last
