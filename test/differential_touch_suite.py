"""What the random tests check of channels and feelings, besides the
comparison of every case with the oracle."""

import collections
import random

import differential_touch
import oracle_cases
from differential_common import (
    FORM, FORMS, FULL, SELECTED, US, Case, Drawn, compare, copied,
    journey_json, literal, text_key, timestamp, uuid_key)
from differential_single import single_query, usable_rows
from oracle import Journey, Row, Stage

SERIAL = ['jit=off', 'max_parallel_workers_per_gather=0']
SMALL = SERIAL + ['hash_mem_multiplier=1', "work_mem='64kB'"]
LARGE = SERIAL + ["work_mem='64MB'"]
KEYS = ('customer', 'customer_text', 'customer_uuid')
ALL = 'at, event, value, channel, feeling'

# what the events of customers come to by plain SQL, given only the times at
# which progress() says that the stages were reached; {0}: a table (id, j,
# customer, at, event, value, channel, feeling) of journeys that count customers
REACHED = '''
SET client_min_messages = warning;
DROP TABLE IF EXISTS recount_reached, recount_answers;
CREATE UNLOGGED TABLE recount_reached AS
WITH timelines AS MATERIALIZED (
    SELECT id, customer, j, timeline(at, event, value, channel, feeling) AS t
    FROM {0} WHERE customer IS NOT NULL GROUP BY id, customer, j)
SELECT id, customer, t, (j::jsonb ->> 'as_of')::timestamptz AS as_of, reached_at
FROM timelines, progress(j, t);
CREATE UNLOGGED TABLE recount_answers AS
SELECT id, stage_no, channel, others, events, customers, felt,
    round(feeling::numeric, 12) AS feeling,
    round(negative_share::numeric, 12) AS negative_share
FROM (SELECT id, funnel(j, customer, at, event, value, channel, feeling) AS f
    FROM {0} GROUP BY id) g, touchpoints(f);'''
RECOUNT = '''
WITH places AS (
    SELECT id, customer, channel, feeling, (
        SELECT n FROM unnest(reached_at) WITH ORDINALITY r(a, n)
        WHERE a <= at ORDER BY a DESC, n DESC LIMIT 1) AS stage_no
    FROM recount_reached, events(t)
    WHERE num_nonnulls(channel, feeling) > 0
        AND (as_of IS NULL OR at <= as_of)),
named AS (
    SELECT *, channel IS NOT NULL AND dense_rank() OVER (PARTITION BY id,
            channel IS NULL ORDER BY channel COLLATE "C") > 64 AS others
    FROM places WHERE stage_no IS NOT NULL),
counted AS (
    SELECT id, stage_no, CASE WHEN NOT others THEN channel END, others,
        count(*), CASE WHEN NOT others THEN count(DISTINCT customer) END,
        count(feeling), round(avg(round(feeling::numeric, 6)), 12),
        round(avg(CASE WHEN feeling < 0 THEN 1.0 WHEN feeling >= 0 THEN 0 END),
            12)
    FROM named GROUP BY 1, 2, 3, 4)
SELECT 'only by progress', * FROM (
    TABLE counted EXCEPT ALL TABLE recount_answers LIMIT 3) x
UNION ALL SELECT 'only by touchpoints', * FROM (
    TABLE recount_answers EXCEPT ALL TABLE counted LIMIT 3) y
UNION ALL SELECT 'compared', count(*), NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL FROM recount_answers;'''
COUNTS_CUSTOMERS = "(j::jsonb ->> 'counting') IS DISTINCT FROM 'attempts'"

# what touchpoints() and stages() must have in common; {0}: a table (id, f)
SUMS = '''
SELECT id, stage_no, s.feeling, t.feeling, s.negative_share, t.negative
FROM (SELECT id, stage_no, feeling, negative_share FROM {0}, stages(f)) s
LEFT JOIN (
    SELECT id, stage_no, sum(felt * feeling) / sum(felt) AS feeling,
        sum(felt * negative_share) / sum(felt) AS negative
    FROM {0}, touchpoints(f) WHERE felt > 0 GROUP BY id, stage_no) t
USING (id, stage_no)
WHERE num_nonnulls(s.feeling, t.feeling, s.negative_share, t.negative)
        NOT IN (0, 4)
    OR abs(s.feeling - t.feeling) > 1e-12
    OR abs(s.negative_share - t.negative) > 1e-12
LIMIT 3;'''


