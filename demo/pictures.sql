-- Draws the journey of the demo's first data set, before and after there are any
-- numbers.  Run by demo/run; by hand, after demo/load.sql, in the top directory
-- of the source tree:
--     psql -v out=DIRECTORY -f demo/pictures.sql
-- Without a directory the pictures go to demo/out.

\set QUIET on
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS journey;
\if :{?out}
\else
	\set out demo/out
\endif
\setenv OUT :out
\! mkdir -p "$OUT"
\set funnel_svg :out '/funnel.svg'
\set journey_svg :out '/journey.svg'
\set mermaid :out '/funnel.mmd'
\set vega_lite :out '/funnel.vl.json'

-- The map comes first, with what is known and guessed; feelings and guesses are
-- made up for the demo, the numbers of the funnel are not.
CREATE TEMPORARY TABLE student AS
	SELECT journey(ARRAY[
		stage('registered',
			goal => 'Be sure that this module is the right one',
			touchpoints => ARRAY['website', 'advisor', 'welcome mail'],
			thoughts => ARRAY['Will I find the time?'],
			feeling => 0.5,
			pains => ARRAY['Weeks of silence until the module starts'],
			opportunities => ARRAY['A first small task in the first week'],
			expected_drop_off => 0.1, evidence => 'a guess, before any data'),
		stage('tma_1',
			goal => 'Find out what a good answer looks like',
			touchpoints => ARRAY['course site', 'forum', 'tutor'],
			thoughts => ARRAY['Was that what they wanted?'],
			feeling => -0.3,
			pains => ARRAY['The first mark comes late'],
			opportunities => ARRAY['An example, marked and explained'],
			expected_drop_off => 0.1),
		stage('tma_2', touchpoints => ARRAY['course site', 'tutor'],
			feeling => 0.1, expected_drop_off => 0.1),
		stage('tma_3', touchpoints => ARRAY['course site', 'tutor'],
			thoughts => ARRAY['Is it still worth it?'],
			feeling => -0.2,
			pains => ARRAY['Work and family pile up in spring'],
			opportunities => ARRAY['Let the deadline be moved once, unasked'],
			expected_drop_off => 0.25, evidence => 'tutors'' experience'),
		stage('passed', goal => 'The credits', touchpoints => ARRAY['exam', 'letter'],
			feeling => 0.9)],
		title => 'A distance university, from registration to passing',
		persona => 'Adults who study beside work and family') AS map;

CREATE TEMPORARY TABLE measured AS
	SELECT funnel(map, customer_id, at, event, value) AS f
	FROM student, oulad;

\pset tuples_only on
\pset format unaligned
\o :journey_svg
SELECT svg(map) FROM student;
\o :funnel_svg
SELECT svg(f) FROM measured;
\o :mermaid
SELECT mermaid(f) FROM measured;
\o :vega_lite
SELECT vega_lite(f) FROM measured;
\o

\echo
\echo 'Pictures:'
\echo '  ' :journey_svg '   the map, before there is any data'
\echo '  ' :funnel_svg '    the same with the numbers'
\echo '  ' :mermaid '    for Markdown (Mermaid)'
\echo '  ' :vega_lite 'for BI tools (Vega-Lite)'
