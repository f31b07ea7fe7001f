-- One line for each thing that users can depend on; for test/api.
CREATE TEMP VIEW members AS
SELECT d.classid, d.objid
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'journey');

-- types of the extension without their schema, whatever it is
SELECT set_config('search_path', 'pg_catalog, ' || quote_ident(extnamespace::regnamespace::text), false) AS path
FROM pg_extension WHERE extname = 'journey' \gset

WITH lines(kind, line) AS (
	SELECT 1, format('type %s (category %s%s)', format_type(t.oid, NULL), t.typcategory,
		CASE WHEN t.typispreferred THEN ', preferred' END)
	FROM members m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
	WHERE t.typtype = 'b' AND t.typelem = 0
	UNION ALL
	SELECT CASE p.prokind WHEN 'f' THEN 2 WHEN 'p' THEN 3 ELSE 4 END,
		format('%s %s(%s)%s', CASE p.prokind WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' ELSE 'aggregate' END,
			p.proname, pg_get_function_arguments(p.oid), ' -> ' || pg_get_function_result(p.oid))
	FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
	WHERE p.proname !~ '^journey_report_'	-- parts of those that make and refresh reports
	UNION ALL
	SELECT 5, format('operator %s%s %s -> %s', format_type(nullif(o.oprleft, 0), NULL) || ' ', o.oprname,
		format_type(o.oprright, NULL), format_type(o.oprresult, NULL))
	FROM members m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
	UNION ALL
	SELECT 6, format('cast %s -> %s (%s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
		CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END)
	FROM members m JOIN pg_cast c ON m.classid = 'pg_cast'::regclass AND m.objid = c.oid
	UNION ALL
	SELECT 7, format('operator class %s for %s using %s%s', c.opcname, format_type(c.opcintype, NULL), a.amname,
		CASE WHEN c.opcdefault THEN ', default' END)
	FROM members m JOIN pg_opclass c ON m.classid = 'pg_opclass'::regclass AND m.objid = c.oid
		JOIN pg_am a ON a.oid = c.opcmethod
	UNION ALL
	SELECT 8, format('type %s as (%s)', t.typname, (
		SELECT string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
		FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
	FROM members m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
	WHERE t.typtype = 'c' AND t.typname <> 'journey_report'
)
SELECT line FROM lines ORDER BY kind, line COLLATE "C";
