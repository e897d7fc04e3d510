UPDATE finishings SET due_at = now() + make_interval(secs => $2) WHERE claim_id = ANY ($1::uuid[])
