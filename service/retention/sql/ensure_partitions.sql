SELECT * FROM ensure_events_partitions($1)
