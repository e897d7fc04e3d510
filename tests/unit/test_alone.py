"""One attempt at a recording at a time."""

import asyncio
import multiprocessing
import time

import pytest

from facts import AC, RE
from service.media.alone import alone
from service.media.finishing.attempt import Attempts, NotYet
from service.media.finishing.finishings import Claim
from service.media.spool import Spool


def test_only_the_first_is_alone_until_it_is_over(tmp_path):
    with alone(tmp_path) as first:
        with alone(tmp_path) as second:
            assert (first, second) == (True, False)
        with alone(tmp_path) as third:
            assert not third
    with alone(tmp_path) as again:
        assert again


def test_where_nothing_is_nobody_is_in_the_way(tmp_path):
    with alone(tmp_path / "none") as first, alone(tmp_path / "none") as second:
        assert (first, second) == (True, True)
    assert not (tmp_path / "none").exists()


def test_the_lock_of_a_process_that_is_killed_is_free_at_once(tmp_path):
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path,))
    holder.start()
    deadline = time.monotonic() + 30
    while not (tmp_path / "held").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with alone(tmp_path) as ours:
        assert not ours
    holder.kill()
    holder.join()
    with alone(tmp_path) as ours:
        assert ours


def _hold(folder) -> None:
    with alone(folder):
        (folder / "held").touch()
        time.sleep(60)


async def test_an_attempt_at_what_another_is_at_is_put_off(tmp_path):
    spool = Spool(tmp_path, AC, RE)
    spool.begin(0)
    attempts = Attempts(None, None, None, None, tmp_path, None, None, None)
    claim = Claim(account_sid=AC, recording_sid=RE, claim_id=None, attempts=2, was_lost=True, is_all=True)
    with alone(spool.folder), pytest.raises(NotYet):
        await asyncio.wait_for(attempts.make(claim), 5)
