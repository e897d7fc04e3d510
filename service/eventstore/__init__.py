"""How facts are kept: appended to streams, read back. Has never heard of a recording."""
