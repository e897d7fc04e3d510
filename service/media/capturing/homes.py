"""Which process hears a conversation: what is decided about its recordings holds its audio there."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta

import structlog

from service.application.conversations import Conversation, Conversations
from service.media.capturing.live import LiveAudio
from service.media.capturing.peers import Held, Peers, PeerSilent

log = structlog.get_logger()


class Homes:
    """`own` is this process's name, `siblings` are all of its service.

    `peers` is None when there can be no other process: then nothing is looked up.
    """

    def __init__(
        self,
        own: str,
        siblings: list[str],
        live: LiveAudio,
        conversations: Conversations,
        peers: Peers | None,
        now: Callable[[], datetime],
    ) -> None:
        self.own = own
        self.siblings = siblings
        self._live = live
        self._conversations = conversations
        self._peers = peers
        self._now = now

    @asynccontextmanager
    async def hold(self, account_sid: str, sid: str) -> AsyncIterator[int | None]:
        """Yield the position of the last frame received, in ms; what comes later waits until the block ends."""
        if self._peers is None:
            with self._live.hold(account_sid, sid) as position:
                yield position
            return
        async with AsyncExitStack() as stack:
            if away := await self._away(account_sid, sid):
                held = await self._held_away(stack, away)
                if held.is_heard:
                    yield held.position
                    return
            yield stack.enter_context(self._live.hold(account_sid, sid))

    def is_attached(self, account_sid: str, sid: str) -> bool:
        return self._live.is_attached(account_sid, sid)

    def is_heard(self, account_sid: str, sid: str) -> bool:
        """Say whether this process has the conversation's audio, or waits for its stream to come back."""
        return self._live.is_heard(account_sid, sid)

    async def is_elsewhere(self, conversation: Conversation) -> bool:
        """Say whether another process that lives looks after the conversation's streams."""
        home, peers = conversation.home, self._peers
        return peers is not None and home not in {None, self.own} and await peers.is_alive(home or "")

    async def heard_elsewhere(self, account_sid: str, sid: str) -> str | None:
        """Return the other process that hears the conversation now; None when its audio is for this one to hear."""
        if (away := await self._away(account_sid, sid)) and self._peers and away.home:
            try:
                async with self._peers.hold(away.home, account_sid, sid) as held:
                    return away.home if held.is_heard else None
            except PeerSilent:
                return None
        return None

    @contextmanager
    def hold_here(self, account_sid: str, sid: str) -> Iterator[Held]:
        """Hold for another process what this one hears."""
        if self._live.is_heard(account_sid, sid):
            with self._live.hold(account_sid, sid) as position:
                yield Held(is_heard=True, position=position)
        else:
            yield Held(is_heard=False, position=None)

    async def claim(self, conversation: Conversation) -> bool:
        """Become the conversation's home; say whether that came true, or another was first."""
        if self._peers is None:
            return True
        key = (conversation.account_sid, conversation.sid)
        return await self._conversations.claim_home(*key, self.own, conversation.home) == self.own

    async def strays(self) -> list[Conversation]:
        """Return what this process is to hear from its start on; the first of a service takes what no other would."""
        is_first = self.own == self.siblings[0]
        return await self._conversations.recorded_streams(self.own, strays=is_first, homes=self.siblings)

    async def unheard(self, followed: list[str]) -> list[tuple[str, str]]:
        """Return (account SID, recording SID) of active recordings of what is heard here, that nobody told of."""
        heard = [key for key, live in self._live.conversations.items() if live.attached]
        return await self._conversations.unfollowed_recordings(heard, followed) if heard else []

    async def _away(self, account_sid: str, sid: str) -> Conversation | None:
        if self._peers is None or self._live.is_heard(account_sid, sid):
            return None
        conversation = await self._conversations.find(account_sid, sid)
        return conversation if conversation and conversation.home not in {None, self.own} else None

    async def _held_away(self, stack: AsyncExitStack, away: Conversation) -> Held:
        """Return what the conversation's home says; where it is silent, what it last wrote down."""
        if self._peers is None or away.home is None:
            return Held(is_heard=False, position=None)
        try:
            return await stack.enter_async_context(self._peers.hold(away.home, away.account_sid, away.sid))
        except PeerSilent:
            log.warning("hold.not_given", home=away.home, conversation=away.sid)
        if away.stream_position is None:
            return Held(is_heard=True, position=None)
        since = self._now() - away.stream_seen_at if away.stream_seen_at else timedelta()
        return Held(is_heard=True, position=away.stream_position + max(0, round(since.total_seconds() * 1000)))
