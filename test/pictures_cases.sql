-- The funnels and journeys whose pictures are checked: table picture_cases.
-- Run by test/pictures and test/pictures_browser in an empty database.
CREATE EXTENSION journey;

-- `reached` customers at each stage, one minute after the other
CREATE FUNCTION made(j journey, reached int[], worth float8 = NULL)
RETURNS funnel LANGUAGE sql AS $$
	SELECT funnel(j, c, timestamptz 'epoch' + n * interval '1 min',
		stage ->> 'name', worth)
	FROM jsonb_array_elements(j::jsonb -> 'stages') WITH ORDINALITY s(stage, n),
		generate_series(1, reached[n]) c
$$;
-- the same funnel with other numbers at one stage
CREATE FUNCTION edited(f funnel, stage int, numbers jsonb)
RETURNS funnel LANGUAGE sql AS $$
	SELECT jsonb_set(f::jsonb, path, (f::jsonb #> path) || numbers)::text::funnel
	FROM (SELECT ARRAY['stages', (stage - 1)::text]) p(path)
$$;
-- a funnel in which nobody was
CREATE FUNCTION nobody(j journey)
RETURNS funnel LANGUAGE sql AS $$
	SELECT jsonb_build_object('version', 1, 'journey', j::jsonb, 'stages',
		(SELECT jsonb_agg(jsonb_build_object('stage', s ->> 'name'))
		FROM jsonb_array_elements(j::jsonb -> 'stages') s))::text::funnel
$$;
-- a sixth fewer at each stage
CREATE FUNCTION falling(n int, first int)
RETURNS int[] LANGUAGE sql AS $$
	SELECT array_agg((first * power(0.84, i - 1))::int) FROM generate_series(1, n) i
$$;
CREATE FUNCTION numbered(n int, prefix text)
RETURNS journey LANGUAGE sql AS $$
	SELECT journey(array_agg(stage(prefix || i) ORDER BY i)) FROM generate_series(1, n) i
$$;

CREATE TABLE picture_cases (
	name text PRIMARY KEY,
	j journey NOT NULL,
	f funnel			-- NULL: there is a journey only
);

INSERT INTO picture_cases
SELECT n || ' stages', numbered(n, 'stage '), made(numbered(n, 'stage '), falling(n, 3000), 12.5)
FROM unnest(ARRAY[1, 2, 3, 5, 20, 64]) n;

INSERT INTO picture_cases
SELECT n || ' long names', j, made(j, falling(n, 500), 98765.4321)
FROM unnest(ARRAY[3, 20]) n,
	LATERAL (SELECT journey(array_agg(stage(i || ' a name of sixty characters, as careful people write them')), within => '400 days') AS j
		FROM generate_series(1, n) i) j;
INSERT INTO picture_cases
SELECT 'no blanks', j, made(j, '{3000,1200,40}')
FROM (SELECT journey(ARRAY[stage(repeat('W', 60)), stage(repeat('customer_event/', 4)), stage(repeat('m', 60))])) j(j);

-- names that mean something to XML, Mermaid, Markdown, HTML, or people
CREATE TABLE hostile (name text PRIMARY KEY);
INSERT INTO hostile VALUES
	('"double" ''single'' `back`'), ('<b>bold</b> & <script>alert(1)</script>'),
	('a]b[c](d){e}|f;g'), (E'line\nbreak\ttab\rreturn'), ('😀 emoji 👩‍👩‍👧 🇩🇪'),
	('end'), ('long' || repeat(' long', 2000)), (repeat('x', 10000)), ('שלום עולם'), ('مرحبا بالعالم 123'),
	(E'control\u0001\u0007\u001f\u007f\u0085.'), ('-->'), (']]>'), ('a --> b'), ('back\slash \n \\n'),
	('%% comment'), ('%%{init: {"theme": "dark"}}%%'), ('click s1 href "https://example.org"'),
	('#quot; &quot; &#35; #35; &amp;lt;'), ('1. list'), ('1) list'), ('- item'), ('+ item'), ('* item'), ('# heading'),
	('**bold** _it_ `code` $$x^2$$ ~~gone~~'), ('https://example.org/a?b=c&d=e'), ('www.example.org'),
	('fa:fa-car'), (E'\u202Eright to left override'), ('   blanks   inside  '), ('subgraph'), ('style s1 fill:#f00'),
	('---'), ('ﬂ°°35¶ß'), ('<!-- comment -->'), ('${x} {{y}} @{z}'), ('javascript:alert(1)'), ('graph TD'),
	('商品を見る顧客が商品をカートに入れて購入するまでの長い道のり'), ('Straße, Größe, naïve'), ('e' || repeat(U&'\0301', 50)),
	(U&'\FFFE\FFFF.'), ('100 % sure; 5 < 6 > 4 = x'), ('"'), ('\'), ('#'), (';'), ('&'), ('<'), ('class'), ('linkStyle default'),
	('____'), ('> quote'), ('[link](https://example.org)'), ('![image](x)'), ('| a | b |'), ('==='), (' '), ('a<br>b<br/>c'), ('''), (''');

INSERT INTO picture_cases
SELECT 'hostile ' || row_number() OVER (ORDER BY name COLLATE "C"), j, made(j, '{60,40,30}', 1)
FROM hostile, LATERAL (SELECT journey(ARRAY[stage(name), stage('and ' || name, expected_drop_off => 0.5), stage('last')])) j(j);
-- all of them in one, and in every field
INSERT INTO picture_cases
SELECT 'hostile, all', j, made(j, falling(n, 1000), 1)
FROM (SELECT journey(array_agg(stage(name)), title => string_agg(left(name, 20), ' ')), count(*)::int
	FROM (SELECT * FROM hostile ORDER BY name COLLATE "C" LIMIT 60) h) s(j, n);
INSERT INTO picture_cases
SELECT 'hostile notes ' || row_number() OVER (ORDER BY name COLLATE "C"),
	journey(ARRAY[stage('a', expected_drop_off => 0.25, evidence => name, goal => name, touchpoints => ARRAY[name, 'web'],
		thoughts => ARRAY[name], feeling => 0.5, pains => ARRAY[name, name], opportunities => ARRAY[name]),
		stage('b', events => ARRAY[name], without => ARRAY[name], within => '1 day')],
		title => name, persona => name, scenario => name)
FROM hostile;

-- nobody; all lost at once; few; nobody leaves
INSERT INTO picture_cases
SELECT 'nobody', j, nobody(j) FROM (VALUES ('visit -> cart -> buy'::journey)) v(j)
UNION ALL SELECT 'nobody, hypotheses', j, nobody(j)
FROM (SELECT journey(ARRAY[stage('visit', expected_drop_off => 0.6), stage('cart', expected_drop_off => 0.9), stage('buy')])) v(j)
UNION ALL SELECT 'all lost', j, made(j, '{5000,0,0}', 3) FROM (VALUES ('visit -> cart -> buy'::journey)) v(j)
UNION ALL SELECT 'few', j, made(j, '{20,15,3}') FROM (VALUES ('visit -> cart -> buy'::journey)) v(j)
UNION ALL SELECT 'a few are not none', j, made(j, '{20000,1,0}') FROM (VALUES ('visit -> cart -> buy'::journey)) v(j)
UNION ALL SELECT 'nobody leaves', j, made(j, '{50,50,50}') FROM (VALUES ('visit -> cart -> buy'::journey)) v(j);

-- waiting, excluded, optional, hypotheses: all at once, and many optional ones
INSERT INTO picture_cases
SELECT 'everything', j, edited(edited(made(j, '{2000,900,1000,400,260}', 19.99),
	1, '{"dropped": 600, "waiting": 400, "settled": 1500, "excluded": 123, "valued_dropped": 600, "value_lost_millionths": 11994000000, "value_lost_squares_trillionths": 239760060000000000, "valued_waiting": 400, "value_waiting_millionths": 7996000000}'),
	2, '{"excluded": 7}')
FROM (SELECT journey(ARRAY[stage('browse', expected_drop_off => 0.2), stage('sign up', optional => true),
	stage('cart', expected_drop_off => 0.75), stage('checkout', expected_drop_off => 0.1), stage('pay')],
	within => '7 days', title => 'First purchase of a new customer')) v(j);
INSERT INTO picture_cases
SELECT 'only waiting', j, edited(made(j, '{200,100}'), 1, '{"dropped": 0, "waiting": 100, "settled": 0}') FROM (VALUES ('visit -> cart within 1 day'::journey)) v(j);
INSERT INTO picture_cases
SELECT 'optional at the ends of rows', j, made(j, falling(16, 900)) FROM (SELECT journey(array_agg(stage('step ' || i, optional => i % 3 = 0))) FROM generate_series(1, 16) i) v(j);
INSERT INTO picture_cases
SELECT 'last is optional', j, made(j, '{900,500,200}') FROM (VALUES ('a -> b -> c?'::journey)) v(j);

-- the other rules
INSERT INTO picture_cases
SELECT 'open', j, f FROM (VALUES ('a -> b -> c open'::journey)) v(j), LATERAL (SELECT funnel(j, c, timestamptz 'epoch' + n * interval '1 h', e) AS f
	FROM (VALUES (1, 'a', 1, 500), (2, 'b', 201, 900), (3, 'c', 401, 1000)) e(n, e, c1, c2), generate_series(c1, c2) c) f;
INSERT INTO picture_cases
SELECT 'any order', j, f FROM (VALUES ('a -> b -> c any order within 3 days'::journey)) v(j), LATERAL (SELECT funnel(j, c, timestamptz 'epoch' + n * interval '1 h', e) AS f
	FROM (VALUES (3, 'a', 1, 500), (2, 'b', 201, 900), (1, 'c', 401, 1000)) e(n, e, c1, c2), generate_series(c1, c2) c) f;
INSERT INTO picture_cases
SELECT 'attempts', j, made(j, '{600,200}') FROM (VALUES ('a -> b within 2 days attempts'::journey)) v(j);
INSERT INTO picture_cases
SELECT 'strict, with a period', j, made(j, '{600,200}') FROM (SELECT scope('a -> b within 2 days strict', '2024-01-31T12:00:00Z', '1960-01-01Z', '2024-01-01Z')) v(j);

-- numbers
INSERT INTO picture_cases
SELECT 'large', j, edited(made(j, '{2,1}', 1), 1, $${"reached": 36028797018963969, "entered": 36028797018963969, "settled": 36028797018963969,
	"dropped": 36028797018963968, "valued": 36028797018963968, "valued_dropped": 36028797018963968, "value_lost_millionths": 1000000000000000000000000000000000,
	"value_lost_squares_trillionths": 1000000000000000000000000000000000000000000000000000}$$) FROM (VALUES ('visit -> buy'::journey)) v(j);
INSERT INTO picture_cases
SELECT 'small', j, made(j, '{40,10}', 0.014) FROM (VALUES ('visit -> buy'::journey)) v(j)
UNION ALL SELECT 'gains', j, made(j, '{40,10}', -1234.56) FROM (VALUES ('visit -> buy'::journey)) v(j)
UNION ALL SELECT 'millions', j, made(j, '{4000,1000}', 123456.78) FROM (VALUES ('visit -> buy'::journey)) v(j);

-- maps made before there is any data
INSERT INTO picture_cases
SELECT 'poster', journey(ARRAY[
	stage('Need', goal => 'Feel sure that a used car is the right choice', touchpoints => ARRAY['Friends', 'Search engine'], thoughts => ARRAY['Is my old car still worth a repair?'],
		feeling => -0.2, pains => ARRAY['No idea what cars cost now'], opportunities => ARRAY['Price guide without sign-up'], expected_drop_off => 0.35, evidence => '12 interviews, spring'),
	stage('Browse', events => ARRAY['view', 'search'], goal => 'Find three cars worth a visit', touchpoints => ARRAY['Web', 'App', 'Newsletter'], thoughts => ARRAY['Too many to compare', 'Are these photos real?'],
		feeling => 0.4, pains => ARRAY['Filters reset on every visit', 'No photos of the underside'], opportunities => ARRAY['Keep the shortlist across devices'], expected_drop_off => 0.5),
	stage('Ask a friend', optional => true, feeling => 0.1),
	stage('Inspection', within => '14 days', goal => 'Be certain there is no hidden damage', touchpoints => ARRAY['Dealer', 'Phone'], thoughts => ARRAY['What am I missing?'], feeling => -0.7,
		pains => ARRAY['Appointments only on weekdays', 'Report is full of jargon'], opportunities => ARRAY['Independent report', 'Evening appointments'], expected_drop_off => 0.62, evidence => 'call centre notes'),
	stage('Financing', without => ARRAY['complaint'], goal => 'Know the monthly rate', touchpoints => ARRAY['Web', 'Bank'], feeling => -0.4, pains => ARRAY['Asked for the same papers twice'], expected_drop_off => 0.3),
	stage('Delivery', goal => 'Drive home', touchpoints => ARRAY['Driver'], thoughts => ARRAY['Finally!'], feeling => 0.9, opportunities => ARRAY['Hand over with a full tank'])],
	within => '60 days', title => 'Buying a used car', persona => 'Ana, 34, first car of her own, lives outside the city', scenario => 'The old one failed its inspection; she needs another within two months');
INSERT INTO picture_cases
SELECT 'bare map', 'awareness -> consideration -> decision'::journey
UNION ALL SELECT 'map in any order', journey(ARRAY[stage('photos', expected_drop_off => 0.3, goal => 'seen'), stage('price'), stage('contact')], matching => 'any')
UNION ALL SELECT 'one hypothesis', journey(ARRAY[stage('a'), stage('b', expected_drop_off => 0.3), stage('c'), stage('d')])
UNION ALL SELECT 'all are expected to leave', journey(ARRAY[stage('a', expected_drop_off => 0), stage('b', expected_drop_off => 1), stage('c', expected_drop_off => 1), stage('d')])
UNION ALL SELECT 'map of 64', journey(array_agg(stage('stage ' || i, expected_drop_off => 0.01 * (i % 9), feeling => sin(i), goal => repeat('goal ', i % 12 + 1), pains => ARRAY['pain one', repeat('a longer pain ', i % 7 + 1)]))) FROM generate_series(1, 64) i
UNION ALL SELECT 'many notes', journey(ARRAY[stage('a', touchpoints => (SELECT array_agg('touchpoint ' || i) FROM generate_series(1, 30) i), pains => (SELECT array_agg('pain ' || i) FROM generate_series(1, 8) i)), stage('b')]);
INSERT INTO picture_cases
SELECT 'open map', journey(ARRAY[stage('a', expected_drop_off => 0.5), stage('b', expected_drop_off => 0.6), stage('c')], entry => 'any')
UNION ALL SELECT 'nobody is left', journey(ARRAY[stage('a', expected_drop_off => 1), stage('b'), stage('c', expected_drop_off => 0.2), stage('d')]);
