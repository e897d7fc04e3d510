INSERT INTO merkle_nodes (account_sid, level, number, hash)
SELECT account_sid, level, number, hash
FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bytea[]) AS completed (account_sid, level, number, hash)
