"""What is true of a recording: plain Python, no I/O, no clock, no randomness."""
