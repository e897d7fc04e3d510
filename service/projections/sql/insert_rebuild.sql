INSERT INTO rebuilds (projection, definition) VALUES ($1, $2)
RETURNING *
