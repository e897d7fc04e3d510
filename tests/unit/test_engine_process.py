"""What the transcription engine is told of where it runs."""

import os

import psutil

from service.transcription.process import engine

SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD", "RECORDKEEPER_SEALING_KEYS", "ANY_TOKEN")


async def test_the_engine_has_no_secret_in_its_environment(tmp_path, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LC_TIME", "C")
    async with engine(tmp_path / "no-model") as process:
        given = psutil.Process(process.pid).environ()
    assert given.keys().isdisjoint(SECRETS)
    assert (given["PATH"], given["LC_TIME"]) == (os.environ["PATH"], "C")
