"""A process of its own: prints what is said in a WAV as JSON, given the folder of a model and the file.

Without a file it only loads the model. It ends when its standard input does: with the service that started it.
"""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import soxr
from faster_whisper import WhisperModel

from service.transcription.pieces import channels, pieces
from service.transcription.turns import Word, conversation

NICE = 10
BEAM = 5
RATE = 16000
SILENCE_MS, KEPT_MS = 500, 200
"""Silence from this length on is left out, but for so much at each end of what is said."""


def load(model: Path) -> WhisperModel:
    return WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1)


def words(model: WhisperModel, wav: Path) -> Iterator[Word]:
    """Hear each channel on its own: two voices at once are not told apart in a mix."""
    for channel in range(channels(wav)):
        for begin, piece, rate in pieces(wav, channel):
            heard, _ = model.transcribe(
                soxr.resample(piece.astype(np.float32) / 32768, rate, RATE),
                beam_size=BEAM,
                vad_filter=True,
                vad_parameters={"min_silence_duration_ms": SILENCE_MS, "speech_pad_ms": KEPT_MS},
                word_timestamps=True,
                condition_on_previous_text=False,  # what was misheard once would be heard again and again
            )
            for segment in heard:
                for word in segment.words:
                    yield Word(channel=channel, start=begin + word.start, end=begin + word.end, text=word.word)


def _end_with_the_service() -> None:
    sys.stdin.read()
    os._exit(1)


def main(model: Path, wav: Path | None = None) -> None:
    os.nice(NICE)
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    loaded = load(model)
    if wav is not None:
        sys.stdout.buffer.write(orjson.dumps(conversation(words(loaded, wav))))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
