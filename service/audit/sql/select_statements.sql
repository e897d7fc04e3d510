SELECT n, statement
FROM seals
WHERE n = ANY ($1::bigint[])
