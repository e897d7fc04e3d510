SELECT account_sid, :key::text AS key
FROM (SELECT * FROM :live) AS live
FULL JOIN (
    SELECT * FROM :fresh AS made
    WHERE (:forgets) IS NOT TRUE
        OR EXISTS (SELECT FROM :live AS known WHERE known.account_sid = made.account_sid AND known.:key = made.:key)
) AS fresh USING (account_sid, :key)
WHERE live IS DISTINCT FROM fresh
ORDER BY account_sid, key
