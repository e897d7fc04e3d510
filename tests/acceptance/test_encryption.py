"""Recordings encrypted at their account's key: nobody reads them without its private half, and with it anybody can."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from customer import PRIVATE_PEM, PUBLIC_PEM
from listener import CALL, ask, own_api, record
from population import wav
from receiver import receiver

RECIPES = Path(__file__).parents[2] / "docs" / "decryption.md"


def key_file(service, pem: bytes) -> Path:
    path = service.folder.parent / "key.pem"
    path.write_bytes(pem)
    return path


def register(service) -> dict:
    words = ("--account", service.credentials[0], "--file", str(key_file(service, PUBLIC_PEM)), "--json")
    done = service.verb("public-keys", "create", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def keys(service) -> str:
    return service.verb("public-keys", "list", "--account", service.credentials[0], "--json").stdout


def recipe(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", RECIPES.read_text(), re.DOTALL)[1]


def decrypt(service, command: list[str], script: str, details: dict, encrypted: bytes) -> subprocess.CompletedProcess:
    folder = service.folder.parent
    given = {"script": script.encode(), "private.pem": PRIVATE_PEM, "details.json": json.dumps(details).encode()}
    for name, content in (given | {"encrypted.wav": encrypted}).items():
        (folder / name).write_bytes(content)
    words = [folder / name for name in (*given, "encrypted.wav", "recording.wav")]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False)


async def test_a_recording_is_encrypted_told_of_and_decrypted_by_the_documented_recipes(service):
    key = await asyncio.to_thread(register, service)
    assert set(key) == {"sid", "account_sid", "fingerprint", "date_created"}
    async with receiver() as customer:
        told = {"recording_status_callback": customer.url}
        sid = await asyncio.to_thread(record, service, wav(), **told)
        async with asyncio.timeout(20):
            await customer.arrived.wait()
        (callback,) = customer.received
    await asyncio.to_thread(_holds, service, sid, key["sid"], json.loads(callback.fields["EncryptionDetails"]))


def _holds(service, sid: str, key_sid: str, called_back: dict) -> None:
    recording = service.client().recordings(sid).fetch()
    details = recording.encryption_details
    assert (recording.channels, recording.duration) == (1, "2")
    assert called_back == {name: details[name] for name in ("type", "public_key_sid", "encrypted_cek", "iv")}
    assert (details["type"], details["public_key_sid"]) == ("rsa-aes", key_sid)
    (listed,) = service.client().calls(CALL).recordings.list()
    (in_xml,) = ET.fromstring(ask(service, sid, ".xml").content).iter("EncryptionDetails")  # noqa: S314 - our own answer
    assert listed.encryption_details == details
    assert sorted(element.text for element in in_xml) == sorted(details.values())
    encrypted = ask(service, sid, ".wav")
    assert (encrypted.status_code, encrypted.headers["Content-Type"]) == (200, "audio/x-wav")
    assert b"RIFF" not in encrypted.content
    (completed,) = (
        event["data"]
        for event in own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
        if event["type"] == "completed"
    )
    assert (completed["size"], completed["peaks"]) == (len(encrypted.content), [])
    assert [path.name for path in service.folder.glob(f"media/*/{sid}/*")] == ["1.wav"]
    _decrypts(service, [sys.executable], recipe("python"), details, encrypted.content)
    if node := shutil.which("node"):
        _decrypts(service, [node], recipe("js"), details, encrypted.content)


def _decrypts(service, command: list[str], script: str, details: dict, encrypted: bytes) -> None:
    done = decrypt(service, command, script, details, encrypted)
    assert (done.returncode, done.stderr) == (0, "")
    result = service.folder.parent / "recording.wav"
    assert result.read_bytes() == wav()
    result.unlink()
    tampered = encrypted[:1000] + bytes([encrypted[1000] ^ 1]) + encrypted[1001:]
    assert decrypt(service, command, script, details, tampered).returncode != 0
    assert not result.exists()


def test_an_encrypted_recording_is_one_wav_until_the_key_is_retired(service):
    key = register(service)
    sids = {channels: record(service, wav(), recording_channels=channels) for channels in ("mono", "dual")}
    for sid in sids.values():  # an upload in one channel has one, whatever was asked for
        refused = ask(service, sid, ".mp3")
        assert (refused.status_code, ET.fromstring(refused.content)[0].find("Code").text) == (400, "16109")  # noqa: S314
        assert "Please re-request with .wav format" in refused.text
        answers = [ask(service, sid, ".wav", RequestedChannels=channels).status_code for channels in ("1", "2")]
        assert answers == [200, 404]
    part = requests.get(
        f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sids['mono']}.wav",
        headers={"Range": "bytes=10-19"},
        auth=service.credentials,
        timeout=10,
    )
    assert part.content == ask(service, sids["mono"], ".wav").content[10:20]
    retired = service.verb("public-keys", "retire", key["sid"], "--json")
    assert json.loads(retired.stdout) == {"sid": key["sid"], "retired": True}
    assert service.verb("public-keys", "retire", key["sid"]).returncode == 1
    (listed,) = map(json.loads, keys(service).splitlines())
    assert (listed["sid"], listed["fingerprint"]) == (key["sid"], key["fingerprint"])
    assert listed["retired_at"] is not None
    plain = record(service, wav())
    assert service.client().recordings(plain).fetch().encryption_details is None
    assert ask(service, plain, ".mp3").status_code == 200
    assert ask(service, sids["mono"], ".mp3").status_code == 400
    assert service.client().recordings(sids["mono"]).fetch().encryption_details["public_key_sid"] == key["sid"]


def other_key(kind: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "EC" else rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_what_is_no_public_key_is_refused_in_one_sentence(service):
    refused = {
        PRIVATE_PEM: "this is a private key",
        other_key("EC"): "must be an RSA key",
        other_key("RSA"): "must have at least 2048 bits; this has 1024",
        PUBLIC_PEM[:200]: "the public key is damaged",
        b"\xff\x00": "begins with '-----BEGIN PUBLIC KEY-----'",
        b"": "begins with '-----BEGIN PUBLIC KEY-----'",
        None: "cannot be read: No such file or directory",
    }
    for pem, sentence in refused.items():
        file = key_file(service, pem or b"")
        if pem is None:
            file.unlink()
        done = service.verb("public-keys", "create", "--account", service.credentials[0], "--file", str(file))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), pem
        assert sentence in done.stderr
    assert keys(service) == ""


def test_a_public_key_is_an_accounts(service):
    nobody = service.verb(
        "public-keys", "create", "--account", "AC" + "9" * 32, "--file", key_file(service, PUBLIC_PEM)
    )
    assert (nobody.returncode, nobody.stderr) == (1, f"Error: there is no account AC{'9' * 32}\n")
    assert service.verb("public-keys", "create", "--account", service.credentials[0]).returncode == 2
