SELECT
    (SELECT count(*) FROM account_heads WHERE position > 0) AS accounts,
    (SELECT coalesce(sum(position), 0)::bigint FROM account_heads) AS events,
    (SELECT count(*) FROM seals) AS seals
