"""The life of a recording as a chart and a table, drawn from the table that decides it.

`python tests/chart.py` writes docs/state_machine.md anew.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from facts import HISTORY, LIFE  # noqa: E402 - the path above leads there
from service.domain.recording import decide, evolve, fold  # noqa: E402 - the same
from service.domain.refusals import ConferenceRecordingNotStoppable  # noqa: E402 - the same
from service.domain.table import ALLOWED, NO_OP, TABLE  # noqa: E402 - the same
from service.domain.values import Status  # noqa: E402 - the same

PAGE = ROOT / "docs" / "state_machine.md"
INTRODUCTION = """\
# The life of a recording

Drawn from `service/domain/table.py`, and held to it by a test: `python tests/chart.py` writes this page anew.
What a fetch shows: `in-progress`, `paused` and `stopped` are `processing`; the answers to create and update say which.
"""
FOOTNOTE = f"""\
One rule is not in the table, `{ConferenceRecordingNotStoppable.__name__}`: {ConferenceRecordingNotStoppable.__doc__}
A recording that is active when it is marked absent is stopped first: two events.
Hold, release and purge are not in the chart: they change no status. While a recording or its account is under legal
hold, what the table allows of delete and purge comes to the event `refused`. Purge asks whether the row of a deleted
recording may go from the read model; it leaves an event when a hold says no, once a hold. To hold what is held changes
nothing, nor does to release what is not.
"""


def page() -> str:
    return f"{INTRODUCTION}\n{chart()}\n{table()}\n{FOOTNOTE}"


def chart() -> str:
    commands = {type(command): command for command in LIFE}
    lines = ["```mermaid", "stateDiagram-v2"]
    for status, row in TABLE.items():
        for command, verdict in row.items():
            if verdict is ALLOWED and command in commands:
                state = fold(HISTORY[status])
                for event in decide(state, commands[command]):
                    state = evolve(state, event)
                lines.append(f"    {_node(status)} --> {_node(state.status)}: {_words(command)}")
    return "\n".join([*lines, "    deleted --> [*]", "```", ""])


def table() -> str:
    commands = list(TABLE[Status.NOT_STARTED])
    lines = ["| | " + " | ".join(map(_words, commands)) + " |", "|---" * (len(commands) + 1) + "|"]
    for status, row in TABLE.items():
        cells = (f"**{verdict}**" if verdict in {ALLOWED, NO_OP} else verdict.__name__ for verdict in row.values())
        lines.append(f"| {status} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _node(status: Status) -> str:
    return "[*]" if status is Status.NOT_STARTED else status.replace("-", "_")


def _words(command: type) -> str:
    return " ".join(re.findall("[A-Z][a-z]+", command.__name__.replace("Recording", ""))).lower()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
