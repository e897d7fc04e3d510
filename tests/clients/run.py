"""Runs clients that cannot stand in the locked environment, unchanged, against the service; one line a client."""

import asyncio
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from clients import callbacks, life, tapped
from clients.environments import Client, ClientError
from running import Running

CLIENTS = (
    *(
        Client("twilio-python", "twilio", version, "Python", "life_old.py")
        for version in ("6.63.2", "7.16.5", "8.13.0")
    ),
    *(Client("twilio-node", "twilio", version, "Node", "life.cjs") for version in ("4.23.0", "6.2.0")),
    Client("tap-twilio", "tap-twilio", "0.2.2", "Python", "tap.py"),
)
VALIDATORS = tuple(replace(client, script="callbacks.cjs") for client in CLIENTS if client.language == "Node")
PLAYS = {"tap.py": tapped.sync, "callbacks.cjs": callbacks.judge}


def run(client: Client, service: Running, number: int) -> bool:
    play = PLAYS.get(client.script, life.live)
    with TemporaryDirectory() as folder:
        try:
            client.set_up()
            outcome = "ok: " + " ".join(asyncio.run(play(client, service, f"CA{number:032x}", Path(folder))))
        except (ClientError, AssertionError, OSError) as error:
            outcome = "FAILED " + (" ".join(str(error).split()) or repr(error))
    sys.stdout.write(f"{client.name:14}{client.version:8}{outcome}\n")
    sys.stdout.flush()
    return outcome.startswith("ok")


def main() -> int:
    with TemporaryDirectory(prefix="recordkeeper-clients-") as name, socket.socket() as free:
        Path(name).chmod(0o755)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        service = Running(Path(name) / "var", port)
        service.start()
        try:
            done = [run(client, service, number) for number, client in enumerate((*CLIENTS, *VALIDATORS), 1)]
        finally:
            ended = service.end(signal.SIGTERM)
        faults = [event for event in service.log_events() if event["level"] in {"error", "critical"}]
    sys.stdout.writelines(f"the service logged {fault}\n" for fault in faults)
    sys.stdout.write(f"{sum(done)} of {len(done)} clients did all they should\n")
    return 0 if all(done) and ended == 0 and not faults else 1


if __name__ == "__main__":
    raise SystemExit(main())
