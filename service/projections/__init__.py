"""Read models: what the log amounts to, in tables that answer quickly."""
