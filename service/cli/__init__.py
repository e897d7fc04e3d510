"""The verbs of `recordkeeper`. No logic: each reads its words, calls, and shows what came back."""

import click

from service import __version__
from service.cli.accounts import accounts
from service.cli.database import migrate, rebuild
from service.cli.deliveries import deliveries
from service.cli.demo import demo
from service.cli.events import events
from service.cli.export import archive, export
from service.cli.holds import holds
from service.cli.keys import keys
from service.cli.public_keys import public_keys
from service.cli.serve import serve
from service.cli.settings import settings
from service.cli.verify import verify
from service.cli.worker import worker

VERBS = (
    *(serve, worker, demo, accounts, keys, public_keys, holds, events, deliveries, export, archive),
    *(verify, rebuild, migrate, settings),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="recordkeeper")
def main() -> None:
    """Record calls, speak Twilio's Recordings API, keep every fact."""


for verb in VERBS:
    main.add_command(verb)
