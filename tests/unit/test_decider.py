"""Every cell of the state machine's table, and the rules no table holds."""

import pytest

from facts import (
    ABSENT,
    COMMANDS,
    COMPLETED,
    DAMAGED,
    DELAY,
    DELAYED,
    DELETE,
    DELETED,
    HISTORY,
    MARK_ABSENT,
    PAUSE,
    PAUSED,
    RESUME,
    RESUMED,
    STOP,
    STOPPED,
    started,
)
from service.domain.commands import (
    CompleteRecording,
    DamageRecording,
    DelayRecording,
    DeleteRecording,
    MarkRecordingAbsent,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from service.domain.recording import fold
from service.domain.refusals import (
    ConferenceRecordingNotStoppable,
    RecordingAlreadyFinished,
    RecordingAlreadyStarted,
    RecordingHasNoAudio,
    RecordingIsDeleted,
    RecordingNotActive,
    RecordingNotCompleted,
    RecordingNotFound,
    RecordingNotStopped,
)
from service.domain.table import TABLE
from service.domain.values import DelayCause, Status, StopCause
from spec import given

UNKNOWN, STARTED = RecordingNotFound, RecordingAlreadyStarted
OVER, RUNNING, FINISHED = RecordingNotActive, RecordingNotStopped, RecordingAlreadyFinished
KEPT, GONE = RecordingNotCompleted, RecordingIsDeleted
UNCHANGED = ()
EXPECTED = {
    #                    start, pause, resume, stop, damage, delay, complete, absent, delete
    Status.NOT_STARTED: ((started(),), *(UNKNOWN,) * 8),
    Status.IN_PROGRESS: (
        STARTED,
        (PAUSED,),
        UNCHANGED,
        (STOPPED,),
        (DAMAGED,),
        RUNNING,
        RUNNING,
        "stopped first",
        KEPT,
    ),
    Status.PAUSED: (STARTED, UNCHANGED, (RESUMED,), (STOPPED,), (DAMAGED,), RUNNING, RUNNING, "stopped first", KEPT),
    Status.STOPPED: (STARTED, OVER, OVER, OVER, (DAMAGED,), (DELAYED,), (COMPLETED,), (ABSENT,), KEPT),
    Status.COMPLETED: (STARTED, OVER, OVER, OVER, FINISHED, FINISHED, FINISHED, FINISHED, (DELETED,)),
    Status.ABSENT: (STARTED, OVER, OVER, OVER, FINISHED, FINISHED, FINISHED, FINISHED, RecordingHasNoAudio),
    Status.DELETED: (STARTED, *(GONE,) * 8),
}
ALSO_STOPPED = type(STOPPED)(cause=StopCause.API, position=None)
CELLS = [
    pytest.param(status, command, cell, id=f"{status}-{type(command).__name__}")
    for status, row in EXPECTED.items()
    for command, cell in zip(COMMANDS, row, strict=True)
]


@pytest.mark.parametrize(("status", "command", "cell"), CELLS)
def test_every_cell(status, command, cell):
    asked = given(*HISTORY[status]).when(command)
    if cell == "stopped first":
        asked.then(ALSO_STOPPED, ABSENT)
    elif isinstance(cell, tuple):
        asked.then(*cell)
    else:
        asked.refused(cell)


def test_the_table_has_no_cell_beyond_these():
    commands = {
        StartRecording,
        PauseRecording,
        ResumeRecording,
        StopRecording,
        DamageRecording,
        DelayRecording,
        CompleteRecording,
        MarkRecordingAbsent,
        DeleteRecording,
    }
    assert {status: set(row) for status, row in TABLE.items()} == dict.fromkeys(Status, commands)


def test_each_history_leads_to_its_status():
    assert {status: fold(events).status for status, events in HISTORY.items()} == {s: s for s in Status}


def test_a_conference_recording_is_not_stopped_on_request():
    given(started(conference=True)).when(STOP).refused(ConferenceRecordingNotStoppable)


def test_a_conference_recording_ends_with_its_conference():
    ended = type(STOP)(sid=STOP.sid, at=STOP.at, cause=StopCause.CALL_ENDED, position=20000)
    stopped = type(STOPPED)(cause=StopCause.CALL_ENDED, position=20000)
    given(started(conference=True)).when(ended).then(stopped)


def test_pauses_are_intervals_closed_by_resume_and_stop():
    state = fold((started(), PAUSED, RESUMED, PAUSED, STOPPED))
    assert [(pause.begin, pause.end, pause.is_open) for pause in state.pauses] == [
        (5000, 10000, False),
        (5000, 20000, False),
    ]


def test_a_completed_recording_is_deleted_once():
    given(*HISTORY[Status.COMPLETED]).when(DELETE).then(DELETED)
    given(*HISTORY[Status.DELETED]).when(DELETE).refused(RecordingIsDeleted)
    given(*HISTORY[Status.COMPLETED]).when(MARK_ABSENT).refused(RecordingAlreadyFinished)
    given(*HISTORY[Status.IN_PROGRESS]).when(RESUME).then()
    given(*HISTORY[Status.PAUSED]).when(PAUSE).then()


def test_a_delay_is_put_on_record_once_of_each_cause():
    given(*HISTORY[Status.STOPPED], DELAYED).when(DELAY).then()
    full = type(DELAYED)(cause=DelayCause.DISK, detail="No space left on device")
    given(*HISTORY[Status.STOPPED], DELAYED).when(type(DELAY)(sid=DELAY.sid, at=DELAY.at, facts=full)).then(full)
