"""Whether what the table `archives` says is so: whoever believes it looks for events there, and not in the log."""

import asyncpg

from service.audit.fault import Fault
from service.export.archived import Archived, Key
from service.postgres.statement import statement


async def false_archives(pool: asyncpg.Pool) -> dict[Key, Fault]:
    """Return the rows, by their keys, that say of events that they are archived which are still in the log."""
    return {
        (row["account_sid"], row["partition"], row["number"]): Fault(
            what=f"`archives` says that it is in {row['key']}, as all of {row['partition']}, and it is in the log",
            account_sid=row["account_sid"],
            position=row["position"],
        )
        for row in await pool.fetch(statement(__package__, "select_false_archives"))
    }


async def unlike_their_files(pool: asyncpg.Pool, archived: Archived, false: dict[Key, Fault]) -> list[Fault]:
    """Return a fault for each other row that says something else than its file. Raises OutOfReach."""
    faults = []
    for row in await pool.fetch(statement(__package__, "select_all_archives")):
        if (row["account_sid"], row["partition"], row["number"]) in false:
            continue
        found = await archived.extent(row)
        least, greatest = found.recordings
        said = row["events"], (row["first_position"], row["last_position"])
        if said != (found.events, found.positions) or not row["first_sid"] <= least <= greatest < row["end_sid"]:
            what = f"`archives` says something else than {row['key']} of what that holds"
            faults.append(Fault(what=what, account_sid=row["account_sid"], position=row["first_position"]))
    return faults
