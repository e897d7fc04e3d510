"""A recording erased: what was secret in its callback's URL is in no file any more, and the log still holds."""

import asyncio
import io
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


async def purge(dsn: str) -> None:
    """Do what the service does to a recording that was deleted 40 days ago, 40 days early."""
    owner = await asyncpg.connect(dsn)
    query = statement("service.retention", "purge_recordings").replace("40 days 1 hour", "0 days")
    assert await owner.fetchval(query, 1000) == 1
    assert await owner.fetchval("SELECT count(*) FROM stream_keys") == 0
    await owner.close()


def files_with_secrets(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in SECRETS)
    ]


def urls(service, sid: str) -> list[str | None]:
    deliveries = own_api(service, "GET", f"/Recordings/{sid}/Deliveries").json()["deliveries"]
    return [delivery["url"] for delivery in deliveries]


@pytest.mark.parametrize("service", [{"RECORDKEEPER_UPLOAD_WAIT_SECONDS": "1"}], indirect=True)
def test_an_erased_urls_secrets_are_in_no_file_and_the_log_holds(service):
    wav = io.BytesIO()
    soundfile.write(wav, speech("agent", 1), 8000, format="WAV")
    events = ["in-progress", "completed"]
    sid = record(service, wav.getvalue(), recording_status_callback=URL, recording_status_callback_event=events)
    assert all("127.0.0.1:9/cb" in url for url in urls(service, sid)), "readable while the recording is kept"
    assert service.client().recordings(sid).delete()
    asyncio.run(purge(running_dsn(service.folder)))
    assert service.verb("rebuild", "recordings").returncode == 0, "for 40 days are not over, the row comes back"
    assert urls(service, sid) == [None, None]
    assert service.verb("verify").returncode == 0
    service.end(15)
    assert files_with_secrets(service.folder) == []
    assert files_with_secrets(service.log.parent) == []
