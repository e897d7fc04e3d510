SELECT ddl
FROM (
    SELECT 1, format('DROP TABLE %I', $1::text)
    UNION ALL
    SELECT 2, format('ALTER TABLE %I RENAME TO %I', $2::text, $1::text)
    UNION ALL
    SELECT 3, format('ALTER INDEX %I RENAME TO %I', relname, left(relname, -length($3::text)))
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = $2::text::regclass
) AS written (step, ddl)
ORDER BY step
