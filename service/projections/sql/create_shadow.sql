SELECT ddl
FROM (
    SELECT 1, format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES)', $2::text, $1::text)
    UNION ALL
    SELECT 2, format('ALTER TABLE %I OWNER TO %I', $2::text, pg_get_userbyid(relowner))
    FROM pg_class WHERE oid = $1::text::regclass AND pg_get_userbyid(relowner) <> current_user
    UNION ALL
    SELECT 2, format('ALTER TABLE %I SET (%s)', $2::text, array_to_string(reloptions, ', '))
    FROM pg_class WHERE oid = $1::text::regclass AND reloptions IS NOT NULL
    UNION ALL
    SELECT 3, format('ALTER TABLE %I ADD CONSTRAINT %I %s', $2::text, conname || $3, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'p'
    UNION ALL
    SELECT 4, format(
        'GRANT %s%s ON %I TO %s%s', privilege_type, columns, $2::text,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    )
    FROM (
        SELECT relacl AS acl, '' AS columns, relowner
        FROM pg_class WHERE oid = $1::text::regclass
        UNION ALL
        SELECT attacl, format(' (%I)', attname), relowner
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attrelid = $1::text::regclass
    ) AS granted
    CROSS JOIN LATERAL aclexplode(acl)
    WHERE grantee <> relowner
) AS written (step, ddl)
ORDER BY step
