INSERT INTO projection_checkpoints AS known (account_sid, projection, position)
SELECT account_sid, $1, position FROM unnest($2::text[], $3::bigint[]) AS taken (account_sid, position)
ON CONFLICT (account_sid, projection) DO UPDATE SET position = greatest(known.position, excluded.position)
