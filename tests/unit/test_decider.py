"""Every cell of the state machine's table, and the rules no table holds."""

from dataclasses import replace

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
    HELD,
    HISTORY,
    HOLD,
    MARK_ABSENT,
    PAUSE,
    PAUSED,
    PURGE,
    RELEASE,
    RELEASED,
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
    HoldRecording,
    MarkRecordingAbsent,
    PauseRecording,
    PurgeRecording,
    ReleaseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from service.domain.events import RecordingRefused
from service.domain.recording import fold
from service.domain.refusals import (
    ConferenceRecordingNotStoppable,
    RecordingAlreadyFinished,
    RecordingAlreadyStarted,
    RecordingHasNoAudio,
    RecordingIsDeleted,
    RecordingNotActive,
    RecordingNotCompleted,
    RecordingNotDeleted,
    RecordingNotFound,
    RecordingNotStopped,
)
from service.domain.table import TABLE
from service.domain.values import DelayCause, HeldRequest, HoldScope, Status, StopCause
from spec import given

UNKNOWN, STARTED = RecordingNotFound, RecordingAlreadyStarted
OVER, RUNNING, FINISHED = RecordingNotActive, RecordingNotStopped, RecordingAlreadyFinished
KEPT, GONE = RecordingNotCompleted, RecordingIsDeleted
UNCHANGED = ()
THERE = ((HELD,), UNCHANGED, RecordingNotDeleted)
EXPECTED = {
    #                    start, pause, resume, stop, damage, delay, complete, absent, delete, hold, release, purge
    Status.NOT_STARTED: ((started(),), *(UNKNOWN,) * 11),
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
        *THERE,
    ),
    Status.PAUSED: (
        STARTED,
        UNCHANGED,
        (RESUMED,),
        (STOPPED,),
        (DAMAGED,),
        RUNNING,
        RUNNING,
        "stopped first",
        KEPT,
        *THERE,
    ),
    Status.STOPPED: (STARTED, OVER, OVER, OVER, (DAMAGED,), (DELAYED,), (COMPLETED,), (ABSENT,), KEPT, *THERE),
    Status.COMPLETED: (STARTED, OVER, OVER, OVER, FINISHED, FINISHED, FINISHED, FINISHED, (DELETED,), *THERE),
    Status.ABSENT: (STARTED, OVER, OVER, OVER, FINISHED, FINISHED, FINISHED, FINISHED, RecordingHasNoAudio, *THERE),
    Status.DELETED: (STARTED, *(GONE,) * 8, (HELD,), UNCHANGED, UNCHANGED),
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
        HoldRecording,
        ReleaseRecording,
        PurgeRecording,
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


COMPLETE, GONE_HISTORY = HISTORY[Status.COMPLETED], HISTORY[Status.DELETED]


def refused(request: HeldRequest, under: HoldScope, hold: int) -> RecordingRefused:
    return RecordingRefused(request=request, under=under, hold=hold)


@pytest.mark.parametrize("history", [events for events in HISTORY.values() if events])
def test_a_hold_is_placed_once_and_released_once_and_leaves_the_status(history):
    given(*history, HELD).when(HOLD).then()
    given(*history, HELD).when(RELEASE).then(RELEASED)
    given(*history, HELD, RELEASED).when(RELEASE).then()
    given(*history, HELD, RELEASED).when(HOLD).then(HELD)
    assert fold((*history, HELD)).status == fold((*history, HELD, RELEASED)).status == fold(history).status


def test_every_delete_under_a_hold_is_refused_on_record_until_it_is_released():
    no = refused(HeldRequest.DELETE, HoldScope.RECORDING, 4)
    given(*COMPLETE, HELD).when(DELETE).then(no)
    given(*COMPLETE, HELD, no).when(DELETE).then(no)
    given(*COMPLETE, HELD, no, RELEASED).when(DELETE).then(DELETED)


def test_what_could_not_be_deleted_anyway_is_refused_as_ever():
    given(*HISTORY[Status.STOPPED], HELD).when(DELETE).refused(RecordingNotCompleted)
    given(*GONE_HISTORY, HELD).when(DELETE).refused(RecordingIsDeleted)


def test_the_accounts_hold_refuses_as_the_recordings_own_which_goes_first():
    under = replace(DELETE, account_hold=7)
    given(*COMPLETE).when(under).then(refused(HeldRequest.DELETE, HoldScope.ACCOUNT, 7))
    given(*COMPLETE, HELD).when(under).then(refused(HeldRequest.DELETE, HoldScope.RECORDING, 4))


def test_a_purge_is_refused_on_record_once_a_hold():
    no = refused(HeldRequest.PURGE, HoldScope.RECORDING, 5)
    given(*GONE_HISTORY, HELD).when(PURGE).then(no)
    given(*GONE_HISTORY, HELD, no).when(PURGE).then()
    again = refused(HeldRequest.PURGE, HoldScope.RECORDING, 8)
    given(*GONE_HISTORY, HELD, no, RELEASED, HELD).when(PURGE).then(again)
    accounts = refused(HeldRequest.PURGE, HoldScope.ACCOUNT, 2)
    given(*GONE_HISTORY, HELD, no, RELEASED).when(replace(PURGE, account_hold=2)).then(accounts)
    given(*GONE_HISTORY, accounts).when(replace(PURGE, account_hold=2)).then()
