SELECT level, number, hash
FROM merkle_nodes
WHERE account_sid = $1
