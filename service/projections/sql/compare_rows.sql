SELECT account_sid, :key::text AS key
FROM (SELECT * FROM unnest($1::text[], CAST($2::text[] AS :key_type[]))) AS chosen (account_sid, :key)
LEFT JOIN (SELECT * FROM :live WHERE (:forgets) IS NOT TRUE) AS live USING (account_sid, :key)
LEFT JOIN (SELECT * FROM :fresh WHERE (:forgets) IS NOT TRUE) AS fresh USING (account_sid, :key)
WHERE live IS DISTINCT FROM fresh
ORDER BY account_sid, key
