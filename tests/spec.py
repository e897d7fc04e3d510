"""Given events, when a command, then events or a refusal: the decider's tests as sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from service.domain.commands import Command
from service.domain.events import Event
from service.domain.recording import decide, fold
from service.domain.refusals import Refusal


@dataclass(frozen=True)
class When:
    events: Sequence[Event]
    command: Command

    def then(self, *expected: Event) -> None:
        assert decide(fold(self.events), self.command) == list(expected)

    def refused(self, refusal: type[Refusal]) -> None:
        with pytest.raises(refusal) as raised:
            decide(fold(self.events), self.command)
        assert type(raised.value) is refusal
        assert str(raised.value) == refusal.__doc__


@dataclass(frozen=True)
class Given:
    events: Sequence[Event]

    def when(self, command: Command) -> When:
        return When(self.events, command)


def given(*events: Event) -> Given:
    return Given(events)
