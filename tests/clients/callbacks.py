"""Hands every shape of callback, as its receiver saw it, to a library's validator."""

import asyncio
import json
import subprocess
from pathlib import Path

from callback_matrix import TOKEN, captured
from clients.environments import Client, ClientError


async def judge(client: Client, service, call: str, folder: Path) -> list[str]:
    """Return what the validator said, unless it refused one."""
    found = [one.document() for one in await captured()]
    told = json.dumps({"token": TOKEN, "version": client.version, "callbacks": found})
    variables = client.variables(service, call, folder)
    said = await asyncio.to_thread(_judged, client, told, variables)
    if said != f"{len(found)} callbacks accepted":
        raise ClientError(f"at callbacks: {said}, not {len(found)} accepted")
    return [said]


def _judged(client: Client, told: str, variables: dict[str, str]) -> str:
    ran = subprocess.run(client.command, input=told, capture_output=True, text=True, check=False, env=variables)
    if ran.returncode:
        raise ClientError(f"at callbacks: {ran.stderr.strip()[-1000:]}")
    return ran.stdout.strip()
