"""Dispatchers, and a customer whom they call back."""

import time
from ipaddress import ip_network

import pytest

from facts import AC
from receiver import receiver
from service.callbacks.dispatcher import Dispatcher
from service.callbacks.sender import Sender
from service.callbacks.session import open_session

TOKEN = "12345"


@pytest.fixture
async def customer():
    async with receiver() as one:
        yield one


@pytest.fixture
async def session():
    async with open_session([ip_network("127.0.0.0/8")]) as opened:
        yield opened


@pytest.fixture
async def new_dispatcher(database, pool, session):
    await pool.execute("INSERT INTO accounts (sid, friendly_name, auth_token) VALUES ($1, '', $2)", AC, TOKEN)
    made = []

    def new(clock=time.monotonic):
        made.append(Dispatcher(database, Sender(session, now=time.time), clock=clock, jitter=lambda: 0.5))
        return made[-1]

    yield new
    for dispatcher in made:
        await dispatcher.drain()


@pytest.fixture
def dispatcher(new_dispatcher):
    return new_dispatcher()
