"""Wrong oracles, each by one rule: the random cases must find each out."""

import itertools
import math

from differential_touch_mutants import RULE_TOUCH_MUTANTS
from oracle import Matcher, later

MUTANTS = dict(RULE_TOUCH_MUTANTS)


def mutant(name):
    def kept(wrong):
        MUTANTS[name] = wrong
        return wrong
    return kept


def others(attempt, rows):
    """Rows that are not those of the attempt"""
    own = set(step.row.rid for step in attempt)
    return [row for row in rows if row.rid not in own]


# -- strict -----------------------------------------------------------------

@mutant('strict: unknown events do not count')
class StrictKnownOnly(Matcher):
    def strict(self, attempt):
        known = frozenset().union(*(stage.events
                                    for stage in self.journey.stages))
        rows, self.rows = self.rows, [row for row in self.rows
                                      if row.event in known]
        result = super().strict(attempt)
        self.rows = rows
        return result


@mutant('strict: the matched instants count, too')
class StrictInclusive(Matcher):
    def strict(self, attempt):
        if self.journey.matching != 'strict' or len(attempt) == 1:
            return True
        start, end = attempt[-2].row.at, attempt[-1].row.at
        return start == end or not any(
            start <= row.at <= end
            for row in others(attempt, self.rows))


@mutant('strict: between required events only')
class StrictRequiredOnly(Matcher):
    def strict(self, attempt):
        required = [step for step in attempt if self.is_required(step)]
        return (not self.is_required(attempt[-1])
                or super().strict(tuple(required)))


@mutant('strict: like ordered')
class NotStrict(Matcher):
    def strict(self, attempt):
        return True


# -- clauses of a stage -----------------------------------------------------

class Clauses(Matcher):
    def since(self, attempt):
        return attempt[-1].row.at - attempt[-2].row.at

    def fits_clauses(self, since, stage):
        return ((stage.within is None or since <= stage.within)
                and (stage.after is None or since >= stage.after))

    def clauses_of_the_stage(self, attempt):
        return len(attempt) == 1 or self.fits_clauses(
            self.since(attempt), self.journey.stages[attempt[-1].stage])


@mutant('stage within exclusive')
class WithinExclusive(Clauses):
    def fits_clauses(self, since, stage):
        return (super().fits_clauses(since, stage)
                and since != stage.within)


@mutant('stage after exclusive')
class AfterExclusive(Clauses):
    def fits_clauses(self, since, stage):
        return super().fits_clauses(since, stage) and since != stage.after


@mutant('clauses since the start')
class ClausesSinceStart(Clauses):
    def since(self, attempt):
        return attempt[-1].row.at - attempt[0].row.at


@mutant('clauses since the previous required event')
class ClausesSinceRequired(Clauses):
    def since(self, attempt):
        return attempt[-1].row.at - self.end(attempt[:-1]).row.at


# -- optional stages --------------------------------------------------------

@mutant('optional: none after the last event')
class NoTail(Matcher):
    def stages_after(self, n):
        stages = super().stages_after(n)
        return [] if self.journey.next_required(n) is None else stages


@mutant('optional: as few as can be')
class FewOptional(Matcher):
    def preference(self, attempt):
        end, last, start, between, count, times = super().preference(attempt)
        return end, last, start, between, -count, times


@mutant('optional: as many as can be, before anything else')
class OptionalFirst(Matcher):
    def preference(self, attempt):
        end, last, start, between, count, times = super().preference(attempt)
        return end, count, last, start, between, times


@mutant('optional: late')
class LateOptional(Matcher):
    def preference(self, attempt):
        *rest, times = super().preference(attempt)
        return rest + [[-at for at in times]]


@mutant('optional: the window does not hold')
class OptionalAnytime(Matcher):
    def in_window(self, attempt):
        return not self.is_required(attempt[-1]) or super().in_window(attempt)


