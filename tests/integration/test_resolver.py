"""Names that are not answered, answered late, or with nothing: each is its own trouble and nobody else's."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from nameserver import AAAA, A, nameserver
from service.callbacks import resolver as module
from service.callbacks.resolver import MOST_OF_A_DOMAIN, BoundedResolver
from service.callbacks.url_guard import ForbiddenTarget

NAMES = {"fine.test": ["192.0.2.1"], "late.test": ["192.0.2.2", "2001:db8::2"], "empty.test": []}


@asynccontextmanager
async def resolving(dns, **options):
    resolver = BoundedResolver(nameservers=[dns.address], **options)
    try:
        yield resolver
    finally:
        await resolver.close()


@pytest.fixture
async def dns():
    async with nameserver(NAMES) as server:
        yield server


def addresses(results):
    return [result["host"] for result in results]


@pytest.mark.parametrize(
    "hanging",
    [
        [f"never-{number}.example{number}.test" for number in range(40)],
        [f"never-{number}.evil.example" for number in range(MOST_OF_A_DOMAIN + 20)],
    ],
    ids=["forty", "more of one domain than it has a share"],
)
async def test_names_that_hang_are_not_in_the_way_of_others(dns, hanging):
    dns.held |= set(hanging)
    async with resolving(dns) as resolver:
        lookups = [asyncio.create_task(resolver.resolve(name)) for name in hanging]
        await asyncio.sleep(0)
        for port in range(5):
            assert addresses(await resolver.resolve("fine.test", port)) == ["192.0.2.1"]
        assert not any(lookup.done() for lookup in lookups)
    assert len([name for name, kind in dns.asked if name in hanging and kind == A]) <= MOST_OF_A_DOMAIN
    await asyncio.gather(*lookups, return_exceptions=True)


async def test_all_who_wait_for_a_name_share_one_query(dns):
    dns.held.add("late.test")
    async with resolving(dns) as resolver:
        lookups = [asyncio.create_task(resolver.resolve("Late.test", port)) for port in range(20)]
        await resolver.resolve("fine.test")
        lookups[0].cancel()
        dns.release()
        found = await asyncio.gather(*lookups[1:])
    assert {tuple(sorted(addresses(each))) for each in found} == {("192.0.2.2", "2001:db8::2")}
    assert [each[0]["port"] for each in found] == list(range(1, 20))
    assert (dns.asked["late.test", A], dns.asked["late.test", AAAA]) == (1, 1)


async def test_a_name_that_is_not_answered_fails_in_time(dns, monkeypatch):
    monkeypatch.setattr(module, "MOST_SECONDS", 0.1)
    dns.held.add("late.test")
    async with resolving(dns) as resolver:
        with pytest.raises(OSError, match="the name has no address"):
            await resolver.resolve("late.test")
        assert addresses(await resolver.resolve("fine.test")) == ["192.0.2.1"]


@pytest.mark.parametrize("name", ["nothing.test", "empty.test", f"{'a' * 64}.test", "a..test"])
async def test_a_name_that_failed_is_not_asked_for_again_at_once(dns, name):
    async with resolving(dns, failure_seconds=3600) as resolver:
        for _ in range(3):
            with pytest.raises(OSError, match="the name has no address"):
                await resolver.resolve(name)
    assert dns.asked[name, A] <= 1


async def test_a_name_that_failed_is_asked_for_again_later(dns):
    async with resolving(dns, failure_seconds=0) as resolver:
        with pytest.raises(OSError, match="the name has no address"):
            await resolver.resolve("nothing.test")
        dns.names["nothing.test"] = ["192.0.2.3"]
        await asyncio.sleep(0.01)
        assert addresses(await resolver.resolve("nothing.test")) == ["192.0.2.3"]


async def test_addresses_that_are_not_permitted_are_left_out_when_others_remain(dns):
    dns.names |= {"mixed.test": ["10.0.0.1", "192.0.2.1"], "inside.test": ["10.0.0.1"]}
    async with resolving(dns, permits=lambda address: address != "10.0.0.1") as resolver:
        assert addresses(await resolver.resolve("mixed.test")) == ["192.0.2.1"]
        assert addresses(await resolver.resolve("inside.test")) == ["10.0.0.1"], "the guard refuses it, with its reason"


async def test_hosts_of_the_system_are_known(dns):
    async with resolving(dns) as resolver:
        assert "127.0.0.1" in addresses(await resolver.resolve("localhost"))


@pytest.mark.parametrize("host", ["0x7f000001", "0x7f.1", "127.0x0.0.0x1", "0177.1.", "0x", "127.0.0.1.."])
async def test_a_number_is_no_name(dns, host):
    async with resolving(dns) as resolver:
        with pytest.raises(ForbiddenTarget, match="the host is a number"):
            await resolver.resolve(host)
    assert dns.asked.total() == 0
