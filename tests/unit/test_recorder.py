"""Sound that cannot be written at once: kept while memory can, else counted and on record; other calls go on."""

import asyncio
import errno
import os
import tracemalloc

import pytest
import structlog

from facts import AC
from recording import AT, FULL, METADATA, PATTERN, TICK, Studio, call, sid
from service.domain.commands import PauseRecording, ResumeRecording
from service.domain.events import RecordingDamaged, RecordingStopped
from service.domain.values import DamageCause, PauseBehavior, StopCause
from service.media.capturing import recorder
from service.media.capturing.capture import Frame
from service.media.capturing.memory import OVERHEAD

HELD_BACK = 0.2
"""What is held back at the end, in seconds."""


def said(begin: float, end: float) -> bytes:
    return PATTERN[round(begin * 8000) : round(end * 8000)]


async def test_a_disk_that_is_full_for_a_while_costs_nothing(tmp_path):
    studio = Studio(tmp_path)
    await studio.record(1)
    await studio.go_on([1], 2)
    studio.disk.refusing[sid(1)] = FULL
    await studio.go_on([1], 20)
    del studio.disk.refusing[sid(1)]
    await studio.go_on([1], 2)
    await studio.stop(1)
    await studio.wait(2)
    assert [type(event) for event in await studio.events(1)][2:] == []
    assert studio.captured == [sid(1)]
    assert (studio.kept(1), studio.kept(1, "outbound")) == (said(0, 24), said(0, 24))
    assert studio.memory.used == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EFBIG])
async def test_a_disk_that_stays_full_ends_the_recording_with_what_it_has_and_no_other(tmp_path, number):
    studio = Studio(tmp_path)
    for one in (1, 2):
        await studio.record(one)
    await studio.go_on([1, 2], 5)
    studio.disk.refusing[sid(1)] = number
    await studio.go_on([1, 2], 35)
    _, damaged, stopped = await studio.events(1)
    assert (damaged.cause, damaged.detail) == (DamageCause.DISK, os.strerror(number))
    assert 29_000 <= damaged.lost <= 31_000
    assert stopped == RecordingStopped(cause=StopCause.MEDIA_LOST, position=round((5 - HELD_BACK) * 1000))
    assert studio.captured == [sid(1)]
    await studio.stop(2)
    await studio.wait(1)
    assert (studio.kept(1), studio.kept(2)) == (said(0, 5 - HELD_BACK), said(0, 40))
    assert len(await studio.events(2)) == 2
    assert studio.memory.used == 0


async def test_what_is_refused_at_the_end_of_a_call_is_tried_again_before_it_is_finished(tmp_path):
    studio = Studio(tmp_path, disk_retry=10)
    for one in (1, 2):
        await studio.record(one)
    await studio.go_on([1, 2], 2)
    studio.disk.refusing |= {sid(1): FULL, sid(2): FULL}
    await studio.go_on([1, 2], 1)
    for one in (1, 2):
        await studio.stop(one)
    await studio.wait(5)
    assert studio.captured == []
    del studio.disk.refusing[sid(1)]
    await studio.wait(2)
    assert (studio.captured, studio.kept(1), len(await studio.events(1))) == ([sid(1)], said(0, 3), 2)
    await studio.wait(5)
    lost = RecordingDamaged(cause=DamageCause.DISK, lost=1200, detail=os.strerror(FULL))
    assert (await studio.events(2))[2:] == [lost]
    assert studio.captured == [sid(1), sid(2)]


async def test_nothing_is_finished_before_the_database_takes_what_was_lost(tmp_path):
    studio = Studio(tmp_path, disk_retry=1)
    await studio.record(1)
    await studio.go_on([1], 1)
    studio.disk.refusing[sid(1)] = FULL
    studio.log.is_out = True
    await studio.go_on([1], 10)
    assert (studio.captured, len(await studio.events(1))) == ([], 1)
    studio.log.is_out = False
    await studio.go_on([1], 1)
    assert [type(event) for event in (await studio.events(1))[1:]] == [RecordingDamaged, RecordingStopped]
    assert studio.captured == [sid(1)]


async def test_what_could_not_be_synced_is_written_again(tmp_path):
    studio = Studio(tmp_path)
    await studio.record(1)
    await studio.go_on([1], 2)
    studio.disk.not_syncing[sid(1)] = errno.EIO
    await studio.go_on([1], 3)
    (track,) = tmp_path.glob("spool/*/*/inbound.ulaw")
    with track.open("r+b") as file:
        file.truncate(2 * 8000)  # as a disk may lose what it never said was safe
    studio.disk.not_syncing.clear()
    await studio.go_on([1], 2)
    await studio.stop(1)
    await studio.wait(1)
    assert (studio.kept(1), len(await studio.events(1))) == (said(0, 7), 2)


async def test_a_file_that_hangs_holds_up_no_other(tmp_path):
    studio = Studio(tmp_path)
    for one in (1, 2):
        await studio.record(one)
    studio.disk.hanging.add(sid(1))
    with structlog.testing.capture_logs() as lines:
        await studio.go_on([1, 2], 10)
    assert studio.kept(2) == said(0, 10 - HELD_BACK)
    assert [line["event"] for line in lines] == ["capture.hangs"]
    studio.disk.freed.set()
    await studio.stop(1)
    while not studio.captured:
        await studio.wait(TICK)
    assert (studio.kept(1), len(await studio.events(1))) == (said(0, 10), 2)


