-- The lock of one that lives cannot be had; that of a dead one is held from here on by who asks.
SELECT id
FROM (SELECT id FROM dispatchers WHERE id <> $1 OFFSET 0) AS others
WHERE pg_try_advisory_lock($2, id)
