"""The suite of random tests: loads cases, compares each form of the aggregate
with the oracle, and every other plan, order of the input and type of key with
that, byte for byte.

What a subclass adds: draw(), which journeys and customers there are; matcher,
the oracle to compare with; tests(), what is run."""

import collections
import os
import random
import re
import sys
import tempfile
import time

import differential_touch
import oracle_cases
import oracle_funnel
from differential_common import (
    COLUMNS, FORM, FORMS, FULL, SELECTED, US, Drawn, Expected, Failed, Hangs,
    Server, bigint_key, close, compare, copied, journey_json, literal,
    text_key, timestamp, uuid_key)
from differential_single import shown, single_query, usable_rows

SERIAL = ['jit=off', 'max_parallel_workers_per_gather=0']
# rows are dear to read and to pass on: so the workers aggregate, too
PARALLEL = ['jit=off', 'parallel_setup_cost=0', 'parallel_tuple_cost=0.5',
            'cpu_tuple_cost=1', 'min_parallel_table_scan_size=0',
            'max_parallel_workers=8', 'max_parallel_workers_per_gather=2']


LONGEST = 6              # stages of a journey, at most


class Suite:
    def __init__(self, options, matcher):
        self.options = options
        self.seed = options.seed
        self.label = str(options.seed)
        self.server = Server()
        self.expected = Expected(matcher)
        self.failures = 0
        self.count = 0
        self.shown = 0
        self.reference = {}         # form -> case -> md5 of the funnel

    # -- reporting ---------------------------------------------------------

    def report(self, name, problems=(), skip=None):
        self.count += 1
        if problems:
            self.failures += 1
            print('not ok - %s' % name)
            for problem in problems:
                for line in str(problem).split('\n'):
                    print('#   ' + line)
        elif skip:
            print('ok - %s # SKIP %s' % (name, skip))
        else:
            print('ok - %s' % name)
        sys.stdout.flush()

    def check(self, name, work):
        """work() returns lines that say what is wrong, or nothing"""
        started = time.time()
        try:
            problems = work() or []
        except (Failed, LookupError, TypeError, ValueError) as error:
            problems = ['%s: %s' % (type(error).__name__, error),
                        'seed %s' % self.label]
            if isinstance(error, Hangs):
                self.report(name, problems)
                self.busy()
            if re.search('server closed the connection|recovery mode',
                         str(error)):
                self.report(name, problems)
                print('Bail out!  The server has crashed')
                sys.exit(1)
        if os.environ.get('JOURNEY_TEST_TIMES'):
            print('# %.1f s: %s' % (time.time() - started, name))
        self.report(name, problems)
        return not problems

    def exists(self, signature):
        try:
            return self.server.value('SELECT to_regprocedure(%s) IS NOT NULL;'
                                     % literal(signature)) == 't'
        except Failed:              # a type in it does not exist
            return False

    # -- preparation -------------------------------------------------------

    def load(self):
        self.pool, self.cases = self.draw()
        self.case = {case.id: case for case in self.cases}
        self.server.run('\n'.join(
            ['SET client_min_messages = warning;'] + self.loading()
            + self.spreading() + ['VACUUM ANALYZE;']) + '\n')

    def loading(self):
        """Journeys and rows as drawn"""
        rng = random.Random(self.seed + 1)
        lines = ['\t'.join(map(copied, row)) for row in self.rows_of_cases()]
        # all cases among one another, so that a case is spread over the
        # workers of a parallel plan
        rng.shuffle(lines)
        script = [
            'CREATE UNLOGGED TABLE journeys (jid int, stage_count int, '
            'j journey, jc journey, '
            + ', '.join('e%d text[]' % n for n in range(1, LONGEST + 1))
            + ');',
            'CREATE UNLOGGED TABLE loaded (rn int, case_id int, jid int, '
            'rid int, customer bigint, customer_text text, '
            'customer_uuid uuid, at timestamptz, event text, value float8, '
            'channel text, feeling float8);',
            'COPY journeys FROM STDIN;']
        for jid, drawn in enumerate(self.pool):
            lists = ['{' + ','.join(
                '"' + x.replace('\\', '\\\\').replace('"', '\\"') + '"'
                for x in sorted(stage.events)) + '}'
                for stage in drawn.journey.stages]
            lists += [None] * (LONGEST - len(lists))
            script.append('\t'.join(map(copied, [
                jid, len(drawn.journey.stages), drawn.text, drawn.bare]
                + lists)))
        script += ['\\.', 'COPY loaded FROM STDIN;']
        script += ['%d\t%s' % pair for pair in enumerate(lines)]
        script.append('\\.')
        return script

    def spreading(self):
        """The same rows in several orders, and in partitions"""
        # false is sometimes written as NULL
        conditions = ', '.join(
            'CASE WHEN l.rid %% 3 = 0 THEN NULLIF(l.event = ANY (e%d), '
            'false) ELSE l.event = ANY (e%d) END' % (n, n)
            for n in range(1, LONGEST + 1))
        script = [
            'CREATE UNLOGGED TABLE rows_random AS SELECT rn, case_id, '
            'l.jid, stage_count, customer, customer_text, customer_uuid, at, '
            'event, value, channel, feeling, j, jc, '
            '(ARRAY[%s])[1:stage_count] AS conds '
            'FROM loaded l JOIN journeys USING (jid) ORDER BY rn;'
            % conditions]
        # a table of its own, so that the planner knows its groups
        script.append('CREATE UNLOGGED TABLE rows_conditions AS SELECT * '
                      'FROM rows_random WHERE jc IS NOT NULL ORDER BY rn;')
        for name, order in (
                ('rows_by_case', 'case_id, customer, at, event'),
                ('rows_by_time', 'at, md5(rn::text)'),
                ('rows_backwards', 'at DESC, rn DESC'),
                ('rows_by_event', 'event COLLATE "C" DESC, at DESC, rn')):
            script.append('CREATE UNLOGGED TABLE %s AS SELECT * FROM '
                          'rows_random ORDER BY %s;' % (name, order))
        for name, key in (('parts_by_case', 'case_id'),
                          ('parts_by_customer', 'customer')):
            script.append('CREATE TABLE %s (LIKE rows_random) '
                          'PARTITION BY HASH (%s);' % (name, key))
            for part in range(3):
                script.append(
                    'CREATE UNLOGGED TABLE %s_%d PARTITION OF %s FOR VALUES '
                    'WITH (MODULUS 3, REMAINDER %d);'
                    % (name, part, name, part))
            script.append('INSERT INTO %s SELECT * FROM rows_random;' % name)
        return script

    def usable_by(self, form, jid):
        """Journeys with `without` have no form with conditions."""
        return not form.conditions or self.pool[jid].bare is not None

    def source(self, form, table='rows_random'):
        """The rows that a form of the aggregate can be given"""
        if all(self.usable_by(form, jid) for jid in range(len(self.pool))):
            return table
        if table == 'rows_random':
            return 'rows_conditions'
        return table + ' WHERE jc IS NOT NULL'

    def rows_of_cases(self):
        out = []
        for case in self.cases:
            rows = usable_rows(case.customers)
            rows += [row + (number,)
                     for number, row in enumerate(case.unusable)]
            for customer, at, event, value, channel, feeling, rid in rows:
                keys = ((None, None, None) if customer is None else
                        (bigint_key(customer), text_key(customer),
                         uuid_key(customer)))
                out.append((case.id, case.jid, rid) + keys + (
                    timestamp(at), event,
                    None if value is None else repr(value), channel, feeling))
        return out

    def work_out(self):
        """The oracle's outcomes: case -> form -> one a customer"""
        self.outcomes = {
            case.id: self.expected.by_form(self.pool[case.jid].journey,
                                           case.customers.values())
            for case in self.cases}

    # -- comparing with the oracle -----------------------------------------

    def against_oracle(self, form, table, key='case_id', level=0.95):
        """Compares stages() of the funnels in a table (id, f)"""
        got = collections.defaultdict(list)
        for line in self.server.rows(
                'SELECT t.id, %s FROM %s t, stages(t.f, %r) s '
                'ORDER BY t.id, s.stage_no;' % (SELECTED, table, level)):
            got[int(line[0])].append(line[1:])
        touch = collections.defaultdict(list)
        for line in self.server.rows(
                'SELECT f.id, %s FROM %s f, touchpoints(f.f) t;'
                % (differential_touch.SELECTED, table)):
            touch[int(line[0])].append(line[1:])
        wrong = []
        cases = [case for case in self.cases
                 if self.usable_by(form, case.jid)]
        if key == 'case_id':
            groups = {case.id: [case] for case in cases}
        else:
            groups = collections.defaultdict(list)
            for case in cases:
                groups[case.jid].append(case)
        for number, cases in groups.items():
            drawn = self.pool[cases[0].jid]
            outcomes = [o for case in cases
                        for o in self.outcomes[case.id][form.name]]
            problems = compare(self.expected.stages(drawn, outcomes, level),
                               got.pop(number, []))
            problems += differential_touch.compare(
                self.expected.touchpoints(drawn, outcomes),
                touch.pop(number, []))
            if problems:
                wrong.append((len(outcomes), cases, problems))
        if got:
            wrong.append((0, [], ['groups that do not exist: %s'
                                  % sorted(got)[:5]]))
        if not wrong:
            return []
        wrong.sort(key=lambda one: one[0])
        lines = ['%d of %d %s differ; seed %s' % (
            len(wrong), len(groups),
            'cases' if key == 'case_id' else 'journeys', self.label)]
        columns = collections.Counter(
            re.sub(r'^stage \d+ ([a-z_0-9]+):.*', r'\1', problem)[:80]
            for _, _, problems in wrong for problem in problems)
        lines.append('differing: ' + ', '.join(
            '%s %d' % pair for pair in columns.most_common()))
        examples = 2 if self.shown < 6 else 0
        for _, cases, problems in wrong[:examples]:
            self.shown += 1
            if len(cases) == 1:
                case = cases[0]
                lines.append('case %d' % case.id)
                lines += shown(self.server, self.expected,
                               self.pool[case.jid], case.customers,
                               case.unusable, form, self.label, problems)
            else:
                lines += ['journey %s' % self.pool[cases[0].jid].text
                          for _ in cases[:1]] + problems
        return lines

    def reference_of(self, form):
        table = 'reference_%d' % FORMS.index(form)
        aggregate = 'SELECT case_id AS id, funnel(%s) AS f FROM %s' % (
            form.arguments.format(key='customer'), self.source(form))
        patience = self.server.patience
        try:
            self.server.patience = 60 + len(self.cases) // 500
            self.server.run(
                'SET jit = off; SET max_parallel_workers_per_gather = 0;'
                'CREATE UNLOGGED TABLE %s AS %s GROUP BY case_id; ANALYZE %s;'
                % (table, aggregate, table))
        except Failed as error:
            return [str(error)] + self.culprit(form)
        finally:
            self.server.patience = patience
        self.reference[form.name] = dict(self.server.rows(
            'SELECT id, md5(f::text) FROM %s;' % table))
        return self.against_oracle(form, table)

    def culprit(self, form):
        """The first case that is an error on its own"""
        self.server.patience = 2
        for case in self.cases:
            drawn = self.pool[case.jid]
            query = self.usable_by(form, case.jid) and single_query(
                drawn, case.customers, case.unusable, form)
            try:
                if query:
                    self.server.run(query + ';')
            except Failed as error:
                hangs = isinstance(error, Hangs)
                lines = ['case %d: %s' % (case.id, error)]
                # one that hangs takes a processor each time that it is tried
                if hangs:
                    lines += ['journey: %s' % drawn.text, query + ';']
                else:
                    lines += shown(
                        self.server, self.expected, drawn, case.customers,
                        case.unusable, form, self.label, [str(error)])
                if hangs:
                    self.report('no case hangs', lines)
                    self.busy()
                return lines
        return ['no case on its own is an error; seed %s' % self.label]

    def busy(self):
        """A process that cannot be cancelled keeps its database, too"""
        print('Bail out!  The server is busy for ever')
        sys.stdout.flush()
        os._exit(1)

    # -- comparing with the reference, byte for byte -----------------------

    def other_plan(self, query, settings, plan, never=()):
        """What is wrong with the plan, if anything"""
        explained = '\n'.join(line[0] for line in self.server.rows(
            'EXPLAIN (COSTS OFF) ' + query + ';', settings))
        for wanted in plan:
            if not re.search(wanted, explained):
                return ['the plan has no %s' % wanted, explained]
        for unwanted in never:
            if re.search(unwanted, explained):
                return ['the plan has %s' % unwanted, explained]
        return []

    def same_bytes(self, form, query, settings, plan=(), never=(),
                   only=None):
        """query gives (case, md5 of the funnel's text)"""
        problems = self.other_plan(query, settings, plan, never)
        if problems:
            return problems
        got = dict(self.server.rows(query + ';', settings))
        reference = self.reference[form.name]
        if only is not None:
            got, reference = (
                {key: value for key, value in one.items() if int(key) in only}
                for one in (got, reference))
        if got == reference:
            return []
        wrong = [key for key in reference if got.get(key) != reference[key]]
        extra = [key for key in got if key not in reference]
        lines = ['%d of %d funnels differ from those of the serial plan; '
                 'seed %s' % (len(wrong), len(reference), self.label)]
        if extra:
            lines.append('groups that do not exist: %s' % extra[:5])
        if wrong:
            key = min(wrong, key=lambda key: sum(
                map(len, self.case[int(key)].customers.values())))
            case = self.case[int(key)]
            drawn = self.pool[case.jid]
            lines += ['case %s, journey %s' % (key, drawn.text)]
            for row in usable_rows(case.customers):
                lines.append('row: %s' % ((row[0], timestamp(row[1]))
                                          + row[2:6],))
            full = query.replace('md5(', '(')
            other = dict(self.server.rows(full + ';', settings))
            lines.append('expected: %s' % self.server.value(
                'SELECT f FROM reference_%d WHERE id = %s;'
                % (FORMS.index(form), key)))
            lines.append('got: %s' % other.get(key))
            lines.append(query)
            lines.append('SET ' + '; SET '.join(settings))
        return lines

    def plan_shapes(self):
        """name, form, table, settings, wanted and unwanted in the plan"""
        funnel = ('SELECT case_id, md5(funnel({arguments})::text) '
                  'FROM {table} GROUP BY case_id')
        shapes = []

        def shape(name, forms=(FULL.name,), table='rows_random',
                  settings=SERIAL, plan=(), never=(), key='customer',
                  order=''):
            for form in forms:
                arguments = FORM[form].arguments.format(key=key) + order
                source = self.source(FORM[form], table)
                label = name if len(forms) == 1 else '%s, %s' % (name, form)
                shapes.append((label, FORM[form],
                               funnel.format(arguments=arguments,
                                             table=source),
                               settings, plan, never))

        every = [form.name for form in FORMS]
        shape('serial hash aggregate', every,
              settings=SERIAL + ['enable_sort=off'],
              plan=['HashAggregate'], never=['Gather'])
        shape('serial sorted aggregate', every,
              settings=SERIAL + ['enable_hashagg=off'],
              plan=['GroupAggregate', 'Sort'], never=['Gather'])
        for leader in ('on', 'off'):
            shape('parallel, leader %s' % leader, every,
                  settings=PARALLEL + ['parallel_leader_participation='
                                       + leader],
                  plan=['Partial', 'Gather', 'Finalize'])
        shape('parallel sorted', settings=PARALLEL + ['enable_hashagg=off'],
              plan=['Partial GroupAggregate', 'Gather Merge', 'Finalize'])
        shape('parallel, TimeZone, DateStyle, IntervalStyle, '
              'extra_float_digits',
              settings=PARALLEL + [
                  "TimeZone='Europe/Zurich'", "DateStyle='German'",
                  "IntervalStyle='sql_standard'", 'extra_float_digits=-5'],
              plan=['Partial', 'Gather'])
        partitionwise = ['enable_partitionwise_aggregate=on']
        shape('partitionwise, whole', table='parts_by_case',
              settings=SERIAL + partitionwise + ['cpu_tuple_cost=1'],
              never=['Gather', 'Partial'],
              plan=[r'Append(?s:.*)Aggregate(?s:.*)Aggregate'])
        shape('partitionwise, partial',
              ['7 arguments', 'conditions with a value'],
              table='parts_by_customer', settings=SERIAL + partitionwise + [
                  'cpu_tuple_cost=1', 'cpu_operator_cost=0'],
              plan=['Finalize(?s:.*)Append(?s:.*)Partial'],
              never=['Gather'])
        shape('partitionwise and parallel', table='parts_by_customer',
              settings=PARALLEL + partitionwise,
              plan=['Finalize', 'Gather', 'Append', 'Partial'])
        for name in ('rows_by_case', 'rows_by_time', 'rows_backwards',
                     'rows_by_event'):
            shape('order of input: %s' % name, table=name)
        shape('order of input: conditions, rows_backwards',
              ['conditions with a value'], table='rows_backwards')
        shape('ORDER BY in the aggregate', order=' ORDER BY at DESC, rn')
        for key in ('customer_text', 'customer_uuid'):
            shape('%s as key' % key[9:], every, key=key)
            shape('%s as key, parallel' % key[9:], key=key,
                  settings=PARALLEL, plan=['Partial', 'Gather'])
        shape('work_mem of 64 kB, sorted',
              settings=SERIAL + ["work_mem='64kB'", 'enable_hashagg=off'])
        shape('work_mem of 64 kB, hashed',
              settings=SERIAL + ["work_mem='64kB'", 'enable_sort=off'],
              plan=['HashAggregate'])
        shape('work_mem of 64 kB, parallel',
              settings=PARALLEL + ["work_mem='64kB'"],
              plan=['Partial', 'Gather'])
        return shapes

    # -- tests of their own ------------------------------------------------

    def whole_journeys(self):
        """All customers of a journey in one funnel, and rolled up from
        parts"""
        for form in (FULL, FORM['conditions with a value']):
            table = 'whole_%d' % FORMS.index(form)
            arguments = form.arguments.format(key='customer')
            source = self.source(form)

            def whole():
                self.server.run(
                    'CREATE UNLOGGED TABLE %s AS SELECT jid AS id, '
                    'funnel(%s) AS f FROM %s GROUP BY jid;'
                    % (table, arguments, source))
                return self.against_oracle(form, table, 'jid')

            self.check('many customers in a group, %s' % form.name, whole)
            self.check(
                'confidence level 0.8, %s' % form.name,
                lambda: self.against_oracle(form, table, 'jid', 0.8))
            parts = 'reference_%d' % FORMS.index(form)
            self.same(
                'rollup of cases is the whole, %s' % form.name,
                'SELECT jid, rollup(f ORDER BY md5(c.id::text)) FROM '
                '(SELECT DISTINCT case_id AS id, jid FROM %s) c '
                'JOIN %s USING (id) GROUP BY jid' % (source, parts), table)
            self.same(
                'rollup of single customers is the whole, %s' % form.name,
                'SELECT jid, rollup(f) FROM (SELECT jid, funnel(%s) AS f '
                'FROM %s GROUP BY jid, customer) c GROUP BY jid'
                % (arguments, source), table)
            self.same(
                'rollup in parallel is the whole, %s' % form.name,
                'SELECT jid, rollup(f) FROM c_%s GROUP BY jid' % table,
                table, PARALLEL,
                before='CREATE UNLOGGED TABLE c_%s AS SELECT jid, funnel(%s) '
                'AS f FROM %s GROUP BY jid, customer; '
                'ALTER TABLE c_%s SET (parallel_workers = 2); '
                'ANALYZE c_%s;' % (table, arguments, source, table, table),
                plan=['Partial', 'Gather'])
            halves = ', '.join(
                'funnel(%s) FILTER (WHERE %s) AS f%d' % (arguments, where, n)
                for n, where in enumerate((
                    'customer & 1 = 0', 'customer & 1 = 1')))
            for plus in ('f0 + f1', 'f1 + f0'):
                self.same(
                    '%s is the whole, %s' % (plus, form.name),
                    'SELECT jid, CASE WHEN f0 IS NULL THEN f1 WHEN f1 IS '
                    'NULL THEN f0 ELSE %s END FROM (SELECT jid, %s FROM '
                    '%s GROUP BY jid) h' % (plus, halves, source), table)
        # one pass, two groupings
        self.same('grouping sets',
                  'SELECT jid, funnel(%s) FROM rows_random GROUP BY '
                  'GROUPING SETS ((jid), (case_id)) HAVING '
                  'GROUPING(jid) = 0' % FULL.arguments.format(key='customer'),
                  'whole_%d' % FORMS.index(FULL))

    def same(self, name, query, table, settings=SERIAL, before='', plan=()):
        """query gives (id, funnel); equal to those in the table?"""
        def work():
            if before:
                self.server.run(before)
            problems = self.other_plan(query, settings, plan)
            if problems:
                return problems
            got = self.server.rows(
                'WITH q(id, f) AS MATERIALIZED (%s) SELECT t.id, t.f, q.f '
                'FROM %s t FULL JOIN q USING (id) WHERE t.f::text IS '
                'DISTINCT FROM q.f::text ORDER BY length(t.f::text) LIMIT 1;'
                % (query, table), settings)
            if got:
                return ['seed %s' % self.label,
                        'group: %s' % got[0][0], 'expected: %s' % got[0][1],
                        'got: %s' % got[0][2], query]
        self.check(name, work)

    def one_group(self, journey, name=''):
        """All customers of all cases in one group, so that it spills"""
        drawn = Drawn(journey, journey_json(journey), None, None, None)
        arguments = FULL.arguments.replace(
            'j,', literal(drawn.text).replace('{', '{{').replace('}', '}}')
            + ',')
        name = 'one group of all customers' + name

        def serial():
            self.server.run(
                'SET max_parallel_workers_per_gather = 0;'
                "SET work_mem = '256MB';"
                'CREATE UNLOGGED TABLE one_group AS SELECT 1 AS id, '
                'funnel(%s) AS f FROM rows_random;'
                % arguments.format(key='customer'))
            outcomes = [o for case in self.cases for o in
                        self.expected.outcomes(journey,
                                               case.customers.values(), FULL)]
            return compare(
                self.expected.stages(drawn, outcomes),
                self.server.rows('SELECT %s FROM one_group, stages(f) s '
                                 'ORDER BY s.stage_no;' % SELECTED))

        self.server.run('SET client_min_messages = warning;'
                        'DROP TABLE IF EXISTS one_group;')
        if not self.check(name, serial):
            return
        small = ["work_mem='64kB'", 'hash_mem_multiplier=1']
        for key in ('customer', 'customer_text', 'customer_uuid'):
            for table in ('rows_random', 'rows_by_case', 'rows_by_time'):
                self.same('%s, work_mem of 64 kB, %s of %s'
                          % (name, key, table), 'SELECT 1, funnel(%s) FROM %s'
                          % (arguments.format(key=key), table), 'one_group',
                          SERIAL + small)
            self.same('%s, work_mem of 64 kB, %s, parallel' % (name, key),
                      'SELECT 1, funnel(%s) FROM rows_random'
                      % arguments.format(key=key), 'one_group',
                      PARALLEL + small, plan=['Partial', 'Gather'])

    def literals(self):
        """The journey as an untyped literal, every argument in its plain
        type"""
        rng = random.Random(self.seed + 2)
        table = 'whole_%d' % FORMS.index(FULL)
        chosen = rng.sample(range(len(self.pool)), min(20, len(self.pool)))
        query = ' UNION ALL '.join(
            'SELECT %d, funnel(%s, customer, at, event, value, channel, '
            'feeling) FROM rows_random WHERE jid = %d HAVING count(*) > 0'
            % (jid, literal(self.pool[jid].text), jid) for jid in chosen)
        self.same('the journey as a literal',
                  'SELECT * FROM (%s) u' % query,
                  '(SELECT * FROM %s WHERE id IN (%s))' % (
                      table, ', '.join(map(str, chosen))))
        sub = ' UNION ALL '.join(
            'SELECT %d, funnel((SELECT j FROM journeys WHERE jid = %d), '
            'customer, at, event, value, channel, feeling) FROM rows_random '
            'WHERE jid = %d HAVING count(*) > 0' % (jid, jid, jid)
            for jid in chosen)
        self.same('the journey as a sub-select',
                  'SELECT * FROM (%s) u' % sub,
                  '(SELECT * FROM %s WHERE id IN (%s))' % (
                      table, ', '.join(map(str, chosen))))

    def running(self):
        """As a window function, read after every row; or plainly refused"""
        arguments = FULL.arguments.format(key='customer')
        name = 'as a window function'
        try:
            self.server.run('SELECT funnel(%s) OVER (PARTITION BY case_id) '
                            'FROM rows_random LIMIT 1;' % arguments)
        except Failed as error:
            self.report(name, [] if 'window' in str(error) else
                        [str(error)], skip='not supported')
            return
        self.check(name, lambda: self.same_bytes(
            FULL, 'SELECT case_id, md5(f::text) FROM (SELECT case_id, '
            'funnel(%s) OVER (PARTITION BY case_id ORDER BY rn ROWS '
            'UNBOUNDED PRECEDING) AS f, row_number() OVER (PARTITION BY '
            'case_id ORDER BY rn DESC) AS back FROM rows_random '
            'WHERE case_id %% 5 = 0) w WHERE back = 1' % arguments, SERIAL,
            only=set(case.id for case in self.cases if case.id % 5 == 0)))

    def spelled_conditions(self):
        """Conditions written out one by one, not as an array"""
        for form in (FORM['conditions'], FORM['conditions with a value']):
            def work(form=form):
                problems = []
                for count in range(1, LONGEST + 1):
                    conditions = ', '.join('conds[%d]' % n
                                           for n in range(1, count + 1))
                    only = set(case.id for case in self.cases
                               if len(self.pool[case.jid].journey.stages)
                               == count and self.usable_by(form, case.jid))
                    arguments = form.arguments.format(
                        key='customer').replace('VARIADIC conds', conditions)
                    problems += self.same_bytes(
                        form, 'SELECT case_id, md5(funnel(%s)::text) FROM '
                        'rows_random WHERE stage_count = %d '
                        'AND jc IS NOT NULL GROUP BY case_id'
                        % (arguments, count), SERIAL, only=only)
                return problems
            self.check('%s one by one' % form.name, work)

    def round_trips(self):
        for form in FORMS:
            table = 'reference_%d' % FORMS.index(form)

            def text():
                got = self.server.rows(
                    'SELECT id, f, f::text::funnel FROM %s WHERE '
                    'f::text::funnel IS DISTINCT FROM f OR '
                    'f::text::funnel::text <> f::text OR '
                    'funnel_send(f::text::funnel) <> funnel_send(f) '
                    'LIMIT 1;' % table)
                if got:
                    return ['funnel: %s' % got[0][1], 'read: %s' % got[0][2]]

            def binary():
                with tempfile.TemporaryDirectory() as place:
                    one, two = (os.path.join(place, name)
                                for name in ('one', 'two'))
                    self.server.run(
                        "\\copy (SELECT id, f FROM %s ORDER BY id) TO '%s' "
                        "(FORMAT binary)\n"
                        "CREATE UNLOGGED TABLE back_%s (id int, f funnel);\n"
                        "\\copy back_%s FROM '%s' (FORMAT binary)\n"
                        "\\copy (SELECT id, f FROM back_%s ORDER BY id) TO "
                        "'%s' (FORMAT binary)\n"
                        % (table, one, table, table, one, table, two))
                    with open(one, 'rb') as a, open(two, 'rb') as b:
                        if a.read() != b.read():
                            return ['the second copy has other bytes']
                got = self.server.rows(
                    'SELECT t.id, t.f, b.f FROM %s t FULL JOIN back_%s b '
                    'USING (id) WHERE t.f IS DISTINCT FROM b.f OR '
                    't.f::text IS DISTINCT FROM b.f::text LIMIT 1;'
                    % (table, table))
                if got:
                    return ['funnel: %s' % got[0][1], 'read: %s' % got[0][2]]

            self.check('text and back, %s' % form.name, text)
            self.check('binary and back, %s' % form.name, binary)

    def readers(self):
        """Functions that read one number"""
        table = 'whole_%d' % FORMS.index(FULL)
        groups = collections.defaultdict(list)
        for case in self.cases:
            groups[case.jid] += self.outcomes[case.id][FULL.name]

        def conversion(journey, outcomes):
            """From the first to the last required stage"""
            stages = oracle_funnel.funnel(journey, outcomes)
            product = 1.0
            for n in journey.required()[:-1]:
                rate = stages[n]['conversion']
                if product:
                    product = None if rate is None else product * rate
            return product

        def median(journey, outcomes):
            first, last = journey.required()[0], journey.required()[-1]
            return oracle_funnel.percentile_disc(0.5, [
                o.times[last] - o.times[first] for o in outcomes
                if first in o.times and last in o.times])

        def one(name, expression, wanted, fits):
            def work():
                problems = []
                for number, got in self.server.rows(
                        'SELECT id, %s FROM %s ORDER BY id;'
                        % (expression, table)):
                    jid = int(number)
                    want = wanted(self.pool[jid].journey, groups[jid])
                    if not fits(got, want):
                        problems.append('journey %s: expected %s, got %s' % (
                            self.pool[jid].text, want, got))
                return problems[:3]
            self.check(name, work)

        one('customers(funnel)', 'customers(f)',
            lambda journey, outcomes: sum(o.status != 'excluded'
                                          for o in outcomes),
            lambda got, want: int(got) == want)
        one('conversion(funnel)', 'conversion(f)', conversion,
            lambda got, want: want is None or close(got, want))
        one('time_to_convert(funnel)',
            'extract(epoch FROM time_to_convert(f))', median,
            lambda got, want: close(
                got, None if want is None else want / US, 0.01, 1e-6))

    def by_hand(self, cases):
        """The oracle's cases worked out by hand, in both orders"""
        work = []
        for shape, rules, text, expected in cases:
            journey = oracle_cases.shaped(shape, **rules)
            drawn = Drawn(journey, journey_json(journey), None, None, None)
            rows = oracle_cases.events(text)
            work += [(drawn, ordered, text, expected, single_query(
                drawn, {1: ordered}, [], FORM['5 arguments']))
                for ordered in (rows, rows[::-1])]
        self.server.patience = 20
        answers = self.server.answers([one[-1] for one in work])
        self.server.patience = Server().patience
        problems = collections.defaultdict(list)
        for (drawn, rows, text, expected, query), got in zip(work, answers):
            outcomes = self.expected.matcher(drawn.journey, rows).outcomes()
            told = oracle_cases.told(drawn.journey, outcomes)
            wrong = problems['by hand: %s: %s: %s' % (
                drawn.text, text, expected or 'nobody')]
            if told != expected:
                wrong.append('the oracle itself says: ' + told)
            wrong += ([got] if isinstance(got, str) else compare(
                self.expected.stages(drawn, outcomes), got))
            if wrong:
                wrong.append(query + ';')
        for name, wrong in problems.items():
            self.report(name, wrong)
        if len(answers) < len(work):
            self.busy()

    def two_levels(self):
        """funnel(journey, timeline), bit for bit that of one level"""
        for form in FORMS[:4]:
            name = 'two levels, %s' % form.name
            if not self.exists('timeline(timestamptz, text)') \
                    or not self.exists('funnel(journey, timeline)'):
                self.report(name, skip='not built yet')
                continue
            arguments = form.arguments.format(key='')
            arguments = arguments[arguments.index('at'):]
            inner = ('(SELECT case_id, customer, j, timeline(%s) AS t FROM '
                     'rows_random WHERE customer IS NOT NULL '
                     'GROUP BY case_id, customer, j) u' % arguments)
            has_rows = set(case.id for case in self.cases
                           if any(case.customers.values()))
            for settings in (SERIAL, PARALLEL):
                self.check(
                    name + (', parallel' if settings is PARALLEL else ''),
                    lambda: self.same_bytes(
                        form, 'SELECT case_id, md5(funnel(j, t)::text) FROM '
                        '%s GROUP BY case_id' % inner, settings,
                        only=has_rows))

    # -- all ---------------------------------------------------------------

    def run(self):
        """tests() in a database of its own"""
        database = 'journey_differential_%d' % os.getpid()
        self.server.run(
            "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' "
            "LC_COLLATE 'C' LC_CTYPE 'C';" % database)
        try:
            self.server.database = database
            self.server.run('CREATE EXTENSION journey;')
            self.tests()
        finally:
            self.server.database = None
            self.server.run('DROP DATABASE %s;' % database)

    def prepare(self):
        started = time.time()
        self.load()
        loaded = time.time()
        self.work_out()
        print('# seed %s, %d cases, %d journeys, %d customers; generated '
              'and loaded in %.1f s, the oracle took %.1f s' % (
                  self.label, len(self.cases), len(self.pool),
                  sum(len(case.customers) for case in self.cases),
                  loaded - started, time.time() - loaded))

    def plans(self):
        """Each form against the oracle; then every plan against that"""
        for form in FORMS:
            self.check('the oracle agrees, %s' % form.name,
                       lambda: self.reference_of(form))
        for name, form, query, settings, plan, never in self.plan_shapes():
            if form.name in self.reference:
                self.check(name, lambda: self.same_bytes(
                    form, query, settings, plan, never))
        self.spelled_conditions()
        self.running()
        self.whole_journeys()
