-- pictures: what is in them; test/pictures looks at many more
\pset format unaligned
\pset tuples_only on

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
-- the texts of a picture, each with its style
CREATE FUNCTION texts(svg text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT m[1] || ' ' || m[2] FROM regexp_matches(svg, '<text class="(.)"[^>]*>([^<]*)</text>', 'g') m
$$;
-- its shapes
CREATE FUNCTION shapes(svg text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT m[1] FROM regexp_matches(svg, '<((rect|path|circle) class="(?!hatch|cross|rule|ground)[^>]*)/>', 'g') m
$$;

-- one picture as it is, but for its style sheet
SELECT regexp_replace(svg(made('a -> b', '{40,30}')), '<style>.*</style>', '<style/>');
-- a name alone is a journey
SELECT svg('a -> b') = svg('a -> b'::journey), svg_uri('a -> b') = svg_uri('a -> b'::journey), mermaid('a -> b') = mermaid('a -> b'::journey);

-- a measured funnel
SELECT texts(svg(made('visit -> cart -> pay -> buy within 7 days', '{12345,6789,678,600}', 19.99)));
-- without values; few data; nobody leaves; all leave; one stage
SELECT texts(svg(made('visit -> cart -> buy', '{20,15,3}')));
SELECT texts(svg(made('visit -> buy', '{50,50}')));
SELECT texts(svg(made('visit -> cart -> buy', '{50,0,0}')));
SELECT texts(svg(made('visit', '{7}')));
-- as sure as the numbers are
SELECT t FROM texts(svg(made('a -> b -> c', '{300,200,101}'))) t WHERE t ~ '^v';

-- hypotheses beside what is measured, an optional stage, waiting and excluded ones
CREATE TEMPORARY TABLE everything AS
SELECT edited(edited(made(journey(ARRAY[stage('browse', expected_drop_off => 0.2), stage('sign up', optional => true),
	stage('cart', expected_drop_off => 0.75), stage('pay')], within => '7 days', title => 'First purchase'), '{2000,900,1000,400}'),
	1, '{"dropped": 600, "waiting": 400, "settled": 1500, "excluded": 123}'), 2, '{"excluded": 7}') AS f;
SELECT texts(svg(f)) FROM everything;
SELECT shapes(svg(f)) FROM everything;
SELECT mermaid(f) FROM everything;
SELECT vega_lite(f) - 'data' FROM everything;
SELECT jsonb_array_elements(vega_lite(f) #> '{data,values}') FROM everything;

-- nothing is measured yet
CREATE TEMPORARY TABLE nobody AS
SELECT '{"version": 1, "journey": {"stages": [{"name": "visit", "expected_drop_off": 0.6}, {"name": "cart", "expected_drop_off": 0.9}, {"name": "buy"}]},
"stages": [{"stage": "visit"}, {"stage": "cart"}, {"stage": "buy"}]}'::funnel AS f;
SELECT texts(svg(f)) FROM nobody;
SELECT shapes(svg(f)) FROM nobody;
SELECT mermaid(f) FROM nobody;
-- it is the same as the map alone
SELECT mermaid(f) = mermaid(journey(f)) FROM nobody;

-- other rules
SELECT texts(svg(funnel('a -> b -> c open', c, timestamptz 'epoch' + n * interval '1 h', e)))
FROM (VALUES (1, 'a', 1, 500), (2, 'b', 201, 900), (3, 'c', 401, 1000)) e(n, e, c1, c2), generate_series(c1, c2) c;
SELECT texts(svg(funnel('a -> b any order within 3 days', c, timestamptz 'epoch' + n * interval '1 h', e)))
FROM (VALUES (2, 'a', 1, 500), (1, 'b', 201, 900)) e(n, e, c1, c2), generate_series(c1, c2) c;
SELECT texts(svg(made(scope('a -> b within 2 days strict', '2024-01-31T12:00:00Z', '1960-01-01Z', '2024-01-01Z'), '{60,20}')));
SELECT texts(svg(made('a -> b attempts', '{60,20}')));

-- a map before there is any data
CREATE TEMPORARY TABLE map AS
SELECT journey(ARRAY[
	stage('Browse', events => ARRAY['view', 'search'], goal => 'Find three cars', touchpoints => ARRAY['Web', 'App'], thoughts => ARRAY['Are these photos real?'],
		feeling => 0.4, pains => ARRAY['Filters reset'], opportunities => ARRAY['Keep the shortlist'], expected_drop_off => 0.5, evidence => 'interviews'),
	stage('Ask a friend', optional => true),
	stage('Inspect', within => '14 days', without => ARRAY['complaint'], feeling => -0.7, expected_drop_off => 0.62),
	stage('Buy', feeling => 1)], title => 'Used car', persona => 'Ana, 34', scenario => 'the old one broke down') AS j;
SELECT texts(svg(j)) FROM map;
SELECT shapes(svg(j)) FROM map;
SELECT mermaid(j) FROM map;
SELECT texts(svg('a -> b any order'));
SELECT mermaid('a -> b any order');
-- the rest is counted
SELECT texts(svg(journey(ARRAY[stage('a', pains => (SELECT array_agg('pain ' || i) FROM generate_series(1, 30) i))])));

-- names that mean something elsewhere; what XML cannot hold
SELECT t FROM texts(svg(journey(ARRAY[stage(text '<b>&"'), stage(text E'x\u0001\ty'), stage(text ']]>-->')]))) t WHERE t ~ '^n';
SELECT line FROM regexp_split_to_table(mermaid(journey(ARRAY[stage(text '"<b>&#;%%{'), stage(text E'x\u0001\ty'), stage('end'), stage(text 'a_b-c d.'), stage(text 'fa:fa-car $$x$$ \n')])), '\n') line WHERE line ~ 's\d\[';

-- always plain ASCII, and the same
SELECT svg(j) !~ '[^\n -~]', svg(j) = svg(j) FROM (SELECT journey(ARRAY[stage(text 'Größe 😀'), stage('商品')])) v(j);
-- the URI holds the picture
SELECT uri LIKE 'data:image/svg+xml;base64,%', convert_from(decode(split_part(uri, ',', 2), 'base64'), 'UTF8') = svg('a -> b', 480)
FROM svg_uri('a -> b', 480) uri;
SELECT convert_from(decode(split_part(svg_uri(f), ',', 2), 'base64'), 'UTF8') = svg(f) FROM everything;

-- width
SELECT w, (regexp_match(svg('a -> b -> c -> d -> e', w), 'width="(\d+)" height="(\d+)" viewBox="([^"]*)"'))[1:3] FROM unnest(ARRAY[320, 480, 1280, 4096]) w;
SELECT svg('a -> b', 319);
SELECT svg(f, 4097) FROM everything;
SELECT svg_uri('a -> b', -1);
-- NULL
SELECT svg(NULL::journey) IS NULL, svg(NULL::funnel) IS NULL, svg('a -> b', NULL) IS NULL, svg_uri(NULL::journey) IS NULL, svg_uri(NULL::funnel) IS NULL,
	mermaid(NULL::journey) IS NULL, mermaid(NULL::funnel) IS NULL, vega_lite(NULL) IS NULL;

DROP FUNCTION made(journey, int[], float8);
DROP FUNCTION edited(funnel, int, jsonb);
DROP FUNCTION texts(text);
DROP FUNCTION shapes(text);
