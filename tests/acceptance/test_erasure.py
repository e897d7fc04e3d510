"""A recording erased: neither its callback URL's secrets nor their key are in any file, and the log still holds."""

import asyncio
import io
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import soundfile

from listener import own_api, record
from service.postgres.embedded import running_dsn
from service.postgres.statement import statement
from speaker import speech

SECRETS = ("hush-hush-password", "very-private-token")
URL = "http://customer:{}@127.0.0.1:9/cb?token={}".format(*SECRETS)


async def keys(dsn: str) -> list[bytes]:
    """Return the keys of URLs, as they are on the disk too by now."""
    owner = await asyncpg.connect(dsn)
    await owner.execute("CHECKPOINT")
    found = [row["key"] for row in await owner.fetch("SELECT key FROM stream_keys")]
    await owner.close()
    return found


async def purge(dsn: str) -> None:
    """Do what the service does to a recording that was deleted 40 days ago, 40 days early."""
    owner = await asyncpg.connect(dsn)
    query = statement("service.retention", "purge_recordings").replace("40 days 1 hour", "0 days")
    assert await owner.fetchval(query, 1000) == 1
    assert await owner.fetchval("SELECT count(*) FROM stream_keys") == 0
    await owner.close()


async def overwrite(dsn: str, folder: Path, key: bytes) -> None:
    """Do what the operator does who cannot wait for the server to use pages and log files again."""
    owner = await asyncpg.connect(dsn)
    await owner.execute("ALTER SYSTEM SET wal_recycle = off")
    await owner.execute("SELECT pg_reload_conf()")
    await owner.execute("VACUUM FULL stream_keys")
    for _ in range(50):  # the server takes in the setting when it comes to it
        await owner.execute("SELECT pg_switch_wal()")
        await owner.execute("CHECKPOINT")
        if not files_with(folder, key):
            break
        await asyncio.sleep(0.1)
    await owner.close()


def files_with(folder: Path, *words: bytes) -> list[str]:
    """Return the files that have any of the words; a server at work removes some meanwhile."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and any(word in path.read_bytes() for word in words):
                found.append(str(path.relative_to(folder)))
    return found


def urls(service, sid: str) -> list[str | None]:
    deliveries = own_api(service, "GET", f"/Recordings/{sid}/Deliveries").json()["deliveries"]
    return [delivery["url"] for delivery in deliveries]


def in_the_log(service, sid: str) -> list:
    """Return the callback of the recording's first event, as the API and the verb show it."""
    (found, *_) = own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
    line = service.verb("events", sid, "--type", "started").stdout
    return [
        found["data"]["callback"]["url"],
        found["data"]["callback"]["host"],
        "127.0.0.1:9" in line,
        "sealed:" in line,
    ]


@pytest.mark.parametrize("service", [{"RECORDKEEPER_UPLOAD_WAIT_SECONDS": "1"}], indirect=True)
def test_an_erased_urls_secrets_are_in_no_file_and_the_log_holds(service):
    wav = io.BytesIO()
    soundfile.write(wav, speech("agent", 1), 8000, format="WAV")
    events = ["in-progress", "completed"]
    sid = record(service, wav.getvalue(), recording_status_callback=URL, recording_status_callback_event=events)
    assert all("127.0.0.1:9/cb" in url for url in urls(service, sid)), "readable while the recording is kept"
    (key,) = asyncio.run(keys(running_dsn(service.folder)))
    assert {name.split("/")[1] for name in files_with(service.folder, key)} == {"base", "pg_wal"}
    masked = "http://customer:***@127.0.0.1:9/cb?token=***"
    assert in_the_log(service, sid) == [masked, "127.0.0.1:9", True, False]
    assert service.client().recordings(sid).delete()
    asyncio.run(purge(running_dsn(service.folder)))
    asyncio.run(overwrite(running_dsn(service.folder), service.folder, key))
    assert service.verb("rebuild", "recordings").returncode == 0, "for 40 days are not over, the row comes back"
    assert urls(service, sid) == [None, None]
    assert in_the_log(service, sid) == [None, "127.0.0.1:9", True, False]
    assert service.verb("verify").returncode == 0
    service.end(15)
    secrets = [key, key.hex().encode(), *(secret.encode() for secret in SECRETS)]
    assert files_with(service.folder, *secrets) == []
    assert files_with(service.log.parent, *secrets) == []
