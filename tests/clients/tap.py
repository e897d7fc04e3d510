"""tap-twilio as Singer runs it, on three of its streams; says on stdout what Singer's messages say.

It asks for days that are over, so that what was recorded today comes with tomorrow's run: its clock stands a day ahead.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import singer
import tap_twilio
from tap_twilio import client, streams

FOLDER = Path(os.environ["FOLDER"])
STREAMS = ("accounts", "recordings", "transcriptions")


def point_at(url):
    client.API_URL = url
    waiting = list(streams.STREAMS.values())
    while waiting:
        stream = waiting.pop()
        stream["api_url"] = url
        waiting += stream.get("children", {}).values()


def written(name, document):
    path = FOLDER / name
    path.write_text(json.dumps(document))
    return str(path)


def selected_catalog():
    catalog = tap_twilio.discover().to_dict()
    catalog["streams"] = [stream for stream in catalog["streams"] if stream["stream"] in STREAMS]
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    return catalog


point_at(os.environ["URL"])
now = singer.utils.now
singer.utils.now = lambda: now() + timedelta(days=1)
config = {
    "account_sid": os.environ["ACCOUNT_SID"],
    "auth_token": os.environ["AUTH_TOKEN"],
    "start_date": f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%d}T00:00:00Z",
    "user_agent": "tap-twilio",
}
sys.argv = ["tap-twilio", "--config", written("config", config), "--catalog", written("catalog", selected_catalog())]
tap_twilio.main()
