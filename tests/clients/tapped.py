"""Runs the data tap over an account, and holds each record it put out against what was recorded and said."""

import asyncio
import json
import subprocess
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from clients.environments import Client, ClientError
from listener import wait_for
from speaker import speech, stream

MANY = 55
"""More recordings than a page holds."""
SAID = "Good morning, you are through to the harbour office: naïve café ☎."


async def sync(client: Client, service, call: str, folder: Path) -> list[str]:
    """Return what was synced."""
    recorded = await _record(service, call)
    transcribed = await asyncio.to_thread(_transcribe, service, recorded)
    await asyncio.to_thread(_record_many, service, call)
    records = await asyncio.to_thread(_records, client, service, call, folder)
    account, known = service.credentials[0], await asyncio.to_thread(service.client().recordings.list)
    _expect([row["sid"] for row in records["accounts"]], [account])
    _expect(
        [(row["sid"], row["status"], row["date_created"], row["date_updated"]) for row in records["recordings"]],
        [(row.sid, row.status, _iso(row.date_created), _iso(row.date_updated)) for row in known],
    )
    recording = next(row for row in records["recordings"] if row["sid"] == recorded)
    _expect(recording, recording | _recording(account, call, recorded))
    _expect(records["transcriptions"], [_transcription(transcribed)])
    return [f"{len(rows)} {name}" for name, rows in records.items()]


async def _record(service, call: str) -> str:
    async with stream(service, {"inbound": speech("agent", 6)}, "MZ" + call[2:]) as line:
        await line.start(service.credentials[0], call, Record="true")
        await line.play(6)
        await line.stop()
    (made,) = await asyncio.to_thread(service.client().recordings.list, call_sid=call)
    await asyncio.to_thread(wait_for, service, made.sid)
    return made.sid


def _transcribe(service, recording: str) -> dict:
    return _switch(
        service, "POST", f"/Recordings/{recording}/Transcriptions", transcription_text=SAID, status="completed"
    )


def _record_many(service, call: str) -> None:
    other = "CA" + call[2:][::-1]
    _switch(service, "PUT", f"/Calls/{other}", status="in-progress")
    for _ in range(MANY):
        service.client().calls(other).recordings.create()


def _switch(service, method: str, path: str, **body: str) -> dict:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}{path}"
    answer = requests.request(method, url, json=body, auth=service.credentials, timeout=10)
    answer.raise_for_status()
    return answer.json()


def _records(client: Client, service, call: str, folder: Path) -> dict[str, list[dict]]:
    ran = subprocess.run(
        client.command, capture_output=True, text=True, check=False, env=client.variables(service, call, folder)
    )
    if ran.returncode:
        raise ClientError(f"at sync: {ran.stderr.strip()[-1000:]}")
    records: dict[str, list[dict]] = {"accounts": [], "recordings": [], "transcriptions": []}
    for message in map(json.loads, ran.stdout.splitlines()):
        if message["type"] == "RECORD":
            records[message["stream"]].append(message["record"])
    return records


def _recording(account: str, call: str, sid: str) -> dict:
    uri = f"/2010-04-01/Accounts/{account}/Recordings/{sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "call_sid": call,
        "conference_sid": None,
        "channels": 1,
        "duration": 6,
        "price": -0.0025,
        "price_unit": "USD",
        "status": "completed",
        "source": "OutboundAPI",
        "error_code": None,
        "encryption_details": None,
        "uri": f"{uri}.json",
        "subresource_uris": [
            {"subresource": "add_on_results", "uri": f"{uri}/AddOnResults.json"},
            {"subresource": "transcriptions", "uri": f"{uri}/Transcriptions.json"},
        ],
    }


def _transcription(answered: dict) -> dict:
    dates = {key: _iso(parsedate_to_datetime(answered[key])) for key in ("date_created", "date_updated")}
    return answered | dates | {"transcription_text": SAID, "duration": 6, "price": 0.0}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise ClientError(f"at sync: {found}, not {expected}")
