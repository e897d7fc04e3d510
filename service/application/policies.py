"""The rules of accounts: legal holds and retention, kept in the account's own stream of the log."""

from service.application.codec import decode_account, encode
from service.application.metadata import Metadata
from service.domain.account import AccountCommand, AccountPolicy, decide, fold
from service.eventstore.errors import VersionConflict
from service.eventstore.event import Append, Envelope, NewEvent
from service.eventstore.store import EventStore

EFFECT = "account_policies"
"""The effect that brings the read model of that name up to the account's stream."""
MOST_ATTEMPTS = 20


async def read_policy(store: EventStore, account_sid: str) -> AccountPolicy:
    """Return what is ruled for an account now; its stream has the account's name."""
    return fold(map(decode_account, await store.read_stream(account_sid, account_sid)))


class AccountPolicies:
    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def find(self, account_sid: str) -> AccountPolicy:
        return await read_policy(self._store, account_sid)

    async def handle(self, account_sid: str, command: AccountCommand, metadata: Metadata) -> None:
        """Have `command` decided and its events appended. Raises VersionConflict."""
        conflict: VersionConflict | None = None
        for _ in range(MOST_ATTEMPTS):
            policy = await read_policy(self._store, account_sid)
            events = [
                NewEvent(type=name, schema=schema, data=data, occurred_at=command.at)
                for name, schema, data in map(encode, decide(policy, command))
            ]
            if not events:
                return
            append = Append(
                account_sid=account_sid,
                stream=account_sid,
                expected_version=policy.version,
                events=events,
                envelope=_envelope(metadata),
                effects={EFFECT: [{}]},
            )
            try:
                await self._store.append(append)
            except VersionConflict as lost:
                conflict = lost
            else:
                return
        raise conflict or AssertionError("unreachable: every round ends in an answer or a conflict")


def _envelope(metadata: Metadata) -> Envelope:
    return Envelope(
        call_sid=None,
        conference_sid=None,
        actor_sid=metadata.actor.sid,
        actor_role=metadata.actor.role,
        request_id=metadata.request_id,
        causation_id=metadata.causation_id,
        correlation_id=metadata.correlation_id,
    )
