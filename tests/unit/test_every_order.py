"""Every order of commands, against a model that knows nothing of the table."""

from hypothesis import given, settings
from hypothesis import strategies as st

from facts import (
    COMMANDS,
    COMPLETE,
    DAMAGE,
    DELAY,
    DELETE,
    HOLD,
    MARK_ABSENT,
    PAUSE,
    PURGE,
    RELEASE,
    RESUME,
    START,
    STOP,
)
from service.domain.commands import Command
from service.domain.events import Event
from service.domain.recording import decide, fold
from service.domain.refusals import Refusal


class Model:
    """A recorder with five switches, as one would explain it."""

    def __init__(self) -> None:
        self.exists = self.running = self.muted = self.deleted = self.held = False
        self.purge_refused = False
        self.result: str | None = None

    def accepts(self, command: Command) -> bool:
        active = self.running
        waiting = self.exists and not active and self.result is None
        return {
            id(START): not self.exists,
            id(PAUSE): active,
            id(RESUME): active,
            id(STOP): active,
            id(DAMAGE): active or waiting,
            id(DELAY): waiting,
            id(COMPLETE): waiting,
            id(MARK_ABSENT): active or waiting,
            id(DELETE): self.result == "completed" and not self.deleted,
            id(HOLD): self.exists,
            id(RELEASE): self.exists,
            id(PURGE): self.deleted,
        }[id(command)]

    def apply(self, command: Command) -> None:
        if command is START:
            self.exists = self.running = True
        elif command is PAUSE or command is RESUME:
            self.muted = command is PAUSE
        elif command is DAMAGE or command is DELAY:
            return  # noted, and no more
        elif command is DELETE:
            self.deleted = not self.held
        elif command is HOLD or command is RELEASE:
            self.purge_refused = self.purge_refused and command is HOLD
            self.held = command is HOLD
        elif command is PURGE:
            self.purge_refused = self.held
        else:
            self.running = False
            self.result = {id(COMPLETE): "completed", id(MARK_ABSENT): "absent"}.get(id(command))

    def notes(self, command: Command) -> bool:
        """Say whether a command leaves an event although the status stays."""
        return {
            id(HOLD): not self.held,
            id(RELEASE): self.held,
            id(DELETE): self.held,
            id(PURGE): self.held and not self.purge_refused,
        }.get(id(command), False)

    @property
    def status(self) -> str:
        if not self.exists:
            return "not-started"
        if self.deleted:
            return "deleted"
        if self.running:
            return "paused" if self.muted else "in-progress"
        return self.result or "stopped"


@settings(max_examples=500)
@given(st.lists(st.sampled_from(COMMANDS), max_size=25))
def test_the_decider_agrees_with_the_model(commands: list[Command]) -> None:
    events: list[Event] = []
    model = Model()
    for command in commands:
        state = fold(events)
        try:
            decided = decide(state, command)
        except Refusal:
            assert not model.accepts(command)
            continue
        assert model.accepts(command)
        noted = command is DAMAGE or (command is DELAY and not state.delays) or model.notes(command)
        events += decided
        model.apply(command)
        after = fold(events)
        assert after.status == model.status
        assert after.version == len(events)
        assert bool(decided) == (after.status != state.status or noted)
