"""Several processes that serve as one, at one port, on one database and data folder; begun again when they die."""

import asyncio
import multiprocessing
import signal
import socket
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import structlog
import uvloop

from service.media.finishing.workers import die_with_parent
from service.settings import Settings
from service.wiring.logs import configure_logs
from service.wiring.metering import forget_pauses
from service.wiring.process import not_served, serve_one, url_of
from service.wiring.server import ServiceRefused
from service.wiring.sound import Place

AGAIN_SECONDS = 1.0
"""Between the death of a process and the next: one that cannot start must not spin."""
LONGEST_END_SECONDS = 60.0
_log = structlog.get_logger()


async def serve_together(settings: Settings, dsn: str, answering: asyncio.Future[str]) -> None:
    """Keep `settings.workers` processes serving until cancelled; `answering` is set to the URL when all answer."""
    with _reserved(settings) as port:
        chosen = settings.model_copy(
            update={
                "port": port.getsockname()[1],
                "database_connections": max(2, settings.database_connections // settings.workers),
            }
        )
        names = tuple(map(str, range(settings.workers)))
        places = [Place(name=name, names=names, finishes=name == "0", is_first=name == "0") for name in names]
        seats = [_Seat(chosen, dsn, place) for place in places]
        keeping: list[asyncio.Task[None]] = []
        try:
            for seat in seats:
                keeping.append(asyncio.create_task(seat.keep()))
                await _first_of(seat.answers, keeping[-1])
            answering.set_result(url_of(settings.host, chosen.port))
            await asyncio.Event().wait()
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.wait(keeping)


def _reserved(settings: Settings) -> socket.socket:
    """Return a socket that holds the port for all of them. Raises ServiceRefused when it is another's."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    probe, port = socket.socket(family), socket.socket(family)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Without sharing: another service's shared port must not become ours.
        probe.bind((settings.host, settings.port))
        found = probe.getsockname()[1]
        probe.close()
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        port.bind((settings.host, found))
    except OSError as error:
        port.close()
        raise not_served(settings, error) from error
    finally:
        probe.close()
    return port


class _Seat:
    """One of the processes, and the next one in its place when it dies."""

    def __init__(self, settings: Settings, dsn: str, place: Place) -> None:
        self._settings = settings
        self._dsn = dsn
        self._place = place
        self.answers = asyncio.Event()

    async def keep(self) -> None:
        context = multiprocessing.get_context("spawn")
        while True:
            told, tells = context.Pipe(duplex=False)
            process = context.Process(target=_serve, args=(self._settings, self._dsn, self._place, tells))
            process.start()
            tells.close()
            try:
                await _readable(told.fileno())
                refusal = _refusal(told)
                if refusal is None:
                    self.answers.set()
                await _readable(process.sentinel)
            finally:
                await _end(process)
                forget_pauses(self._settings, process.pid or 0)
            if not self.answers.is_set():
                raise ServiceRefused(refusal)
            _log.error("process.died", name=self._place.name, status=process.exitcode, refused=refusal)
            # What is put right once is put right: others serve by now.
            self._place = replace(self._place, is_first=False)
            await asyncio.sleep(AGAIN_SECONDS)


async def _first_of(answers: asyncio.Event, keeping: asyncio.Task[None]) -> None:
    """Wait until a process answers. Raises ServiceRefused when it cannot."""
    answering = asyncio.create_task(answers.wait())
    await asyncio.wait({answering, keeping}, return_when=asyncio.FIRST_COMPLETED)
    answering.cancel()
    if keeping.done():
        await keeping


def _refusal(told: Connection) -> str | None:
    """Return why a process cannot serve; None when it answers."""
    try:
        said: str | None = told.recv()
    except EOFError:
        return "a process ended before it answered; the log says more"
    return said


async def _readable(fileno: int) -> None:
    """Wait until there is something to read; a process's sentinel is at its end."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(fileno, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(fileno)


async def _end(process: SpawnProcess) -> None:
    """Tell a process to stop, and wait until what it had under way is finished."""
    process.terminate()
    try:
        async with asyncio.timeout(LONGEST_END_SECONDS):
            await _readable(process.sentinel)
    except TimeoutError:
        process.kill()
    process.join()


def _serve(settings: Settings, dsn: str, place: Place, tells: Connection) -> None:
    """Be one of the processes: the target that is spawned."""
    die_with_parent()
    configure_logs(settings.log_format, settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_told(settings, dsn, place, tells))


async def _until_told(settings: Settings, dsn: str, place: Place, tells: Connection) -> None:
    loop = asyncio.get_running_loop()
    answering: asyncio.Future[str] = loop.create_future()

    def tell(found: asyncio.Future[str]) -> None:
        if not found.cancelled():
            tells.send(None)

    answering.add_done_callback(tell)
    serving = asyncio.create_task(serve_one(settings, dsn, place, answering))
    loop.add_signal_handler(signal.SIGTERM, lambda: serving.cancelling() or serving.cancel())
    # A terminal's Ctrl-C reaches all of them: the parent says when.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    try:
        await serving
    except asyncio.CancelledError:
        return
    except Exception as error:
        if not answering.done():
            tells.send(str(error) or type(error).__name__)
        raise
