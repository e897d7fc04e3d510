"""Conversations whose audio streams in now: what came last, what is held back, and which recordings take it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from service.domain.events import Event, RecordingStarted
from service.domain.recording import Recording
from service.media.capturing.capture import Capture, Frame, Gap
from service.media.capturing.losses import Losses
from service.media.capturing.memory import OVERHEAD, Memory, Share
from service.media.spool import Piece, Spool
from service.media.timeline import RATE, SAMPLES_PER_MS

HELD_BACK = 200 * SAMPLES_PER_MS
"""Frames wait this long, in stream time: late ones find their place, and a pause cuts before they reach a disk."""

Key = tuple[str, str]
"""Account SID, and CallSid or ConferenceSid."""


@dataclass(slots=True)
class LiveConversation:
    """`position` is the end of what was received last, None until the first; `heard_at` is a monotonic clock's.

    `tails`, by stream, hand over what was received and is no frame yet: a resampler keeps some.
    """

    position: int | None = None
    heard_at: float = 0.0
    offsets: dict[str, int] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    tails: dict[str, Callable[[], None]] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    pending: list[Frame] = field(default_factory=list)
    holds: list[int] = field(default_factory=list)
    share: Share = field(default_factory=lambda: Share(Memory()))
    gaps: dict[str, Losses] = field(default_factory=dict)

    def attach(self, stream_sid: str, now: float) -> int:
        """Return where on the timeline the stream's own time 0 lies, in samples.

        A stream known from before goes on by its own timestamps; a new one at the last sample plus the time since.
        """
        if stream_sid not in self.offsets:
            gap = max(0, round((now - self.heard_at) * 1000)) * SAMPLES_PER_MS
            self.offsets[stream_sid] = 0 if self.position is None else self.position + gap
        self.attached.append(stream_sid)
        return self.offsets[stream_sid]

    def feed(self, frame: Frame, now: float) -> None:
        """Take a frame. When memory has no room for it, it is missed by the recordings that it would be part of."""
        if self.share.take(len(frame.sound) + OVERHEAD):
            self.pending.append(frame)
        else:
            self.gaps.setdefault(frame.source, Losses()).add([(frame.begin, frame.end)])
        self.reach(frame.end, now)

    def reach(self, position: int, now: float) -> None:
        """Take it that audio up to `position` was received."""
        if self.position is None or position > self.position:
            self.position, self.heard_at = position, now

    def is_quiet(self, now: float) -> bool:
        return now - self.heard_at > HELD_BACK / RATE

    def over(self, now: float) -> dict[str, Capture]:
        """Return, by recording SID, the captures that have all they will get once the frames at hand are released."""
        if self.holds:
            return {}
        is_still = self.is_quiet(now) or not self.attached
        # A frame that is held back may begin well before the horizon: a resampler's are long, and come late.
        horizon = self._horizon(everything=False)
        released = min([horizon, *(frame.begin for frame in self.pending if frame.end > horizon)])
        return {
            sid: capture
            for sid, capture in self.captures.items()
            if capture.is_over and (is_still or capture.is_behind(released))
        }

    def hand_over_tails(self) -> None:
        """Have all that was received at hand, when that is all a recording will get."""
        if any(capture.is_over for capture in self.captures.values()):
            for hand_over in self.tails.values():
                hand_over()

    def release(self, *, everything: bool = False) -> list[Frame]:
        """Return, in the order of their time, the frames that need not be held back any more."""
        horizon = self._horizon(everything=everything)
        ready = sorted(frame for frame in self.pending if frame.end <= horizon)
        self.pending = [frame for frame in self.pending if frame.end > horizon]
        self.share.free(sum(len(frame.sound) + OVERHEAD for frame in ready))
        return ready

    def release_gaps(self, *, everything: bool = False) -> list[Gap]:
        """Return what `release` would have, had there been room for it."""
        if not self.gaps:
            return []
        horizon = self._horizon(everything=everything)
        taken = [Gap(*span, source) for source, lost in self.gaps.items() for span in lost.take_until(horizon)]
        self.gaps = {source: lost for source, lost in self.gaps.items() if lost}
        return taken

    def _horizon(self, *, everything: bool) -> int:
        return min([(self.position or 0) - (0 if everything else HELD_BACK), *self.holds])

    @contextmanager
    def hold(self) -> Iterator[int | None]:
        """Let nothing later than the last frame received reach a disk meanwhile; yield its end in ms."""
        position = self.position
        self.holds.append(position or 0)
        try:
            yield None if position is None else position // SAMPLES_PER_MS
        finally:
            self.holds.remove(position or 0)


class LiveAudio:
    """All live conversations of this process. `spool_of` gives a recording's spool by account and recording SID.

    `memory` bounds what waits to be written, here and later.
    """

    def __init__(self, spool_of: Callable[[str, str], Spool], memory: Memory | None = None) -> None:
        self._spool_of = spool_of
        self.memory = memory or Memory()
        self.conversations: dict[Key, LiveConversation] = {}

    def conversation(self, key: Key) -> LiveConversation:
        if (live := self.conversations.get(key)) is None:
            live = self.conversations[key] = LiveConversation(share=Share(self.memory))
        return live

    @contextmanager
    def hold(self, account_sid: str, sid: str) -> Iterator[int | None]:
        with self.conversation((account_sid, sid)).hold() as position:
            yield position

    def is_attached(self, account_sid: str, sid: str) -> bool:
        live = self.conversations.get((account_sid, sid))
        return live is not None and bool(live.attached)

    def is_heard(self, account_sid: str, sid: str) -> bool:
        """Say whether this process has the conversation's audio, or waits for its stream to come back."""
        live = self.conversations.get((account_sid, sid))
        return live is not None and bool(live.attached or live.captures)

    def is_capturing(self, account_sid: str, started: RecordingStarted, recording_sid: str) -> bool:
        """Say whether frames of the recording may still be on their way to its spool."""
        live = self.conversations.get((account_sid, started.conversation_sid))
        return live is not None and recording_sid in live.captures

    def on_event(self, account_sid: str, recording_sid: str, state: Recording, event: Event) -> None:
        """Take a recording's new state, right after its event was committed, if its audio is heard here."""
        key = (account_sid, state.started.conversation_sid if state.started else "")
        live = self.conversations.get(key)
        if live is None:
            return
        if recording_sid in live.captures:
            self.follow(account_sid, recording_sid, state)
        elif live.attached and isinstance(event, RecordingStarted):
            capture = Capture(self._spool_of(account_sid, recording_sid), state, is_new=True)
            self.follow(account_sid, recording_sid, state, capture)

    def capture_of(self, account_sid: str, recording_sid: str, state: Recording) -> Capture:
        """Return what goes on with a recording's spool, if it has one: blocks."""
        return Capture(self._spool_of(account_sid, recording_sid), state)

    def follow(self, account_sid: str, recording_sid: str, state: Recording, found: Capture | None = None) -> None:
        """Capture a recording, by what was `found` of it, or take its new state: what its events say."""
        if state.started is None:
            return
        key = (account_sid, state.started.conversation_sid)
        live = self.conversation(key) if state.status.is_active else self.conversations.get(key)
        if live is None:
            return
        if not state.status.is_active:
            live.ended.add(recording_sid)
        if capture := live.captures.get(recording_sid):
            # What was read before a pause was committed may come after it.
            if state.version > capture.state.version:
                capture.state = state
        elif recording_sid not in live.ended:
            live.captures[recording_sid] = found or self.capture_of(account_sid, recording_sid, state)

    def writings(self, now: float) -> list[tuple[Capture, list[Piece]]]:
        """Return what each capture is to write now, before the next call: no frame is given out twice."""
        found: list[tuple[Capture, list[Piece]]] = []
        for live in self.conversations.values():
            if is_still := live.is_quiet(now) or not live.attached:
                live.hand_over_tails()
            frames, gaps = live.release(everything=is_still), live.release_gaps(everything=is_still)
            taken = [(capture, capture.take(frames)) for capture in live.captures.values()]
            found += [(capture, pieces) for capture, pieces in taken if pieces]
            for capture in live.captures.values() if gaps else ():
                capture.miss(gaps)
        return found

    def forget(self) -> None:
        """Let go of conversations that nothing streams into and nothing records."""
        for key, live in list(self.conversations.items()):
            if not (live.attached or live.captures or live.holds or live.pending):
                del self.conversations[key]
