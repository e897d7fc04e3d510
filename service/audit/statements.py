"""The statement that each choice of events takes: only the conditions it has, so that the plan is always the same."""

from typing import Any

from service.audit.choice import EVERYWHERE, PLAIN, EventFilter
from service.postgres.statement import statement

_TIMES = {"occurred_after": "occurred_at >= $?", "occurred_before": "occurred_at <= $?"}
_FIRST = 5
"""The number of the first parameter of a condition: account, positions and limit stand before."""


def compose(chosen: EventFilter, *, newest_first: bool, few: bool) -> tuple[str, list[Any]]:
    """Return the statement and the values of its conditions.

    Of `few` events all are found by what they are, then sorted; others are read in the order of their positions.
    """
    text = statement(__package__, "select_few_events" if few else "select_events")
    conditions = _conditions(chosen, few=few)
    written = "".join(
        f" AND {condition}".replace("$?", f"${at}") for at, (condition, _) in enumerate(conditions, _FIRST)
    )
    return text.replace(":conditions", written).replace(":order", " DESC" if newest_first else ""), [
        value for _, value in conditions
    ]


def _conditions(chosen: EventFilter, *, few: bool) -> list[tuple[str, Any]]:
    found = [(f"{name} = $?", value) for name in PLAIN if (value := getattr(chosen, name)) is not None]
    if chosen.recording_sid is None and (conversation := chosen.call_sid or chosen.conference_sid):
        # By its column alone each event of the account would be looked at: the index holds first events.
        name = "call_sid" if chosen.call_sid else "conference_sid"
        streams = statement(__package__, "select_streams").replace(":conversation", f"{name} = $?")
        found.append((f"recording_sid = ANY (ARRAY({streams}))", conversation))
    if len(chosen.types) == 1 and chosen.types[0] not in EVERYWHERE:
        # The second condition is that of the index.
        found.append(("type = $? AND type NOT IN ('started', 'stopped')", chosen.types[0]))
    elif chosen.types:
        found.append(("type = ANY ($?)", list(chosen.types)))
    for name, condition in _TIMES.items():
        if (moment := getattr(chosen, name)) is not None:
            # `IS TRUE` keeps the planner off the index by time, which would sort the whole range for every batch.
            found.append((condition if few else f"({condition}) IS TRUE", moment))
    return found
