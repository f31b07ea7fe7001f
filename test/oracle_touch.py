"""The oracle's channels and feelings: the rows of touchpoints(), and what
stages() tells of feelings, from outcomes.

Like the matcher's, each rule is a method of its own, for wrong oracles to
replace."""

import collections


class Touch:
    """What the events credited to stages come to"""

    most = 64                       # channels with rows of their own

    def millionths(self, feeling):
        return round(feeling * 1e6)

    def is_negative(self, feeling):
        """feeling: in millionths"""
        return feeling < 0

    def channel(self, row):
        return row.channel

    def order(self, channel):
        """Channels go by their bytes"""
        return channel.encode()

    def whose(self, number, outcome):
        """Who is counted: each outcome is one customer, or one attempt"""
        return number

    def named(self, channels):
        """The channels with rows of their own; the others share one"""
        return sorted(set(channels), key=self.order)[:self.most]

    def customers(self, others, numbers):
        return None if others else len(set(numbers))

    def credited(self, outcomes):
        """(number of the outcome, stage, row) of each event that counts"""
        return [(self.whose(number, outcome), n, row)
                for number, outcome in enumerate(outcomes)
                for n, row in outcome.credited]

    def feelings(self, rows):
        """felt, sum of feelings in millionths, negative ones"""
        felt = [self.millionths(row.feeling) for row in rows
                if row.feeling is not None]
        return dict(felt=len(felt), feeling_sum=sum(felt),
                    negative=sum(map(self.is_negative, felt)))

    def stage(self, n, outcomes):
        """What stages() tells of stage n"""
        return self.feelings([row for _, where, row
                              in self.credited(outcomes) if where == n])

    def rows(self, outcomes):
        """The rows of touchpoints(), as a list of dicts"""
        credited = self.credited(outcomes)
        named = self.named(channel for channel in (
            self.channel(row) for _, _, row in credited)
            if channel is not None)
        places = collections.defaultdict(list)
        for number, n, row in credited:
            channel = self.channel(row)
            others = channel is not None and channel not in named
            places[n, others, None if others else channel].append(
                (number, row))
        result = []
        for (n, others, channel), found in places.items():
            result.append(dict(
                self.feelings([row for _, row in found]),
                stage_no=n + 1, channel=channel, others=others,
                events=len(found),
                customers=self.customers(others, [number
                                                  for number, _ in found])))
        # by stage; channels; none; all others
        result.sort(key=lambda row: (
            row['stage_no'], row['others'], row['channel'] is None,
            b'' if row['channel'] is None else self.order(row['channel'])))
        return result
