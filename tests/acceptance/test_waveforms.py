"""The picture of a recording and its numbers, over HTTP, of sound that was streamed and paused."""

import asyncio
from xml.etree import ElementTree as ET

from listener import own_api, wait_for
from population import CALL, wav
from speaker import speech, stream


async def test_pauses_are_marked_where_they_are_in_each_file(service):
    recordings = service.client().calls(CALL).recordings
    made = {}
    async with stream(service, {"inbound": speech("agent", 12), "outbound": speech("caller", 12)}) as live:
        await live.start(service.credentials[0], CALL)
        await live.play(2)
        for behavior, trimmed in (("skip", "do-not-trim"), ("silence", "do-not-trim"), ("silence", "trim-silence")):
            made[behavior, trimmed] = (await asyncio.to_thread(recordings.create, trim=trimmed)).sid
        for until, status in ((5, "paused"), (8, "in-progress")):
            await live.play(until)
            for (behavior, _), sid in made.items():
                await asyncio.to_thread(recordings(sid).update, status=status, pause_behavior=behavior)
        await live.play(12)
        await live.stop()
    found = {key: await asyncio.to_thread(waveform, service, sid) for key, sid in made.items()}
    assert found["skip", "do-not-trim"]["pauses"] == [{"behavior": "skip", "start": 3.0, "end": 3.0}]
    assert found["silence", "do-not-trim"]["pauses"] == [{"behavior": "silence", "start": 3.0, "end": 6.0}]
    for drawn in found.values():
        assert (drawn["channels"], drawn["tracks"]) == (2, ["inbound", "outbound"])
        assert [len(channel) for channel in drawn["peaks"]] == [-(-drawn["samples"] // drawn["peak_samples"])] * 2
        silent = [pause for pause in drawn["pauses"] if pause["behavior"] == "silence"]
        for pause in silent:
            first, last = (int(pause[end] * drawn["sample_rate"] / drawn["peak_samples"]) for end in ("start", "end"))
            assert not any(peak for channel in drawn["peaks"] for peak in channel[first + 1 : last])
    trimmed, whole = (found["silence", trim] for trim in ("trim-silence", "do-not-trim"))
    (moved,), cut = trimmed["pauses"], whole["samples"] - trimmed["samples"]
    assert moved["end"] - moved["start"] == 3.0
    assert 0 <= 3.0 - moved["start"] <= cut / 8000


def waveform(service, sid: str) -> dict:
    wait_for(service, sid)
    return own_api(service, "GET", f"/Recordings/{sid}/Waveform").json()


def test_a_picture_is_drawn_of_what_is_there_and_kept_by_who_has_it(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    path = f"/Recordings/{sid}/Waveform"
    assert own_api(service, "GET", path).status_code == own_api(service, "GET", path + ".svg").status_code == 409
    own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav(2.0))
    assert waveform(service, sid)["duration"] == 2.0
    picture = own_api(service, "GET", path + ".svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "script" not in picture.text
    assert sid in ET.fromstring(picture.text)[0].text  # noqa: S314 - our own picture
    assert own_api(service, "GET", path + ".svg").headers["ETag"] == picture.headers["ETag"]
    known = own_api(service, "GET", path + ".svg", headers={"If-None-Match": picture.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert own_api(service, "GET", path, headers={"If-None-Match": picture.headers["ETag"]}).status_code == 200
    assert own_api(service, "HEAD", path + ".svg").headers["Content-Length"] == str(len(picture.content))
    assert own_api(service, "GET", path + "?Width=5").status_code == 400
    service.client().recordings(sid).delete()
    assert own_api(service, "GET", path + ".svg").status_code == 404
