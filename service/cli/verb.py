"""What every verb has: settings as flags, one way to run, and one way to fail."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from service.settings import Settings

Result = TypeVar("Result")
DATABASE = ("data_dir", "database_url")
Flags = str | None
MOST_DAYS = 36500
as_json = click.option("--json", "as_json", is_flag=True, help="For a program to read.")


class Verb(click.Command):
    """Takes the settings named in `takes` as flags, or all. They are looked up late: the program's help is instant."""

    def __init__(self, *words: Any, takes: Sequence[str] | None = None, **more: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*words, **more)
        self._takes = takes
        self._flags: list[click.Parameter] = []

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the verb's own parameters, a flag for each setting, and last the help."""
        if not self._flags:
            from service.settings import Settings

            fields = Settings.model_fields
            self._flags = [
                click.Option([f"--{name.replace('_', '-')}"], help=fields[name].description)
                for name in self._takes or fields
            ]
        *own, the_help = super().get_params(ctx)
        return [*own, *self._flags, the_help]


class WrongSetting(click.ClickException):
    """Wrong use, said without the usage lines: the word at fault may stand in the environment."""

    exit_code = 2


def chosen(flags: dict[str, Flags], *, warns: bool = True) -> "Settings":
    """Return the settings with a verb's flags on top; a wrong one is one sentence and exit status 2.

    `warns`: of variables that are no settings.
    """
    from service.settings import SettingsRefused, read_settings, unknown_variables

    for name, meant in unknown_variables().items() if warns else ():
        click.echo(f"Warning: {name} is no setting{f'; did you mean {meant}?' if meant else ''}", err=True)
    try:
        return read_settings(flags)
    except SettingsRefused as refused:
        raise WrongSetting(str(refused)) from None


def run(
    work: Coroutine[Any, Any, Result], loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> Result:
    """Run to the end; what the program cannot do is one sentence and exit status 1."""
    import asyncpg

    from service.postgres.embedded import ServerRefused
    from service.postgres.migrate import MigrationRefused
    from service.wiring.server import ServiceRefused

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except BrokenPipeError:
        raise  # who read the answer has read enough: click ends quietly
    except (ServerRefused, MigrationRefused, ServiceRefused, asyncpg.PostgresError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        raise click.Abort from None


async def until_told(
    begin: Callable[[asyncio.Future[Result]], Coroutine[Any, Any, None]], greet: Callable[[Result], None]
) -> None:
    """Run what `begin` returns until SIGTERM or SIGINT; `greet` with what it sets its future to."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[Result] = loop.create_future()
    work = asyncio.create_task(begin(ready))

    def stop() -> None:
        # Once: a second signal (a terminal's, beside make's) would cut off what is being finished.
        if not work.cancelling():
            work.cancel()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    work.add_done_callback(lambda _: ready.cancel())
    await asyncio.wait({ready})
    if not ready.cancelled():
        greet(ready.result())
    try:
        await work
    except asyncio.CancelledError:
        click.echo("Stopped.")


class Sid(click.ParamType[str]):
    """A SID with this prefix."""

    def __init__(self, prefix: str) -> None:
        self.name = self._prefix = prefix

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        return f"{self._prefix}…"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from service.application.identifiers import is_sid

        if not is_sid(self._prefix, value):
            self.fail(f"'{value}' is not {self._prefix} and 32 hex digits", param, ctx)
        return value


class Days(click.ParamType[int]):
    """A number of days; `none` is 0."""

    name = "N|none"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "none":
            return 0
        if not value.isdecimal() or not 1 <= int(value) <= MOST_DAYS:
            self.fail(f"'{value}' is neither a number from 1 to {MOST_DAYS} nor none", param, ctx)
        return int(value)
