SELECT account_sid, :key::text AS key
FROM (SELECT * FROM :live WHERE (:forgets) IS NOT TRUE) AS live
FULL JOIN (SELECT * FROM :fresh WHERE (:forgets) IS NOT TRUE) AS fresh USING (account_sid, :key)
WHERE live IS DISTINCT FROM fresh
ORDER BY account_sid, key
