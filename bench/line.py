"""Telephone lines: a process that streams many calls in real time, as Twilio Media Streams does, at little cost.

  python -m bench.line ws://HOST:PORT/v1/MediaStream AUTHORIZATION ACCOUNT FIRST STREAMS SECONDS RECORD PAUSE

Both tracks, 20 ms a frame, each frame a message of its own; the second track half a frame after the first. PAUSE are
the seconds from one start to the next. Prints one JSON line: when it began, when it ended, and by how much a frame was
sent late at most.
"""

import base64
import io
import json
import os
import socket
import sys
import time
from urllib.parse import urlsplit

import soundfile

FRAME = 160
FRAME_SECONDS = 0.02
TRACKS = ("inbound", "outbound")
START = {"tracks": list(TRACKS), "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}
SHORT, LONG = 126, 1 << 16


def call_sid(number: int) -> str:
    return f"CA{number:032x}"


def spoken(track: str) -> bytes:
    """Return what a side says, as μ-law; it is said over and over."""
    samples, _ = soundfile.read(f"service/demo/{'caller' if track == 'inbound' else 'agent'}.wav", dtype="int16")
    file = io.BytesIO()
    soundfile.write(file, samples[: len(samples) // FRAME * FRAME], 8000, format="RAW", subtype="ULAW")
    return file.getvalue()


def begin_of(number: int) -> int:
    """Return the frame with which a call begins: no two say the same at once."""
    return number * 37


def message(said: bytes) -> bytes:
    """Return a masked text frame (RFC 6455 §5.2). The mask is zero: unmasking costs the reader the same."""
    length = bytes([0x80 | len(said)]) if len(said) < SHORT else bytes([0x80 | SHORT]) + len(said).to_bytes(2)
    return b"\x81" + length + bytes(4) + said


class Line:
    def __init__(self, url: str, authorization: str, account: str, number: int, record: str) -> None:
        at = urlsplit(url)
        self.socket = socket.create_connection((at.hostname, at.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {at.path} HTTP/1.1\r\nHost: {at.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: {authorization}\r\n\r\n".encode()
        )
        assert b" 101 " in self.socket.recv(4096)
        self.sid = f"MZ{number:032x}"
        self.first = begin_of(number)
        parameters = {"Record": record, "RecordingChannels": "dual"}
        said = {**START, "accountSid": account, "callSid": call_sid(number), "customParameters": parameters}
        self.start = message(json.dumps({"event": "start", "streamSid": self.sid, "start": said}).encode())

    def stop(self) -> None:
        self.socket.sendall(message(json.dumps({"event": "stop", "streamSid": self.sid, "stop": {}}).encode()))

    def wait(self) -> None:
        self.socket.settimeout(60)
        while self.socket.recv(4096):
            pass


def main() -> None:
    url, authorization, account, first, streams, seconds, record, pause = sys.argv[1:]
    numbers = range(int(first), int(first) + int(streams))
    payloads = [_payloads(spoken(track)) for track in TRACKS]
    lines = [Line(url, authorization, account, number, record) for number in numbers]
    began = time.time()
    for line in lines:
        line.socket.sendall(line.start)
        time.sleep(float(pause))
    latest = _play(lines, payloads, round(float(seconds) / FRAME_SECONDS))
    ended = time.time()
    for line in lines:
        line.stop()
    for line in lines:
        line.wait()
    print(json.dumps({"began": began, "ended": ended, "late_ms": round(latest * 1000, 1)}), flush=True)


def _payloads(coded: bytes) -> list[bytes]:
    return [base64.b64encode(coded[at : at + FRAME]) for at in range(0, len(coded), FRAME)]


def _play(lines: list[Line], payloads: list[list[bytes]], frames: int) -> float:
    """Send every line's frames, spread over each 20 ms; return how late one was at most, in seconds."""
    began, latest, step = time.perf_counter(), 0.0, FRAME_SECONDS / 2 / len(lines)
    texts = [
        f'{{"event":"media","sequenceNumber":"4","media":{{"track":"{track}","chunk":"2","timestamp":"'
        for track in TRACKS
    ]
    ends = [f'"}},"streamSid":"{line.sid}"}}'.encode() for line in lines]
    for number in range(frames):
        for half, (text, said) in enumerate(zip(texts, payloads, strict=True)):
            head = f'{text}{number * 20}","payload":"'.encode()
            due = began + (number + half / 2) * FRAME_SECONDS
            for index, line in enumerate(lines):
                wait = due + index * step - time.perf_counter()
                if wait > 0.001:  # noqa: PLR2004 - less is not worth a sleep
                    time.sleep(wait)
                line.socket.sendall(message(head + said[(line.first + number) % len(said)] + ends[index]))
            latest = max(latest, time.perf_counter() - due - FRAME_SECONDS / 2)
    return latest


if __name__ == "__main__":
    main()
