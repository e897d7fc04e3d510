INSERT INTO finishings AS known (account_sid, recording_sid, folder, due_at, claim_id)
VALUES ($1, $2, $3, now() + make_interval(secs => $4), gen_random_uuid())
ON CONFLICT (account_sid, recording_sid) DO UPDATE SET due_at = excluded.due_at, claim_id = excluded.claim_id
    WHERE known.claim_id IS NULL OR known.due_at <= now()
RETURNING claim_id