@mutant('optional: also those of a stage not reached')
class TailBeyond(Matcher):
    def stages_after(self, n):
        following = self.journey.next_required(n)
        return [k for k in range(n + 1, len(self.journey.stages))
                if k == following or self.journey.stages[k].optional
                or following is not None and k < following]


# -- without ----------------------------------------------------------------

@mutant('without: inclusive')
class WithoutInclusive(Matcher):
    def excluded_between(self, excluded, start, end):
        return [row for row in self.rows
                if row.event in excluded and start <= row.at <= end
                and start < end]

    def booked(self, attempt):
        first = min(row.at for row in self.offending(attempt))
        return max([step.stage for step in attempt if step.row.at < first],
                   default=attempt[0].stage)


@mutant('without: ignored')
class WithoutIgnored(Matcher):
    def offending(self, attempt):
        return []


@mutant('without: the tail does not taint')
class NoTailTaint(Matcher):
    def excluded_after(self, excluded, start, end):
        return []


@mutant('without: the tail has no end')
class EndlessTail(Matcher):
    def excluded_after(self, excluded, start, end):
        return super().excluded_after(excluded, start, math.inf)


@mutant('without: the tail ends before its end')
class ShortTail(Matcher):
    def excluded_after(self, excluded, start, end):
        return [row for row in super().excluded_after(excluded, start, end)
                if row.at < end]


@mutant('without: a shallower clean attempt counts')
class TaintLowersDepth(Matcher):
    def eligible(self, found):
        return self.clean(found)


@mutant('without: only the best attempt may be clean')
class BestOrNothing(Matcher):
    def eligible(self, found):
        return self.clean(self.best(found))


@mutant('without: booked at the last stage reached')
class BookedAtEnd(Matcher):
    def booked(self, attempt):
        return self.end(attempt).stage


@mutant('without: booked by the last excluded event')
class BookedByLast(Matcher):
    def booked(self, attempt):
        last = max(row.at for row in self.offending(attempt))
        return [step.stage for step in attempt if step.row.at < last][-1]


@mutant('without: since the previous required event')
class WithoutSinceRequired(Matcher):
    def offending(self, attempt):
        if self.journey.matching == 'any':
            return super().offending(attempt)
        return super().offending(tuple(
            step for step in attempt if self.is_required(step)))


# -- any order --------------------------------------------------------------

@mutant('any order: one event, many stages')
class AnyOneForMany(Matcher):
    def fill_stages(self, rows, stages):
        return all(any(self.fits(row, n) for n in stages) for row in rows)


@mutant('any order: the first stage first')
class AnyStartsFirst(Matcher):
    def attempts_in_any_order(self):
        return [attempt for attempt in super().attempts_in_any_order()
                if self.fits(attempt[0].row, 0)]


@mutant('any order: only the deepest may be clean')
class AnyDeepestClean(Matcher):
    def eligible(self, found):
        depth = max(map(self.depth, found))
        return self.clean([attempt for attempt in found
                           if self.depth(attempt) == depth])


@mutant('any order: only the first start')
class AnyOldest(Matcher):
    def preference(self, attempt):
        end, last, start, *rest = super().preference(attempt)
        if self.journey.matching == 'any':
            start = -start
        return (end, last, start, *rest)


@mutant('any order: window exclusive')
class AnyWindow(Matcher):
    def attempts_in_any_order(self):
        return [attempt for attempt in super().attempts_in_any_order()
                if attempt[0].row.at == attempt[-1].row.at
                or attempt[-1].row.at < later(attempt[0].row.at,
                                              self.journey.within)]


@mutant('any order: values of one instant least first')
class AnyValues(Matcher):
    def in_value_order(self, rows):
        rows = super().in_value_order(rows)
        if self.journey.matching != 'any':
            return rows
        return [row for _, same in itertools.groupby(
            rows, key=lambda row: row.at) for row in reversed(list(same))]


