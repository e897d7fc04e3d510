SELECT level, number, nodes.hash
FROM unnest($2::smallint[], $3::bigint[]) AS wanted (level, number)
JOIN merkle_nodes AS nodes USING (level, number)
WHERE nodes.account_sid = $1
