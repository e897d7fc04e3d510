"""Finish a recording that sounds in its second, middle and last but one second; say what that took and what it made.

Run as a program, so that its memory is its own: `python tests/long.py FOLDER SECONDS CHANNELS`.
"""

import resource
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import orjson

from facts import AC, RE, started
from service.domain.events import RecordingStopped
from service.domain.recording import fold
from service.domain.values import StopCause
from service.media.finish import Job, Rate, Rules, finish
from service.media.spool import Piece, Spool
from speaker import ulaw

SOUND = (8000 * np.sin(np.arange(8000) / 3)).astype(np.int16)
"""One second."""


def main(folder: Path, seconds: int, channels: int) -> None:
    spool, said = Spool(folder, AC, RE), ulaw(SOUND)
    spool.begin(0)
    for at in (1, seconds // 2, seconds - 2):
        spool.write([Piece(source="inbound", offset=at * len(SOUND), sound=said)])
    stopped = RecordingStopped(cause=StopCause.API, position=seconds * 1000)
    state = fold([started(conference=channels == 1, trim="trim-silence"), stopped])
    rate, rules = Rate(per_minute=Decimal(0), unit="USD"), Rules(shortest=0.1, silent_below=-60.0, keep_silent=True)
    facts = finish(Job(account_sid=AC, sid=RE, state=state, data_dir=folder, rate=rate, rules=rules))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.buffer.write(orjson.dumps({"samples": facts.samples, "size": facts.size, "most_kb": most}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
