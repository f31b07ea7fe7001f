-- what every object of the extension must have
CREATE VIEW members AS
SELECT d.classid, d.objid, i.type, i.identity
FROM pg_depend d, LATERAL pg_identify_object(d.classid, d.objid, 0) i
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'journey');

-- a comment (but for array types, operator class members and families)
SELECT m.type, m.identity
FROM members m
WHERE obj_description(m.objid, m.classid::regclass::text) IS NULL
	AND m.type NOT IN ('operator family')
	AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = m.objid AND t.typelem <> 0)
ORDER BY 1, 2;
-- functions: parallel safe, immutable, of this module, no more rights than the caller's
SELECT p.oid::regprocedure, p.proparallel, p.provolatile, p.prosecdef
FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
WHERE (p.proparallel <> 's' OR p.provolatile <> 'i' OR p.prosecdef)
	AND (p.proname NOT LIKE 'journey%report%' OR p.prosecdef)
ORDER BY 1;
-- functions in SQL and PL/pgSQL: names are looked up where they should be (a procedure that commits cannot have a setting)
SELECT p.oid::regprocedure, p.prokind
FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
	JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL
	AND NOT coalesce(array_to_string(p.proconfig, ' ') LIKE 'search_path=pg_catalog, %, pg_temp%', false)
ORDER BY 1;
-- functions that may be called with NULL
SELECT DISTINCT p.proname
FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
WHERE NOT p.proisstrict AND p.prokind = 'f' AND p.proname NOT LIKE 'journey%report%'
ORDER BY 1;
-- aggregates: combine function; no polymorphic arguments; a name that no engine takes for another
SELECT p.oid::regprocedure
FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
	JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE a.aggcombinefn = 0 OR a.aggfinalextra OR a.aggkind <> 'n'
	OR (a.aggtranstype = 'internal'::regtype AND (a.aggserialfn = 0 OR a.aggdeserialfn = 0))
	OR p.proname IN ('avg', 'min', 'max', 'sum', 'count', 'array_agg', 'every', 'any_value');
-- those with a state that has a name, which distributed engines can split
SELECT p.oid::regprocedure, a.aggtranstype::regtype
FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
	JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE a.aggtranstype <> 'internal'::regtype;
-- types: binary form, a category of their own, equality, order, hash, json
SELECT t.typname, t.typcategory, t.typispreferred, t.typsend <> 0 AS send, t.typreceive <> 0 AS recv,
	(SELECT count(*) FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
		WHERE c.opcintype = t.oid AND c.opcdefault AND a.amname IN ('btree', 'hash')) AS classes,
	(SELECT count(*) FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget IN ('json'::regtype, 'jsonb'::regtype)) AS to_json,
	(SELECT count(*) FROM pg_cast c WHERE c.casttarget = t.oid AND c.castsource IN ('json'::regtype, 'jsonb'::regtype)) AS from_json
FROM members m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
WHERE t.typelem = 0 AND t.typtype = 'b'
ORDER BY 1;
DROP VIEW members;
