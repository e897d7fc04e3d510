INSERT INTO projection_checkpoints (account_sid, projection, position)
SELECT account_sid, $1, position FROM account_heads
