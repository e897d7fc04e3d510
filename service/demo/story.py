"""What the demo shows, from an empty folder to the finished MP3."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from service.demo.customer import Callback, twilio_client, waiting_for_callback
from service.demo.line import Line
from service.settings import Settings
from service.wiring.serving import Ready, serve

CALL = "CA" + "0" * 31 + "1"
DIGITS = (21.5, 29.3)
"""Seconds of the conversation in which a number is read out: the stretch to pause over."""
LEAD_IN = 0.4
CALLBACK_SECONDS = 15.0
LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What came of it: the audit trail, the callback, and the files."""

    events: list[dict[str, Any]]
    callback: Callback
    files: list[Path]


class Teller:
    """Says what happens next, and how far the conversation is."""

    def __init__(self, say: Callable[[str], None], heard: Callable[[float], None]) -> None:
        self.say = say
        self.heard = heard


async def play(folder: Path, speed: float, teller: Teller) -> Shown:
    """Run the story; the files end up in `folder`. Raises TimeoutError when no callback comes."""
    async with _throwaway() as (url, sid, token), waiting_for_callback(token) as callback:
        teller.say(f"A throwaway service answers at {url}, account {sid}")
        api = twilio_client(url, sid, token)
        headers = {"Authorization": aiohttp.encode_basic_auth(sid, token)}
        async with aiohttp.ClientSession(url, headers=headers) as session:
            recording_sid = await _record(api, session, sid, callback.url, speed, teller)
            async with asyncio.timeout(CALLBACK_SECONDS):
                await callback.came.wait()
            events = f"/v1/Accounts/{sid}/Recordings/{recording_sid}/Events"
            async with session.get(events) as answer:
                trail = (await answer.json())["events"]
            media = f"/2010-04-01/Accounts/{sid}/Recordings/{recording_sid}"
            kept = [await _download(session, media, folder / f"recording{ending}") for ending in (".wav", ".mp3")]
            return Shown(events=trail, callback=callback, files=kept)


async def _record(
    api: Any,  # noqa: ANN401 - Twilio's library has no types
    session: aiohttp.ClientSession,
    account_sid: str,
    callback_url: str,
    speed: float,
    teller: Teller,
) -> str:
    """Record the conversation in stereo, but for the digits; return the recording's SID."""
    recordings = api.calls(CALL).recordings

    async def update(sid: str, until: float, **change: str) -> None:
        updated = await asyncio.to_thread(recordings(sid).update, **change)
        said = ", ".join(f"{name}={value!r}" for name, value in change.items())
        teller.say(f"….recordings('{sid}').update({said})  →  {updated.status}")
        await line.play(line.at, until, teller.heard)

    async with session.ws_connect("/v1/MediaStream") as socket:
        line = Line(socket, speed)
        await line.start(account_sid, CALL)
        await line.play(0, LEAD_IN, teller.heard)
        asked = {"recording_channels": "dual", "recording_status_callback": callback_url}
        made = await asyncio.to_thread(recordings.create, **asked)
        teller.say(f"client.calls('{CALL}').recordings.create(recording_channels='dual', …)  →  {made.status}")
        await line.play(LEAD_IN, DIGITS[0], teller.heard)
        await update(made.sid, DIGITS[1], status="paused", pause_behavior="skip")
        await update("Twilio.CURRENT", line.seconds, status="in-progress")
        await update(made.sid, line.seconds, status="stopped")
        await line.stop()
    return str(made.sid)


@asynccontextmanager
async def _throwaway() -> AsyncIterator[tuple[str, str, str]]:
    """Yield a new service's URL, and its first account's SID and token; nothing of it stays."""
    with TemporaryDirectory(prefix="recordkeeper-demo-") as name:
        # The database may run as another user (see the ADR on the embedded PostgreSQL), who must be able to enter.
        Path(name).chmod(0o755)  # noqa: ASYNC240 - one call, on a folder of ours
        settings = Settings(data_dir=Path(name) / "var", port=0, callback_allowed_networks=LOOPBACK)
        ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(settings, ready))
        serving.add_done_callback(lambda _: ready.cancel())
        await asyncio.wait({ready})
        try:
            if ready.cancelled():
                await serving
            account = ready.result().first_account
            if account is None:
                raise AssertionError("a new folder has no account yet")
            yield ready.result().url, account.sid, account.auth_token
        finally:
            serving.cancel()
            await asyncio.wait({serving})


async def _download(session: aiohttp.ClientSession, media: str, path: Path) -> Path:
    async with session.get(media + path.suffix) as answer:
        content = await answer.read()
    await asyncio.to_thread(_keep, path, content)
    return path


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
