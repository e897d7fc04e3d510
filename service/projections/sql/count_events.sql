SELECT coalesce(sum(position), 0)::bigint FROM account_heads
