"""Wrong oracles of channels and feelings: the random cases must find each
out.  TOUCH_MUTANTS are those of any journey, RULE_TOUCH_MUTANTS those of rules
that plain journeys do not have."""

import math

from oracle import Matcher, Outcome
from oracle_touch import Touch

TOUCH_MUTANTS = {}
RULE_TOUCH_MUTANTS = {}


def mutant(name, kept=TOUCH_MUTANTS):
    def keep(wrong):
        kept[name] = wrong
        return wrong
    return keep


def rule_mutant(name):
    return mutant(name, RULE_TOUCH_MUTANTS)


def adding_up(name, **changes):
    """A wrong oracle that adds up credited events in a wrong way"""
    touch = type('Wrong', (Touch,), changes)()
    TOUCH_MUTANTS[name] = type('Wrong', (Matcher,), dict(touch=touch))


# -- which events count, and where ------------------------------------------

@mutant('touch: events of stages only')
class StagesOnly(Matcher):
    def tells(self, row):
        return super().tells(row) and any(
            self.fits(row, n) for n in range(len(self.journey.stages)))


@mutant('touch: matched events only')
class MatchedOnly(Matcher):
    def credited(self, outcome, rows):
        own = set(step.row.rid for step in outcome.alike[0])
        return [(n, row) for n, row in super().credited(outcome, rows)
                if row.rid in own]


@mutant('touch: with a channel only')
class ChannelOnly(Matcher):
    def tells(self, row):
        return row.channel is not None


@mutant('touch: with a feeling only')
class FeelingOnly(Matcher):
    def tells(self, row):
        return row.feeling is not None


@mutant('touch: with neither, too')
class EveryRow(Matcher):
    def tells(self, row):
        return True


@mutant('touch: after the instant at which a stage is reached')
class AfterInstant(Matcher):
    def stage_at(self, times, at):
        return super().stage_at(times, at - 1)


@mutant('touch: the first of several stages of one instant')
class FirstOfInstant(Matcher):
    def stage_at(self, times, at):
        reached = [time for time in times.values() if time <= at]
        return min((n for n, time in times.items() if time == max(reached)),
                   default=None) if reached else None


@mutant('touch: events before the first stage are of it')
class FromTheBeginning(Matcher):
    def stage_at(self, times, at):
        found = super().stage_at(times, at)
        return min(times, default=None) if found is None else found


@mutant('touch: until the window ends')
class UntilWindow(Matcher):
    def is_in(self, outcome, at):
        start = min(outcome.times.values(), default=math.inf)
        return super().is_in(outcome, at) and (
            self.journey.within is None or at <= start + self.journey.within)


@mutant('touch: until the last stage is reached')
class UntilEnd(Matcher):
    def is_in(self, outcome, at):
        return super().is_in(outcome, at) and at <= max(
            outcome.times.values(), default=-math.inf)


@mutant('touch: a stage that the event fits comes first')
class OwnStage(Matcher):
    def credited(self, outcome, rows):
        return [(max([k for k in outcome.times if self.fits(row, k)],
                     default=n), row)
                for n, row in super().credited(outcome, rows)]


@mutant('touch: nobody is left out')
class DepthNought(Matcher):
    """Those of depth 0 are in the first stage"""
    def outcomes(self):
        found = super().outcomes()
        if found or not self.rows or self.journey.counting == 'attempts':
            return found
        return [self.valued(Outcome('excluded', 0, 0, {}, None, {}, [], {},
                                    {}, None))]

    def credited(self, outcome, rows):
        if outcome.alike:
            return super().credited(outcome, rows)
        return [(0, row) for row in rows if self.tells(row)]


# -- how they are added up --------------------------------------------------

adding_up('channels: 65 by name', most=65)
adding_up('channels: 63 by name', most=63)
adding_up('channels: in order of lengths',
          order=lambda self, channel: (len(channel.encode()),
                                       channel.encode()))
adding_up('channels: in order of letters',
          order=lambda self, channel: (channel.casefold(), channel))
adding_up('channels: in order of UTF-16',
          order=lambda self, channel: channel.encode('utf-16-be'))
adding_up('channels: the last ones by name',
          named=lambda self, channels: sorted(
              set(channels), key=self.order)[-self.most:])
adding_up('channels: the first ones met by name',
          named=lambda self, channels: list(dict.fromkeys(
              channels))[:self.most])
adding_up('channels: an empty one is none',
          channel=lambda self, row: row.channel or None)
