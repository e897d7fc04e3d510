SELECT seals.n, seals.sealed_at, seals.previous_hash, seals.accounts, seals.root, seals.key_id, seals.statement,
    seals.signature, seals.hash, keys.public_key, keys.first_n, to_char(seals.sealed_at AT TIME ZONE 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS said_at
FROM seals
LEFT JOIN seal_keys AS keys USING (key_id)
ORDER BY seals.n
