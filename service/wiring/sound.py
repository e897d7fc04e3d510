"""What captures and finishes sound, assembled from its parts."""

import time
from dataclasses import dataclass
from functools import partial

import asyncpg

from service.application.accounts import Accounts
from service.application.conversations import Conversations
from service.application.handler import CommandHandler
from service.application.public_keys import PublicKeys
from service.application.switchboard import Clock, Switchboard
from service.media.capturing.damages import Damages
from service.media.capturing.homes import Homes
from service.media.capturing.live import LiveAudio
from service.media.capturing.memory import Memory
from service.media.capturing.peers import Peers
from service.media.capturing.recorder import Recorder
from service.media.capturing.streams import Streams
from service.media.finishing.attempt import Attempts, Keeping
from service.media.finishing.finish import Rules
from service.media.finishing.finisher import Finisher
from service.media.finishing.finishings import Finishings
from service.media.finishing.workers import Workers
from service.media.folder import folder_id
from service.media.secrecy.keyring import Keyring
from service.media.secrecy.sealing import Sealing
from service.media.spool import Spool
from service.media.storing.eraser import Eraser
from service.media.storing.store import LocalStore
from service.settings import Settings
from service.wiring.storing import storing


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which process this is: one of the `names` that serve together, or a worker beside them.

    `finishes`: it finishes what all record. `is_first`: none served before it, so that it puts right what was left.
    `is_alone`: no other can be there.
    """

    name: str = "0"
    names: tuple[str, ...] = ("0",)
    finishes: bool = True
    is_first: bool = False
    is_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    switchboard: Switchboard
    homes: Homes
    streams: Streams
    recorder: Recorder
    damages: Damages
    finisher: Finisher
    eraser: Eraser
    store: LocalStore
    sealing: Sealing


def sound(
    settings: Settings, place: Place, pool: asyncpg.Pool, handler: CommandHandler, accounts: Accounts, now: Clock
) -> Sound:
    data_dir, conversations, clock = settings.data_dir.absolute(), Conversations(pool), time.monotonic
    live = LiveAudio(partial(Spool, data_dir), Memory(settings.audio_memory_mb << 20))
    store, damages = LocalStore(data_dir), Damages(handler, now)
    own, *siblings = (f"{folder_id(data_dir)}/{name}" for name in (place.name, *place.names))
    peers = None if place.is_alone else Peers()
    homes = Homes(own, siblings, live, conversations, peers, now)
    workers = Workers(settings.finishing_processes if place.finishes else 0)
    kept = storing(settings, pool, handler, accounts, store)
    sealing = Sealing(pool, Keyring(settings.sealing_keys), store)
    keeping = Keeping(
        local=store, stores=kept.stores, copies=kept.copies, public_keys=PublicKeys(pool), sealing=sealing
    )
    attempts = Attempts(handler, accounts, live, keeping, data_dir, workers, _rules(settings), now)
    finisher = Finisher(Finishings(pool, own, settings.upload_wait_seconds), attempts, workers)
    handler.listeners += [live.on_event, finisher.on_event]
    accept = settings.unknown_calls == "accept"
    return Sound(
        switchboard=Switchboard(conversations, handler, homes, now, accept_unknown=accept),
        homes=homes,
        streams=Streams(live, conversations, homes, handler, clock, now),
        recorder=Recorder(live, clock, damages, disk_retry=settings.disk_retry_seconds, when_captured=finisher.add),
        damages=damages,
        finisher=finisher,
        eraser=kept.eraser,
        store=store,
        sealing=sealing,
    )


def _rules(settings: Settings) -> Rules:
    return Rules(
        shortest=settings.shortest_recording_seconds,
        silent_below=settings.silent_below_dbfs,
        keep_silent=settings.silent_recordings == "keep",
    )
