"""Requests become commands, commands become events: load, decide, append; again if another was first."""
