"""Stores elsewhere: object stores that take finished media from the local folder, and what is to be erased there."""
