UPDATE conversations SET home = CASE WHEN home IS NOT DISTINCT FROM $4 THEN $3 ELSE home END
WHERE account_sid = $1 AND sid = $2
RETURNING home
