INSERT INTO seal_accounts (account_sid, n, length, root)
SELECT account_sid, $1, length, root
FROM unnest($2::text[], $3::bigint[], $4::bytea[]) AS grown (account_sid, length, root)