# -- open -------------------------------------------------------------------

@mutant('open: starts at the first stage only')
class OpenFirstOnly(Matcher):
    def entry_stages(self):
        return super().entry_stages()[:1]


@mutant('open: the earlier end stage')
class OpenEarlierEnd(Matcher):
    def preference(self, attempt):
        end, *rest = super().preference(attempt)
        return (-end, *rest)


@mutant('open: the earliest end, whatever stage')
class OpenAnyEnd(Matcher):
    def preference(self, attempt):
        end, last, start, *rest = super().preference(attempt)
        return (last, start, end, *rest)


@mutant('open: the oldest start')
class OpenOldest(Matcher):
    def preference(self, attempt):
        end, last, start, *rest = super().preference(attempt)
        if self.journey.entry == 'any':
            start = -start
        return (end, last, start, *rest)


@mutant('open: starts at optional stages, too')
class OpenOptional(Matcher):
    def entry_stages(self):
        if self.journey.entry != 'any':
            return super().entry_stages()
        return range(len(self.journey.stages))

    def attempts(self):
        return [attempt for attempt in super().attempts()
                if any(map(self.is_required, attempt))]


# -- attempts ---------------------------------------------------------------

@mutant('attempts: the next begins where one ended')
class BeginsAtEnd(Matcher):
    def one_by_one(self):
        self.begun = None
        return super().one_by_one()

    def may_begin(self, s, ended):
        if s >= ended and s != self.begun:
            self.begun = s
            return True
        return False


@mutant('attempts: entries inside one begin others')
class EveryEntry(Matcher):
    def may_begin(self, s, ended):
        return True


@mutant('attempts: judged at their end only')
class JudgedLate(Matcher):
    def one_attempt(self, s):
        last = later(s, self.journey.within)
        return self.judged(s, last), last


@mutant('attempts: they last until the window ends')
class NeverEndEarly(Matcher):
    def one_attempt(self, s):
        return super().one_attempt(s)[0], later(s, self.journey.within)


@mutant('attempts: a tainted one goes on')
class TaintedGoesOn(Matcher):
    def one_attempt(self, s):
        last = later(s, self.journey.within)
        for instant in sorted(set(row.at for row in self.rows
                                  if s <= row.at <= last)):
            one = self.judged(s, instant)
            if one.status == 'complete':
                return one, instant
        return one, last


@mutant('attempts: one a customer')
class OneAttempt(Matcher):
    def may_begin(self, s, ended):
        return ended == -math.inf


@mutant('attempts: found in the entry period only')
class FoundInPeriod(Matcher):
    def may_begin(self, s, ended):
        return super().may_begin(s, ended) and self.in_period(s)


# -- scope ------------------------------------------------------------------

@mutant('as_of: rows at as_of do not exist')
class AsOfExclusive(Matcher):
    def exists(self, row):
        return (super().exists(row)
                and row.at != self.journey.as_of)


@mutant('as_of: later rows are read')
class AsOfIgnored(Matcher):
    def exists(self, row):
        return True


@mutant('waiting: until the window has ended, inclusive')
class WaitingInclusive(Matcher):
    def window_is_open(self, s):
        return s + self.journey.within >= self.journey.as_of


@mutant('waiting: whatever the next stage allows')
class WaitingForWindow(Matcher):
    def may_go_on(self, attempt):
        return (not self.is_complete(attempt)
                and self.window_is_open(attempt[0].row.at))


@mutant('waiting: by the next required stage alone')
class WaitingForRequired(Matcher):
    def may_go_on(self, attempt):
        if self.journey.matching == 'any' or not super().may_go_on(attempt):
            return super().may_go_on(attempt)
        wanted = self.journey.next_required(attempt[-1].stage)
        return (later(attempt[-1].row.at, self.journey.stages[wanted].within)
                > self.journey.as_of)


