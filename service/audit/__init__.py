"""What the log answers: who did what to a recording, when, and by which request."""
