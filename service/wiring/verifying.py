"""Everything that can be proved of a service's database and data folder, looked at once."""

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg

from service.audit.extent import extent
from service.audit.fault import Fault
from service.audit.hash_chain import first_breaks
from service.audit.last_seal import LastSeal, SealNoted
from service.audit.positions import OutOfReach
from service.audit.seal_chain import seal_faults
from service.audit.sealed import seal_hash
from service.audit.signing import SealKeys, key_id
from service.eventstore.event import Row
from service.export.archive_check import false_archives, unlike_their_files
from service.export.archived import Archived
from service.media.secrecy.keyring import Keyring
from service.media.verify import MediaVerifier
from service.postgres.pool import open_pool
from service.projections.policies import differing_policies
from service.projections.registry import PROJECTIONS
from service.projections.verify import differences, first_unknown
from service.settings import Settings
from service.wiring.server import ServiceRefused, database

Told = Callable[[str, int, int], None]
"""Called with a part's name, how much of it there is, and how much more of it was looked at."""


NOT_HERE: Final = (
    "recordings whose sound is noted to be in another data folder, and is not in this one: {}; their files were not"
    " looked at. After a restore: media/ and folder-id belong into the folder of --data-dir"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`keys`: public keys known to be the service's, beside its own; `kept`: a file of seals kept elsewhere."""

    media: bool = True
    since_seal: int = 0
    keys: Sequence[bytes] = ()
    kept: Path | None = None


class _Counted(Archived):
    """`events`: how many of the chain were read from it."""

    events = 0

    async def chain(self, account_sid: str, after: int) -> AsyncIterator[Row]:
        async for row in super().chain(account_sid, after):
            self.events += 1
            yield row


async def verify(settings: Settings, asked: Asked, told: Told) -> dict[str, Any]:
    """Return whether everything holds, what does not, and how much was looked at. Raises ServiceRefused."""
    kept = _kept(settings, asked)
    keys = SealKeys(settings.seal_keys, settings.data_dir.absolute())
    known = keys.known() | {key_id(key) for key in asked.keys}
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        size = await extent(pool)
        if asked.since_seal > size["seals"]:
            raise ServiceRefused(f"there is no seal {asked.since_seal}: the newest is {size['seals']}")
        async with pool.acquire() as connection:
            faults = await seal_faults(connection, known, kept, partial(told, "seals", size["seals"]))
        found, archived = await _log(dsn, pool, asked.since_seal, partial(told, "events", size["events"]))
        faults, checked = faults + found, size | {"events_archived": archived}
        checked |= {"recordings": await pool.fetchval("SELECT count(*) FROM recordings")}
        told("recordings", checked["recordings"], checked["recordings"])
        looked = partial(told, "media", checked["recordings"])
        found, media, warnings = await _media(settings, pool, looked) if asked.media else ([], {}, [])
        faults, checked = faults + found, checked | media
    return {
        "holds": not faults,
        "faults": [_document(fault) for fault in faults],
        "warnings": warnings,
        "checked": checked,
        "seal_key_known": bool(known),
    }


async def _log(dsn: str, pool: asyncpg.Pool, since_seal: int, told: Callable[[int], None]) -> tuple[list[Fault], int]:
    """Return what does not hold of archives, chains and read models, and how many events were read from archives.

    Raises ServiceRefused.
    """
    false = await false_archives(pool)
    archive = _Counted(pool, false)
    try:
        faults = [*false.values(), *await unlike_their_files(pool, archive, false)]
        faults += await first_breaks(pool, told, since_seal, archive)
        faults += await _read_models(dsn, pool, archive)
    except OutOfReach as error:
        raise ServiceRefused(str(error)) from None
    return faults, archive.events


async def _read_models(dsn: str, pool: asyncpg.Pool, archive: Archived) -> list[Fault]:
    """Return where projections stop, and the rows of read models that differ from the log."""
    faults = []
    if unknown := await first_unknown(pool):
        what = "an event of type '{type}', schema {schema}, is unknown to this version, and stops what meets it"
        faults.append(
            Fault(what=what.format(**unknown), account_sid=unknown["account_sid"], position=unknown["position"])
        )
    for projection in PROJECTIONS.values():
        for one in await differences(dsn, projection, archive):
            sid = one.key if one.key.startswith("RE") else None
            what = f"the read model {one.table} differs from the log" + ("" if sid else f" for {one.key}")
            faults.append(Fault(what=what, account_sid=one.account_sid, recording_sid=sid))
    policies = await differing_policies(dsn)
    return faults + [Fault(what="its policies differ from the log", account_sid=sid) for sid in policies]


def _kept(settings: Settings, asked: Asked) -> list[SealNoted]:
    """Return what the data folder and the file that is named have of seals: read before the database is looked at."""
    try:
        noted = LastSeal(settings.data_dir.absolute()).read()
    except ValueError as error:
        raise ServiceRefused(str(error)) from None
    return [*([noted] if noted else []), *(kept_seals(asked.kept) if asked.kept else [])]


def kept_seals(file: Path) -> list[SealNoted]:
    """Return the seals in a file: pages of them as the API has them, or seals, one after another."""
    try:
        # Nowhere else in JSON does an object end a line and another begin the next.
        documents = json.loads("[" + re.sub(r"}\n+{", "},{", file.read_text()) + "]")
        found = [seal for document in documents for seal in _seals(document)]
        return [SealNoted(seal["n"], seal_hash(seal["statement"])) for seal in found]
    except OSError as error:
        raise ServiceRefused(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ServiceRefused(
            f"{file} has no seals: it should be what GET /v1/Integrity/Seals answered, or such a page or a seal a line"
        ) from None


def _seals(found: Any) -> list[Any]:  # noqa: ANN401 - whatever a file may hold
    if isinstance(found, list):
        return found
    return list(found["seals"]) if "seals" in found else [found]


async def _media(
    settings: Settings, pool: asyncpg.Pool, told: Callable[[int], None]
) -> tuple[list[Fault], dict[str, Any], list[str]]:
    verifier = MediaVerifier(pool, Keyring(settings.sealing_keys), settings.data_dir.absolute())
    faults = [
        Fault(what=what, account_sid=row["account_sid"], recording_sid=row["sid"])
        async for row, what in verifier.faults(told)
    ]
    named = {"checked": "media", "elsewhere": "media_elsewhere", "key_missing": "media_key_missing"}
    warnings = [NOT_HERE.format(verifier.in_other_folders)] if verifier.in_other_folders else []
    return faults, {named[became]: count for became, count in verifier.counts.items()}, warnings


def _document(fault: Fault) -> dict[str, Any]:
    return {
        "account_sid": fault.account_sid,
        "position": fault.position,
        "recording_sid": fault.recording_sid,
        "seal": fault.seal,
        "fault": fault.what,
    }
