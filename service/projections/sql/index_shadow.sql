SELECT format(
    'CREATE %sINDEX IF NOT EXISTS %I ON %I %s', CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END, relname || $3,
    $2::text, substring(pg_get_indexdef(indexrelid) FROM ' (USING .*)$')
) AS ddl
FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = $1::text::regclass AND NOT indisprimary
ORDER BY relname