@mutant('waiting: the next stage inclusive')
class WaitingStageInclusive(Matcher):
    def may_go_on(self, attempt):
        if self.journey.matching == 'any':
            return super().may_go_on(attempt)
        last = attempt[-1]
        return (not self.is_complete(attempt)
                and self.window_is_open(attempt[0].row.at)
                and any(later(last.row.at, self.journey.stages[n].within)
                        >= self.journey.as_of
                        for n in self.stages_after(last.stage)))


class WaitingBy(Matcher):
    """Waiting by other attempts than all clean ones"""
    def outcome(self, found):
        outcome = super().outcome(found)
        if (outcome.status not in ('waiting', 'dropped')
                or not self.some_may_wait()):
            return outcome
        status = ('waiting' if any(map(self.may_go_on,
                                       self.looked_at(found, outcome)))
                  else 'dropped')
        return outcome._replace(status=status, settled=self.settled(
            outcome.alike[0], status))


@mutant('waiting: by the counted attempt alone')
class WaitingByCounted(WaitingBy):
    def looked_at(self, found, outcome):
        return outcome.alike


@mutant('waiting: by tainted attempts, too')
class WaitingTainted(WaitingBy):
    def looked_at(self, found, outcome):
        return found


@mutant('waiting: without a window, too')
class WaitingEver(Matcher):
    def some_may_wait(self):
        return self.journey.as_of is not None

    def window_is_open(self, s):
        return later(s, self.journey.within) > self.journey.as_of


@mutant('settled: all')
class AllSettled(Matcher):
    def is_settled(self, attempt, n):
        return True


@mutant('settled: by the window alone')
class SettledByWindow(Matcher):
    def is_settled(self, attempt, n):
        return not self.window_is_open(attempt[0].row.at)


@mutant('settled: since the previous required event')
class SettledSinceRequired(Matcher):
    def is_settled(self, attempt, n):
        return super().is_settled(tuple(
            step for step in attempt if self.is_required(step)), n)


@mutant('settled: the next stage exclusive')
class SettledExclusive(Matcher):
    def is_settled(self, attempt, n):
        if (self.journey.matching == 'any'
                or not self.window_is_open(attempt[0].row.at)):
            return super().is_settled(attempt, n)
        wanted = self.journey.next_required(n)
        before = [step for step in attempt if step.stage < wanted][-1]
        return (later(before.row.at, self.journey.stages[wanted].within)
                < self.journey.as_of)


@mutant('entered_from exclusive')
class FromExclusive(Matcher):
    def in_period(self, s):
        return super().in_period(s) and s != self.journey.entered_from


@mutant('entered_until inclusive')
class UntilInclusive(Matcher):
    def in_period(self, s):
        return super().in_period(s) or (
            s == self.journey.entered_until and s != self.journey.entered_from)


@mutant('rows outside the entry period are not read')
class PeriodOfRows(Matcher):
    def exists(self, row):
        return super().exists(row) and self.in_period(row.at)


@mutant('the entry period is that of the counted attempt')
class PeriodOfCounted(Matcher):
    def outcomes(self):
        if self.journey.counting == 'attempts':
            return super().outcomes()
        found = self.attempts()
        return [outcome for outcome in ([self.outcome(found)] if found else [])
                if self.in_period(outcome.alike[0][0].row.at)]


# -- values -----------------------------------------------------------------

@mutant('values: lost with that of later optional stages')
class LostAtEnd(Matcher):
    def final(self, outcome, carried):
        return carried[max(carried)]


@mutant('values: those of required stages only')
class RequiredValues(Matcher):
    def valued(self, outcome, see=lambda row: row):
        outcome = super().valued(outcome, see)
        value, carried = None, {}
        for n, row in sorted(outcome.taken.items()):
            if row.value is not None and not self.journey.stages[n].optional:
                value = row.value
            carried[n] = value
        return outcome._replace(
            carried=carried,
            final=carried[outcome.end] if carried else None)
