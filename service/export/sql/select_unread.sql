SELECT ends.account_sid, ends.position, followers.projection
FROM (SELECT account_sid, max(position) AS position FROM :partition GROUP BY account_sid) AS ends
CROSS JOIN unnest($1::text[]) AS followers (projection)
LEFT JOIN projection_checkpoints AS taken
    ON taken.account_sid = ends.account_sid AND taken.projection = followers.projection
WHERE coalesce(taken.position, 0) < ends.position
LIMIT 1
