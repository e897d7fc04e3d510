"""A recording's whole life through Twilio's Python library, one line a step.

The sound goes on while it waits for an answer. An old major of the library stands in an environment of its own.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
import twilio
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

URL, CALL, FOLDER = os.environ["URL"], os.environ["CALL"], Path(os.environ["FOLDER"])
CREDENTIALS = (os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"])


def done(step, **facts):
    sys.stdout.write(json.dumps({"step": step, **facts}) + "\n")
    sys.stdout.flush()
    return json.loads(sys.stdin.readline())


def download(uri, extension):
    answer = requests.get(URL + uri.replace(".json", extension), auth=CREDENTIALS, timeout=10)
    answer.raise_for_status()
    (FOLDER / ("recording" + extension)).write_bytes(answer.content)
    return answer.headers["Content-Type"]


client = Client(*CREDENTIALS)
client.api.base_url = URL
done("client", version=twilio.__version__)
recordings = client.calls(CALL).recordings
current = recordings("Twilio.CURRENT")

made = recordings.create(recording_channels="dual", recording_status_callback=os.environ["CALLBACK"])
done("create", status=made.status, channels=made.channels, source=made.source)
paused = current.update(status="paused", pause_behavior="skip")
done("pause", status=paused.status, same=paused.sid == made.sid)
done("resume", status=current.update(status="in-progress").status)
second = recordings.create()
done("second", status=second.status, channels=second.channels)
done("stop", first=recordings(made.sid).update(status="stopped").status, second=current.update(status="stopped").status)

while any(client.recordings(sid).fetch().status != "completed" for sid in (made.sid, second.sid)):
    time.sleep(0.1)
found = client.recordings(made.sid).fetch()
age = (datetime.now(UTC) - found.date_created).total_seconds()
called = done("fetch", duration=found.duration, channels=found.channels, price=found.price, dated=0 <= age < 600)
valid = RequestValidator(CREDENTIALS[1]).validate(called["url"], called["fields"], called["signature"])
forged = RequestValidator(CREDENTIALS[1] + "x").validate(called["url"], called["fields"], called["signature"])
done("callback", of=called["fields"]["RecordingStatus"], valid=valid, forged=forged)
yesterday = datetime.now(UTC) - timedelta(days=1)
listed = [row.sid for row in client.recordings.list(call_sid=CALL, date_created_after=yesterday, page_size=1)]
streamed = [row.sid for row in recordings.stream(page_size=1)]
done("list", newest_first=listed == streamed == [second.sid, made.sid])
done("download", wav=download(found.uri, ".wav"), mp3=download(found.uri, ".mp3"))
done("delete", deleted=client.recordings(made.sid).delete())
try:
    client.recordings(made.sid).fetch()
except TwilioRestException as error:
    done("gone", status=error.status, code=error.code)
