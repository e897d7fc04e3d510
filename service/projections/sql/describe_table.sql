SELECT string_agg(said, E'\n' ORDER BY said)
FROM (
    SELECT format('%s %s %s', lpad(attnum::text, 4, '0'), attname, format_type(atttypid, atttypmod)) AS said
    FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::text::regclass
) AS described
