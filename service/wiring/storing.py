"""Where finished media go, assembled from its parts."""

import time
from dataclasses import dataclass

import asyncpg

from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.media.folder import folder_id
from service.media.storing.copies import ERASURES, Copies
from service.media.storing.eraser import Eraser
from service.media.storing.outages import Outages
from service.media.storing.store import LocalStore
from service.media.storing.stores import Policy, Stores
from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Storing:
    copies: Copies
    stores: Stores
    eraser: Eraser


def storing(
    settings: Settings, pool: asyncpg.Pool, handler: CommandHandler, accounts: Accounts, local: LocalStore
) -> Storing:
    copies = Copies(pool, folder_id(settings.data_dir.absolute()))
    policy = Policy(
        url=settings.store_url,
        fallback=settings.store_fallback_url,
        fallback_after=settings.store_fallback_after_seconds,
    )
    stores = Stores(accounts, copies, Outages(time.monotonic), policy)
    eraser = Eraser(copies, local, stores)
    handler.listeners.append(eraser.on_event)
    handler.plans[ERASURES] = copies.plan_erasures
    return Storing(copies=copies, stores=stores, eraser=eraser)