class TouchTests:
    def __init__(self, suite):
        self.suite = suite
        self.server = suite.server

    # -- against the oracle -------------------------------------------------

    def by_hand(self):
        """The oracle's cases worked out by hand, in both orders"""
        work = []
        for shape, rules, text, expected in oracle_cases.TOUCH:
            journey = oracle_cases.shaped(shape, **rules)
            drawn = Drawn(journey, journey_json(journey), None, None, None)
            customers = {n: oracle_cases.events(rows)
                         for n, rows in enumerate(text.split('|'))}
            for step in (1, -1):
                ordered = {n: rows[::step] for n, rows in customers.items()}
                work.append((drawn, ordered, text, expected, single_query(
                    drawn, ordered, [], FULL, True)))
        problems = collections.defaultdict(list)
        for (drawn, customers, text, expected, query), got in zip(
                work, self.server.answers([one[-1] for one in work])):
            rows = self.suite.expected.touchpoints(
                drawn, self.suite.expected.outcomes(
                    drawn.journey, customers.values(), FULL))
            wrong = problems['touchpoints by hand: %s: %s' % (drawn.text,
                                                             text)]
            if oracle_cases.told_touch(rows) != expected:
                wrong.append('the oracle itself says: %s'
                             % oracle_cases.told_touch(rows))
            wrong += ([got] if isinstance(got, str)
                      else differential_touch.compare(rows, got))
            if wrong:
                wrong.append(query + ';')
        for name, wrong in problems.items():
            self.suite.report(name, wrong)

    def tell(self):
        """How often what occurs, and that it does"""
        counts = collections.Counter()
        channels = collections.defaultdict(set)
        for case in self.suite.cases:
            outcomes = self.suite.outcomes[case.id][FULL.name]
            rows = [row for one in outcomes for _, row in one.credited]
            own = set(row.channel for row in rows if row.channel is not None)
            channels[case.jid] |= own
            counts['credited'] += len(rows)
            counts['not credited'] += sum(
                row.channel is not None or row.feeling is not None
                for some in case.customers.values() for row in some)
            counts['felt'] += sum(row.feeling is not None for row in rows)
            counts['cases with more than 64 channels'] += len(own) > 64
        counts['not credited'] -= counts['credited']
        counts['journeys with more than 64 channels'] = sum(
            len(some) > 64 for some in channels.values())
        print('# channels and feelings: %s' % ', '.join(
            '%s %d' % pair for pair in counts.items()))
        self.suite.report('channels and feelings of every kind occur', [
            name for name, count in counts.items()
            if not count and len(self.suite.cases) >= 1000])

    # -- between answers ----------------------------------------------------

    def nothing_given(self):
        """NULLs are as if there were no such argument, byte for byte"""
        for form, arguments in (
                ('5 arguments', 'value, NULL::text'),
                ('5 arguments', 'value, NULL::text, NULL::float8'),
                ('5 arguments', 'value, nullif(channel, channel), '
                 'nullif(feeling, feeling)'),
                ('6 arguments', 'value, channel, NULL::float8')):
            self.suite.check(
                'as with %s: %s' % (form, arguments),
                lambda: self.suite.same_bytes(
                    FORM[form], 'SELECT case_id, md5(funnel(j, customer, at, '
                    'event, %s)::text) FROM rows_random GROUP BY case_id'
                    % arguments, SERIAL))

    def idle_rows(self):
        """Rows of no stage, without channel and feeling, change nothing"""
        cases = set(case.id for case in self.suite.cases
                    if self.suite.pool[case.jid].journey.matching != 'strict')
        self.suite.check(
            'rows of no stage, without channel and feeling, change nothing',
            lambda: self.suite.same_bytes(
                FULL, 'SELECT case_id, md5(funnel(j, customer, at, event, '
                'value, channel, feeling)::text) FROM (SELECT case_id, j, '
                'customer, %s FROM rows_random UNION ALL SELECT case_id, j, '
                "customer, at, 'idle', value, NULL, NULL FROM rows_random) u "
                'GROUP BY case_id' % ALL, SERIAL, only=cases))

    def loaded(self):
        """Two levels, the timelines by the loader"""
        has_rows = set(case.id for case in self.suite.cases
                       if any(case.customers.values()))
        for form in FORMS[:4]:
            columns = form.arguments.format(key='')
            columns = columns[columns.index('at'):]
            # of customers in all three keys
            for key, of in zip(KEYS, ('bigint', 'text', 'uuid')):
                if key != 'customer' and form is not FULL:
                    continue
                self.suite.check(
                    'two levels by timelines(), %s, %s' % (form.name, of),
                    lambda: self.suite.same_bytes(
                        form, 'SELECT case_id, md5(funnel(j, timeline)::text) '
                        "FROM timelines('SELECT %s, %s FROM rows_random', "
                        'NULL::%s) l JOIN (SELECT DISTINCT %s AS customer, '
                        'case_id, jid FROM rows_random) c USING (customer) '
                        'JOIN journeys USING (jid) GROUP BY case_id'
                        % (key, columns, of, key), SERIAL, only=has_rows))

    def parts(self):
        """Groups split by customers and put together again"""
        table = 'whole_%d' % FORMS.index(FULL)
        self.suite.same(
            'rollup of three parts is the whole',
            'SELECT jid, rollup(f) FROM (SELECT jid, funnel(j, customer, %s) '
            'AS f FROM rows_random GROUP BY jid, abs(customer %% 3)) c '
            'GROUP BY jid' % ALL, table)
        self.suite.same(
            'two parts added up are the whole',
            'SELECT jid, coalesce(a.f + b.f, a.f, b.f) FROM (SELECT jid, '
            'funnel(j, customer, {0}) AS f FROM rows_random WHERE customer > '
            '0 GROUP BY jid) a FULL JOIN (SELECT jid, funnel(j, customer, '
            '{0}) AS f FROM rows_random WHERE (customer > 0) IS NOT TRUE '
            'GROUP BY jid) b USING (jid)'.format(ALL), table)

    def kept(self):
        """touchpoints() of what was stored and read again; the text in the
        reference table of each form came back as bytes before"""
        table = 'whole_%d' % FORMS.index(FULL)

        def differ(other):
            return self.server.rows(
                'SELECT id FROM %s WHERE (SELECT array_agg(t) FROM '
                'touchpoints(f) t) IS DISTINCT FROM (SELECT array_agg(t) FROM '
                'touchpoints(%s) t) OR (SELECT array_agg(s) FROM stages(f) s) '
                'IS DISTINCT FROM (SELECT array_agg(s) FROM stages(%s) s) '
                'LIMIT 1;' % (table, other, other))
        self.suite.check('touchpoints of text read back', lambda: [
            'journey %s, seed %s' % (line[0], self.suite.label)
            for line in differ('f::text::funnel')])
        self.suite.check('touchpoints of jsonb read as text', lambda: [
            'journey %s, seed %s' % (line[0], self.suite.label)
            for line in differ('f::jsonb::text::funnel')])
        self.suite.check('touchpoints of one added to nothing', lambda: [
            'journey %s, seed %s' % (line[0], self.suite.label)
            for line in differ('(SELECT rollup(x) FROM unnest(ARRAY[f, NULL])'
                               ' x)')])

    def sums(self):
        for table in ('reference_%d' % FORMS.index(FULL),
                      'whole_%d' % FORMS.index(FULL)):
            self.suite.check(
                'feelings of touchpoints are those of stages, %s' % table,
                lambda: ['seed %s: %s' % (self.suite.label, line) for line
                         in self.server.rows(SUMS.format(table))])

    def recount(self, name, table, settings=SERIAL):
        def work():
            # sorting is PostgreSQL's own: not with little memory
            self.server.rows(REACHED.format(table), settings)
            lines = self.server.rows(RECOUNT, LARGE)
            problems = ['%s, seed %s' % (line, self.suite.label)
                        for line in lines if line[0] != 'compared']
            if lines[-1][0] != 'compared' or lines[-1][1] == '0':
                problems.append('nothing was compared')
            return problems
        self.suite.check('touchpoints recounted in SQL from progress(), %s'
                         % name, work)

    def recounts(self):
        self.server.run(
            'CREATE TABLE of_customers AS SELECT jid FROM journeys WHERE '
            + COUNTS_CUSTOMERS + '; ANALYZE of_customers;'
            'CREATE VIEW rows_by_id AS SELECT case_id AS id, * FROM '
            'rows_random JOIN of_customers USING (jid) '
            'WHERE case_id % 4 = 0;'
            'CREATE VIEW rows_by_journey AS SELECT jid AS id, * FROM '
            'rows_random JOIN of_customers USING (jid);')
        self.recount('cases', 'rows_by_id')
        self.recount('journeys', 'rows_by_journey')

    def larger_customers(self):
        """Some of Metamorphic's, with channels and feelings"""
        self.server.run(
            'CREATE UNLOGGED TABLE large_touched AS SELECT number * 1000 + '
            'kind AS id, j, customer, at, event, value, CASE WHEN h % 3 > 0 '
            "THEN 'channel ' || h / 7 % (4 << h % 2 * 6) END AS channel, "
            'CASE WHEN h % 5 > 1 THEN (h % 2001 - 1000) / 1000.0::float8 END '
            'AS feeling FROM large l JOIN (SELECT * FROM '
            'large_journeys WHERE ' + COUNTS_CUSTOMERS + ') j USING (number), '
            'LATERAL (SELECT hashtext(l::text) & 1048575 AS h) h '
            'WHERE NOT extra AND kind <> 1 AND (number + kind) % 3 = 0; '
            'ANALYZE large_touched;')
        self.recount('larger customers', 'large_touched')
        if self.server.value('SHOW work_mem;') != '64kB':
            self.recount('larger customers, little memory', 'large_touched',
                         SMALL)

    # -- customers of more events than memory is allowed for ----------------

    def one_customer(self):
        """All rows of all cases as those of one customer"""
        stages = 's1(x|y) -> s2(y|z) -> s3(x|w)'
        for rules in (' within 1 hours', '', ' within 1 hours open',
                      ' within 1 hours any order', ' within 1 hours strict',
                      ' within 1 hours attempts'):
            journey = literal(stages + rules)
            query = ("SELECT md5(funnel(%s, %%s, %s)::text) FROM rows_random;"
                     % (journey, ALL))

            def work():
                expected = self.server.rows(query % '1::bigint', LARGE)
                problems = []
                for key in ('1::bigint', "'one'::text",
                            "'00000000-0000-0000-0000-000000000001'::uuid"):
                    for settings in (SMALL, LARGE):
                        got = self.server.rows(query % key, settings)
                        if got != expected:
                            problems.append('%s: %s, %s' % (
                                query % key, settings[-1], got))
                got = self.server.rows(
                    'SELECT md5(funnel(%s, t)::text) FROM (SELECT '
                    'timeline(%s) AS t FROM rows_random) u;'
                    % (journey, ALL), LARGE)
                if got != expected:
                    problems.append('two levels differ: %s' % journey)
                return problems
            self.suite.check('one customer of all events, %s' % rules, work)

    def giants(self):
        """Few events of stages, many with channels, and many customers of
        few events, against the oracle"""
        rng = random.Random('giants, %s' % self.suite.seed)
        groups = list(draw_giants(rng))
        self.load_giants(groups)
        for number, (name, drawn, case) in enumerate(groups):
            outcomes = self.suite.expected.outcomes(
                drawn.journey, case.customers.values(), FULL)
            for what, settings, source in (
                    ('64 kB', SMALL, 'funnel(j, {key}, %s)' % ALL),
                    ('256 kB', SMALL[:-1] + ["work_mem='256kB'"],
                     'funnel(j, {key}, %s)' % ALL),
                    ('64 MB', LARGE, 'funnel(j, {key}, %s)' % ALL)):
                self.suite.check(
                    'customers of many events, %s, %s' % (name, what),
                    lambda: [problem for key in KEYS
                             for problem in self.giant(
                                 number, drawn, outcomes, settings,
                                 source.format(key=key))])

    def giant(self, number, drawn, outcomes, settings, aggregate):
        self.server.rows(
            'SET client_min_messages = warning; DROP TABLE IF EXISTS giant;'
            'CREATE UNLOGGED TABLE giant AS SELECT %s AS f FROM giants '
            'WHERE number = %d;' % (aggregate, number), settings)
        touch, stages = self.server.answers([
            'SELECT %s FROM giant, touchpoints(f) t'
            % differential_touch.SELECTED,
            'SELECT %s FROM giant, stages(f) s ORDER BY s.stage_no'
            % SELECTED])
        problems = differential_touch.compare(
            self.suite.expected.touchpoints(drawn, outcomes), touch)
        problems += compare(
            self.suite.expected.stages(drawn, outcomes), stages)
        return problems[:5] + ['seed %s, %s' % (self.suite.label, drawn.text)
                               ] if problems else []

    def load_giants(self, groups):
        script = ['CREATE UNLOGGED TABLE giants (number int, j journey, '
                  'customer bigint, customer_text text, customer_uuid uuid, '
                  'at timestamptz, event text, value float8, channel text, '
                  'feeling float8);', 'COPY giants FROM STDIN;']
        for number, (_, drawn, case) in enumerate(groups):
            rows = usable_rows(case.customers)
            random.Random(number).shuffle(rows)
            for customer, at, event, value, channel, feeling, _ in rows:
                script.append('\t'.join(map(copied, (
                    number, drawn.text, customer, text_key(customer),
                    uuid_key(customer), timestamp(at), event, value, channel,
                    feeling))))
        script += ['\\.', 'ANALYZE giants;']
        self.server.run('\n'.join(script) + '\n')

    # -- all ----------------------------------------------------------------

    def run(self, first=True):
        if first:
            self.by_hand()
        self.tell()
        self.nothing_given()
        self.idle_rows()
        self.loaded()
        self.parts()
        self.kept()
        self.sums()
        self.recounts()
        if first:
            self.one_customer()
            self.giants()


