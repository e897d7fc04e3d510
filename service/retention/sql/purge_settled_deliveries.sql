DELETE FROM settled_deliveries
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM settled_deliveries
    WHERE settled_at < now() - make_interval(days => $1)
    LIMIT $2
))
