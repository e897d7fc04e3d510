"""What can go wrong with an append, as the store's callers see it."""


class VersionConflict(Exception):  # noqa: N818 - the event sourcing field's own word
    """Another append was first: the stream is no longer at the expected version. Read it again, decide again."""

    def __init__(self, stream: str, expected_version: int) -> None:
        super().__init__(f"stream {stream} is no longer at version {expected_version}")


class DuplicateEffect(Exception):  # noqa: N818 - the same
    """A row written beside the events exists already: this append was made before."""
