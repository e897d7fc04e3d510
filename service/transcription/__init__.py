"""What was said in finished recordings, written down by an engine that needs no network: an optional extra."""