adding_up('channels: by their first 15 bytes',
          channel=lambda self, row: None if row.channel is None
          else row.channel.encode()[:15].decode(errors='replace'))
adding_up('customers: events',
          customers=lambda self, others, numbers: None if others
          else len(numbers))
adding_up('customers: of the others, too',
          customers=lambda self, others, numbers: len(set(numbers)))
adding_up('feelings: cut to millionths',
          millionths=lambda self, feeling: int(feeling * 1e6))
adding_up('feelings: in thousandths',
          millionths=lambda self, feeling: round(feeling * 1e3) * 1000)
adding_up('feelings: none is negative',
          is_negative=lambda self, feeling: feeling <= 0)


@mutant('channels: those not credited take names')
class NamesOfAll(Matcher):
    """Of the customer: his first 64 channels in byte order"""
    def credited(self, outcome, rows):
        rows = list(rows)
        names = sorted(set(row.channel for row in rows
                           if row.channel is not None),
                       key=self.touch.order)[:64]
        return [(n, row) for n, row in super().credited(outcome, rows)
                if row.channel is None or row.channel in names]


class NegativeAsGiven(Touch):
    def feelings(self, rows):
        return dict(super().feelings(rows), negative=sum(
            row.feeling < 0 for row in rows if row.feeling is not None))


@mutant('feelings: negative before they are rounded')
class Unrounded(Matcher):
    touch = NegativeAsGiven()


# -- of rules ---------------------------------------------------------------

@rule_mutant('touch: required stages only')
class RequiredOnly(Matcher):
    def times_of_stages(self, outcome):
        return {n: time for n, time in outcome.times.items()
                if not self.journey.stages[n].optional}


@rule_mutant('without: excluded ones are credited')
class ExcludedToo(Matcher):
    def times_of_stages(self, outcome):
        if outcome.status == 'excluded':
            return {step.stage: step.row.at for step in outcome.alike[0]}
        return outcome.times


@rule_mutant('attempts: events are those of every attempt before')
class EveryAttempt(Matcher):
    def is_in(self, outcome, at):
        return True


@rule_mutant('attempts: the next has its events from after its start')
class NextExclusive(Matcher):
    def is_in(self, outcome, at):
        return at <= outcome.until

    def stage_at(self, times, at):
        if (self.journey.counting == 'attempts' and times
                and at == min(times.values())
                and any(row.at < at for row in self.rows)):
            return None
        return super().stage_at(times, at)


@rule_mutant('attempts: excluded ones take no events')
class ExcludedTakesNone(Matcher):
    def next_begins(self, s, begun):
        return super().next_begins(s, [
            (start, one) for start, one in begun
            if one.status != 'excluded'])


@rule_mutant('attempts: those outside the entry period take no events')
class OutsideTakesNone(Matcher):
    def next_begins(self, s, begun):
        return super().next_begins(s, [
            (start, one) for start, one in begun if self.in_period(start)])


class CustomersOfAttempts(Touch):
    def whose(self, number, outcome):
        return outcome.customer


@rule_mutant('attempts: customers are counted')
class CustomersNotAttempts(Matcher):
    touch = CustomersOfAttempts()


@rule_mutant('as_of: channels and feelings of later rows')
class TouchAfterAsOf(Matcher):
    def __init__(self, journey, rows):
        super().__init__(journey, rows)
        self.every_row = rows

    def credited(self, outcome, rows):
        # what the form of the aggregate sees can be told by the rows there
        rows = list(rows)
        if rows != self.rows:
            return super().credited(outcome, rows)
        return super().credited(outcome, self.every_row)


@rule_mutant('entered_until: channels and feelings of the period only')
class TouchOfPeriod(Matcher):
    def is_in(self, outcome, at):
        return super().is_in(outcome, at) and self.in_period(at)


@rule_mutant('open: the stages before the entry are reached with it')
class OpenFromFirst(Matcher):
    def stage_at(self, times, at):
        found = super().stage_at(times, at)
        if self.journey.entry == 'any' and found == min(times, default=None):
            return 0 if found is not None else None
        return found


@rule_mutant('any order: the stage of the event')
class AnyByEvent(Matcher):
    def credited(self, outcome, rows):
        found = super().credited(outcome, rows)
        if self.journey.matching != 'any':
            return found
        return [(max([k for k in range(len(self.journey.stages))
                      if self.fits(row, k)], default=n), row)
                for n, row in found]
