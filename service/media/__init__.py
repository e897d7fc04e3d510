"""Sound: captured as it arrives, finished into files, kept until it is deleted."""
