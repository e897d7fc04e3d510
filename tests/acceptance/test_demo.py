"""The demo, as somebody types it who sees the program for the first time."""

import subprocess
import sys

import soundfile


def test_the_demo_shows_the_trail_the_callback_and_the_files(tmp_path):
    verb = [sys.executable, "-m", "service", "demo", "--to", tmp_path / "out", "--speed", "8"]
    shown = subprocess.run(verb, capture_output=True, text=True, check=True, timeout=120)
    assert shown.stderr == ""
    for word in ("started", "paused", "resumed", "stopped", "completed", "signed as Twilio signs", "RecordingUrl"):
        assert word in shown.stdout
    wav = soundfile.info(tmp_path / "out" / "recording.wav")
    assert (wav.samplerate, wav.channels, wav.subtype) == (8000, 2, "PCM_16")
    assert 35.5 < wav.duration < 37.5
    assert soundfile.info(tmp_path / "out" / "recording.mp3").channels == 2
