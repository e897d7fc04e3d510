UPDATE public_keys SET retired_at = now()
WHERE sid = $1 AND retired_at IS NULL
RETURNING sid