async def test_a_minute_of_a_stuck_disk_stays_in_bounds_and_the_loss_is_counted_and_on_record(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "WRITE_SECONDS", 0.01)
    calls, bound = list(range(1, 51)), 8 << 20
    studio = Studio(tmp_path, memory=bound)
    for one in calls:
        await studio.record(one)
    await studio.go_on(calls, 2)
    studio.disk.hanging |= {sid(one) for one in calls}
    with structlog.testing.capture_logs() as lines:
        for _ in range(300):
            await studio.go_on(calls, TICK)
            assert studio.memory.used <= bound
    studio.disk.hanging.clear()
    studio.disk.freed.set()
    monkeypatch.undo()
    await studio.go_on(calls, 4)
    async with asyncio.timeout(300):
        while studio.memory.used:
            await studio.wait(TICK)
            await asyncio.sleep(0.01)
    await studio.wait(6)
    counted, length = 0, 66 * 8000
    for one in calls:
        _, *damaged = await studio.events(one)
        lost = sum(event.lost for event in damaged)
        counted += lost
        assert {event.cause for event in damaged} == {DamageCause.MEMORY}
        kept = studio.kept(one)
        gaps = [at for at in range(0, length, 160) if kept[at : at + 160] == bytes(160)]
        assert len(gaps) * 20 == lost
        assert all(kept[at : at + 160] == PATTERN[at : at + 160] for at in set(range(0, length, 160)) - set(gaps))
        assert len(kept) == length
    assert counted == studio.recorder.toll.lost_ms[DamageCause.MEMORY]
    losses = [line for line in lines if line["event"] == "capture.lost"]
    assert 0 < len(losses) <= 62
    assert studio.recorder.toll.lost_ms[DamageCause.DISK] == 0


def test_what_a_frame_is_said_to_cost_is_no_less_than_it_does():
    tracemalloc.start()
    frames = [Frame(at * 160 + 300, "inbound", PATTERN[at : at + 160]) for at in range(10_000)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(frames) <= 160 + OVERHEAD


async def test_one_call_that_hangs_cannot_take_the_room_of_the_others(tmp_path):
    studio = Studio(tmp_path, memory=1 << 20)
    for one in (1, 2):
        await studio.record(one)
    studio.disk.hanging.add(sid(1))
    await studio.go_on([1, 2], 90)
    await studio.stop(2)
    await studio.wait(1)
    assert studio.recorder.toll.lost_ms[DamageCause.MEMORY] > 10_000
    assert (studio.kept(2), len(await studio.events(2))) == (said(0, 90), 2)
    studio.disk.freed.set()


@pytest.mark.parametrize("behavior", PauseBehavior)
async def test_what_waits_is_cut_again_when_a_pause_becomes_known_late(tmp_path, behavior):
    studio = Studio(tmp_path)
    await studio.record(1)
    studio.disk.refusing[sid(1)] = FULL
    await studio.go_on([1], 10)
    pause = PauseRecording(sid=sid(1), at=AT, behavior=behavior, position=3000)
    await studio.handler.handle(AC, pause, METADATA)
    await studio.handler.handle(AC, ResumeRecording(sid=sid(1), at=AT, position=6000), METADATA)
    studio.disk.refusing.clear()
    await studio.go_on([1], 2)
    assert all(end <= 24_000 or begin >= 48_000 for begin, end in studio.disk.written[sid(1)])
    assert studio.kept(1) == said(0, 3) + bytes(24_000) + said(6, 12 - HELD_BACK)


async def test_what_memory_has_no_room_for_while_a_decision_takes_long_is_on_record_but_for_the_pause(tmp_path):
    studio = Studio(tmp_path, memory=1 << 18)
    await studio.record(1)
    await studio.go_on([1], 1)
    with studio.live.hold(AC, call(1)) as position:
        await studio.go_on([1], 20)
        pause = PauseRecording(sid=sid(1), at=AT, behavior=PauseBehavior.SILENCE, position=position)
        await studio.handler.handle(AC, pause, METADATA)
        await studio.handler.handle(AC, ResumeRecording(sid=sid(1), at=AT, position=16_000), METADATA)
    await studio.wait(6)
    _, _, _, damaged = await studio.events(1)
    assert damaged == RecordingDamaged(cause=DamageCause.MEMORY, lost=5000, detail=recorder.NO_MEMORY)
    assert studio.kept(1) == said(0, 1)


async def test_a_recording_goes_on_from_a_spool_that_a_crash_left_without_its_origin(tmp_path):
    before = Studio(tmp_path)
    await before.record(1)
    await before.go_on([1], 3)
    folder = tmp_path / "spool" / AC / sid(1)
    (folder / "origin").write_text("")
    after = Studio(tmp_path)
    after.log, after.handler.store, after.now = before.log, before.log, 3.0
    after.live.follow(AC, sid(1), await after.handler.load(AC, sid(1)))
    await after.go_on([1], 2)
    torn = RecordingDamaged(cause=DamageCause.SPOOL, lost=None, detail="where it begins was not readable")
    assert (await after.events(1))[1:] == [torn]
    assert (folder / "origin").read_text() == "0"


async def test_the_end_of_the_service_puts_on_record_what_the_disk_did_not_take(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "LAST_SECONDS", 0.5)
    studio = Studio(tmp_path)
    for one in (1, 2, 3):
        await studio.record(one)
    studio.disk.refusing[sid(1)] = FULL
    studio.disk.hanging.add(sid(2))
    await studio.go_on([1, 2, 3], 3)
    await studio.recorder._last()
    details = [event.detail for one in (1, 2, 3) for event in (await studio.events(one))[1:]]
    assert details == [os.strerror(FULL), "the disk did not answer"]
    assert studio.kept(3) == said(0, 3)
    studio.disk.freed.set()
