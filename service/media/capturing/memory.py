"""How much sound may wait in memory to be written, shared so that one call's leaves room for another's."""

OVERHEAD = 160
"""What a frame or a piece takes up beside its samples, in bytes."""
SMALL = 1 << 16
"""What a call needs while its disk keeps up: a few seconds of two tracks."""
KEPT_BACK = 8
"""One part in so many is for those that hold little: a call whose file hangs cannot take the room of the others."""
DEFAULT_LIMIT = 256 << 20


class Memory:
    """`limit` and `used` are bytes of this process."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self.used = 0


class Share:
    """What one call, or one recording, holds of the memory."""

    __slots__ = ("_memory", "_open", "held")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._open = memory.limit - memory.limit // KEPT_BACK
        self.held = 0

    def take(self, size: int) -> bool:
        """Hold `size` more bytes; say whether there is room for them."""
        used = self._memory.used + size
        if used > self._memory.limit or (used > self._open and self.held + size > SMALL):
            return False
        self._memory.used = used
        self.held += size
        return True

    def hold(self, size: int) -> None:
        """Hold `size` bytes that were held before."""
        self._memory.used += size
        self.held += size

    def free(self, size: int) -> None:
        self._memory.used -= size
        self.held -= size
