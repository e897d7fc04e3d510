"""Short makers of events and commands."""

from datetime import UTC, datetime

from service.domain.account import AccountHeld, AccountReleased, RetentionSet
from service.domain.commands import (
    Command,
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
from service.domain.events import (
    Callback,
    Event,
    RecordingAbsent,
    RecordingCompleted,
    RecordingDamaged,
    RecordingDelayed,
    RecordingDeleted,
    RecordingHeld,
    RecordingPaused,
    RecordingRefused,
    RecordingReleased,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from service.domain.values import (
    DamageCause,
    DelayCause,
    HeldRequest,
    HoldScope,
    PauseBehavior,
    Source,
    Status,
    StopCause,
    Track,
    Trim,
)

AT = datetime(2026, 11, 22, 21, 10, 22, 123456, tzinfo=UTC)
AC = "AC" + "a" * 32
CA = "CA" + "b" * 32
CF = "CF" + "c" * 32
RE = "RE" + "d" * 32


def started(*, conference: bool = False, trim: str = "do-not-trim") -> RecordingStarted:
    return RecordingStarted(
        call_sid=None if conference else CA,
        conference_sid=CF if conference else None,
        source=Source.CONFERENCE if conference else Source.START_CALL_RECORDING_API,
        channels=1 if conference else 2,
        track=Track.BOTH,
        trim=Trim(trim),
        callback=Callback(url="https://example.com/cb?x=1", method="POST", events=("completed", "absent"), host=None),
        position=0,
        public_url="http://localhost:8080",
    )


PAUSED = RecordingPaused(behavior=PauseBehavior.SKIP, position=5000)
RESUMED = RecordingResumed(position=10000)
STOPPED = RecordingStopped(cause=StopCause.API, position=20000)
DAMAGED = RecordingDamaged(cause=DamageCause.DISK, lost=2500, detail="No space left on device")
DELAYED = RecordingDelayed(cause=DelayCause.STORE, detail="s3://bucket does not answer")
COMPLETED = RecordingCompleted(
    duration=15,
    samples=120000,
    sample_rate=8000,
    channels=2,
    size=480044,
    sha256="0" * 64,
    price="-0.0025",
    price_unit="USD",
    peaks=(),
    peak_samples=0,
    media_url=None,
    encryption=None,
)
ABSENT = RecordingAbsent(error_code=16101)
DELETED = RecordingDeleted()
HELD = RecordingHeld(reference="2026/0042-K")
RELEASED = RecordingReleased()
REFUSED = RecordingRefused(request=HeldRequest.DELETE, under=HoldScope.RECORDING, hold=4)
ACCOUNT_HELD = AccountHeld(reference="2026/0042-K")
ACCOUNT_RELEASED = AccountReleased()
RETENTION_SET = RetentionSet(delete_after_days=90)

START = StartRecording(sid=RE, at=AT, facts=started())
PAUSE = PauseRecording(sid=RE, at=AT, behavior=PauseBehavior.SKIP, position=5000)
RESUME = ResumeRecording(sid=RE, at=AT, position=10000)
STOP = StopRecording(sid=RE, at=AT, cause=StopCause.API, position=20000)
DAMAGE = DamageRecording(sid=RE, at=AT, facts=DAMAGED)
DELAY = DelayRecording(sid=RE, at=AT, facts=DELAYED)
COMPLETE = CompleteRecording(sid=RE, at=AT, facts=COMPLETED)
MARK_ABSENT = MarkRecordingAbsent(sid=RE, at=AT, error_code=16101)
DELETE = DeleteRecording(sid=RE, at=AT)
HOLD = HoldRecording(sid=RE, at=AT, reference="2026/0042-K")
RELEASE = ReleaseRecording(sid=RE, at=AT)
PURGE = PurgeRecording(sid=RE, at=AT)

LIFE: tuple[Command, ...] = (START, PAUSE, RESUME, STOP, DAMAGE, DELAY, COMPLETE, MARK_ABSENT, DELETE)
COMMANDS: tuple[Command, ...] = (*LIFE, HOLD, RELEASE, PURGE)

HISTORY: dict[Status, tuple[Event, ...]] = {
    Status.NOT_STARTED: (),
    Status.IN_PROGRESS: (started(),),
    Status.PAUSED: (started(), PAUSED),
    Status.STOPPED: (started(), STOPPED),
    Status.COMPLETED: (started(), STOPPED, COMPLETED),
    Status.ABSENT: (started(), STOPPED, ABSENT),
    Status.DELETED: (started(), STOPPED, COMPLETED, DELETED),
}
