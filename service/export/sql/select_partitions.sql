SELECT relation.relname AS name, pg_get_expr(relation.relpartbound, relation.oid) AS bounds
FROM pg_inherits
JOIN pg_class AS relation ON relation.oid = pg_inherits.inhrelid
WHERE pg_inherits.inhparent = 'events'::regclass