def draw_giants(rng):
    """(name, drawn, case): journeys of several rules, each with two customers
    of some 3,000 events, one of them at few instants, and 100 of few"""
    stages = [Stage('A'), Stage('B'), Stage('C')]
    rules = [
        ('plain', Journey(stages, 300 * US)),
        ('no window', Journey(stages)),
        ('any order', Journey(stages, 300 * US, 'any')),
        ('open', Journey(stages, 300 * US, entry='any')),
        ('optional', Journey([stages[0], Stage('O', optional=True)]
                             + stages[1:], 300 * US)),
        ('without', Journey([stages[0], Stage('B', without=['X']),
                             stages[2]], 300 * US)),
        ('attempts', Journey(stages, 300 * US, counting='attempts')),
        ('as_of', Journey(stages, 300 * US, as_of=700 * US,
                          entered_from=100 * US))]
    for name, journey in rules:
        next_row = iter(range(1, 1 << 40))
        few = [n * 20 * US for n in range(50)]
        many = few if name == 'attempts' else [n * US // 2
                                               for n in range(2000)]
        customers = {1: giant_rows(rng, 3000, few, next_row),
                     2: giant_rows(rng, 3000, many, next_row)}
        for n in range(3, 103):
            customers[n] = giant_rows(rng, 3, many, next_row)
        yield (name, Drawn(journey, journey_json(journey), None, None, None),
               Case(0, 0, customers, []))


def giant_rows(rng, count, instants, next_row):
    """Up to eight events of stages, the rest of none"""
    channels = rng.choice([differential_touch.some_named(200),
                           differential_touch.longs(),
                           differential_touch.prefixes()])
    events = [rng.choice('AABBCCOX') for _ in range(rng.randrange(2, 8))]
    events += [rng.choice(differential_touch.TALK) for _ in range(count)]
    return [Row(next(next_row), rng.choice(instants), event, None,
                differential_touch.draw_channel(rng, channels),
                differential_touch.draw_feeling(rng)) for event in events]
