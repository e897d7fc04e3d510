"""Finishing in processes of its own: whichever is killed, the recording is finished, and the log says why late."""

import io
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import pytest
import requests
import soundfile

from listener import causes, download, own_api
from running import Running, alone
from service.media.finishing.workers import NICENESS
from service.postgres.embedded import EmbeddedServer
from speaker import speech

CALL = "CA" + "1" * 32


def long_wav(minutes: int) -> bytes:
    said = np.tile(np.stack([speech("agent", 30), speech("caller", 30)], axis=1), (2 * minutes, 1))
    buffer = io.BytesIO()
    soundfile.write(buffer, said, 8000, format="WAV", subtype="ULAW")
    return buffer.getvalue()


def uploaded(service, wav: bytes) -> str:
    assert own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"}).status_code == 201
    sid = service.client().calls(CALL).recordings.create(recording_channels="dual").sid
    assert own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav).status_code == 202
    return sid


def encoding(process: psutil.Process) -> psutil.Process:
    """Return the process below `process` that encodes: the one whose turn comes last."""
    deadline = time.monotonic() + 20
    while True:
        assert time.monotonic() < deadline
        for child in process.children(recursive=True):
            if child.nice() == NICENESS and child.cpu_times().user > 1:
                return child
        time.sleep(0.05)


def completed(service, sid: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(requests.ConnectionError):  # to the process that was killed
            if service.client().recordings(sid).fetch().status == "completed":
                return
        assert time.monotonic() < deadline, causes(service, sid)
        time.sleep(0.2)


@alone
def test_a_worker_killed_while_it_encodes_costs_time_and_nothing_else(service):
    sid = uploaded(service, long_wav(20))
    os.kill(encoding(psutil.Process(service.process.pid)).pid, signal.SIGKILL)
    completed(service, sid, 60)
    assert causes(service, sid) == [
        ("started", None),
        ("stopped", "upload"),
        ("delayed", "worker"),
        ("completed", None),
    ]
    samples, _ = download(service, sid, RequestedChannels="2")
    assert len(samples) == 20 * 60 * 8000


@pytest.mark.parametrize("service", [{"RECORDKEEPER_WORKERS": "2"}], indirect=True)
def test_a_process_killed_while_it_finishes_is_followed_by_another(service):
    sid = uploaded(service, long_wav(20))
    finisher = encoding(psutil.Process(service.process.pid)).parent()
    os.kill(finisher.pid, signal.SIGKILL)
    completed(service, sid, 90)
    assert ("delayed", "worker") in causes(service, sid)
    samples, _ = download(service, sid, RequestedChannels="2")
    assert len(samples) == 20 * 60 * 8000


def test_a_worker_finishes_what_a_killed_service_left(unused_tcp_port):
    with TemporaryDirectory(prefix="recordkeeper-acceptance-") as name:
        Path(name).chmod(0o755)
        with EmbeddedServer(Path(name) / "database") as dsn:
            database = {"RECORDKEEPER_DATABASE_URL": dsn}
            service = Running(Path(name) / "var", unused_tcp_port, database)
            service.start()
            sid = uploaded(service, long_wav(10))
            encoding(psutil.Process(service.process.pid))
            service.end(signal.SIGKILL)
            command = [sys.executable, "-m", "service", "worker", "--data-dir", service.folder]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | database) as worker:
                assert worker.stdout.readline() == f"worker-{worker.pid} works\n"
                deadline = time.monotonic() + 60
                while '"completed"' not in (
                    told := service.verb("events", sid, "--json", "--database-url", dsn).stdout
                ):
                    assert time.monotonic() < deadline, told
                    time.sleep(0.5)
                worker.terminate()
                assert (worker.wait(), worker.stdout.read()) == (0, "Stopped.\n")
            wav = service.folder / "media" / service.credentials[0] / sid / "2.wav"
            assert soundfile.info(wav).frames == 10 * 60 * 8000


def test_a_worker_needs_a_service(tmp_path):
    command = [sys.executable, "-m", "service", "worker", "--data-dir", tmp_path]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"no service runs on {tmp_path}: start `recordkeeper serve` there first" in refused.stderr
