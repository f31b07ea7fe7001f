-- what the aggregate refuses, and how it says so
CREATE FUNCTION refused(statement text)
RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE statement;
	code := 'none';
	RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END
$$;
\x on
SELECT * FROM refused($$SELECT funnel(NULL, 1, now(), 'a')$$);
SELECT * FROM refused($$SELECT funnel(j::journey, 1, now(), 'a') FROM (VALUES ('a -> b'), ('a -> c')) v(j)$$);
SELECT * FROM refused($$SELECT funnel(j, 1, now(), 'a') FROM (VALUES (journey(ARRAY['a']::stage[], title => 'x')), (journey(ARRAY['a']::stage[]))) v(j)$$);
SELECT * FROM refused($$SELECT funnel('a -> b', 1, now(), true)$$);
SELECT * FROM refused($$SELECT funnel('a -> b', 1, now(), true, true, false)$$);
SELECT * FROM refused($$SELECT funnel('a -> b', 1, now(), VARIADIC ARRAY[[true, true]])$$);
SELECT * FROM refused($$SELECT funnel('a(x) -> b', 1, now(), true, true)$$);
SELECT * FROM refused($$SELECT funnel('a', 1, 'infinity', 'a')$$);
SELECT * FROM refused($$SELECT funnel('a', 1, '-infinity', 'other')$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), text 'a', 'NaN')$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), text 'a', 'Infinity')$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), 'a', 1.0000001e12)$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), 'a', -1e12)$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), 'a', 1, 'web', 'NaN')$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), 'a', 1, 'web', 1.5)$$);
SELECT * FROM refused($$SELECT funnel('a', 1, now(), 2e12, true)$$);
\x off
-- the support functions are not for callers; why is in the server's own words
SELECT code <> '' AS refused FROM refused($$SELECT funnel_final(NULL)$$);
DROP FUNCTION refused(text);
