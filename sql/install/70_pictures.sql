-- pictures

CREATE FUNCTION svg(journey, width integer DEFAULT 1280) RETURNS text
AS 'MODULE_PATHNAME', 'journey_svg_map'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;

CREATE FUNCTION svg(funnel, width integer DEFAULT 960) RETURNS text
AS 'MODULE_PATHNAME', 'journey_svg_funnel'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;

CREATE FUNCTION svg_uri(journey, width integer DEFAULT 1280) RETURNS text
AS 'MODULE_PATHNAME', 'journey_svg_uri_map'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6000;

CREATE FUNCTION svg_uri(funnel, width integer DEFAULT 960) RETURNS text
AS 'MODULE_PATHNAME', 'journey_svg_uri_funnel'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 6000;

CREATE FUNCTION mermaid(journey) RETURNS text
AS 'MODULE_PATHNAME', 'journey_mermaid_map'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;

CREATE FUNCTION mermaid(funnel) RETURNS text
AS 'MODULE_PATHNAME', 'journey_mermaid_funnel'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000;

CREATE FUNCTION vega_lite(funnel) RETURNS jsonb
AS 'MODULE_PATHNAME', 'journey_vega_lite'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3000;

COMMENT ON FUNCTION svg(journey, integer) IS
'the journey map as a poster, an SVG document: a card for each stage, under it goals, touchpoints, thoughts, the curve of feelings, pains, opportunities, what is expected of 1,000 who enter, the evidence, and what reaches the stage; the greatest expected drop-off is marked as the expected worst leak. width in pixels, 320 to 4096, decides how many stages stand side by side; the height follows. Self-contained, for light and dark grounds, plain ASCII in every encoding; the same bytes for the same journey. NULL for NULL; error 22023 if width is out of range';
COMMENT ON FUNCTION svg(funnel, integer) IS
'the funnel as an SVG document: for each stage a bar as high as there are customers, those who go on, leave, wait (hatched, apart) or are excluded (in a dashed frame, apart), with shares, the values lost, medians of the time to the next stage; the worst leak by value, else by completions, is marked; hypotheses (expected_drop_off) are dashed and in italics, and stand in where nothing is measured yet. width in pixels, 320 to 4096, decides how many stages stand side by side; the height follows. Self-contained, for light and dark grounds, plain ASCII in every encoding; the same bytes for the same funnel. NULL for NULL; error 22023 if width is out of range';
COMMENT ON FUNCTION svg_uri(journey, integer) IS
'svg(journey, width) as a data URI, base64: the address of an image, for tools that show the image that a column names; NULL for NULL; error 22023 if width is not from 320 to 4096 pixels';
COMMENT ON FUNCTION svg_uri(funnel, integer) IS
'svg(funnel, width) as a data URI, base64: the address of an image, for tools that show the image that a column names; NULL for NULL; error 22023 if width is not from 320 to 4096 pixels';
COMMENT ON FUNCTION mermaid(journey) IS
'the journey map as a Mermaid flowchart, for Markdown: stages with goal and feeling, and what is expected to leave each (dashed), the expected worst leak marked; names are clipped at 72 characters; plain ASCII where the server encoding is not UTF8; NULL for NULL';
COMMENT ON FUNCTION mermaid(funnel) IS
'the funnel as a Mermaid flowchart, for Markdown: who reaches each stage, goes on, leaves, waits, is excluded, what is lost, the worst leak marked, hypotheses beside what is measured; names are clipped at 72 characters; plain ASCII where the server encoding is not UTF8; NULL for NULL';
COMMENT ON FUNCTION vega_lite(funnel) IS
'the funnel as a Vega-Lite specification (version 5 and later) with its data: a bar for each stage, divided into those who went on, wait, or left, the worst leak in a colour of its own; each row of the data has reached, entered, dropped, waiting, excluded, drop_off and expected_drop_off (0..1), overall, median_s (seconds), value_lost, completions_lost, null where not known; NULL for NULL';
