"""Twilio's own validator, and that of Standard Webhooks, over every shape of callback."""

from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from callback_matrix import FIELDS, TOKEN, captured, cases


async def test_twilios_validator_accepts_every_callback_and_nothing_forged():
    judge, stranger = RequestValidator(TOKEN), RequestValidator(TOKEN + "x")
    found = await captured()
    refused = [
        (one.case.method, url)
        for one in found
        for url in one.urls
        if not judge.validate(url, one.fields, one.signature)
    ]
    assert refused == []
    assert {one.case for one in found} == set(cases())
    for one in found:
        url = one.urls[0]
        assert not stranger.validate(url, one.fields, one.signature), url
        forged = {**one.fields, "RecordingStatus": "absent"} if one.fields else {}
        asked = url if forged else url.replace("RecordingStatus=completed", "RecordingStatus=absent")
        assert not judge.validate(asked, forged, one.signature), asked
        told = one.fields.items() if one.fields else parse_qsl(url.partition("?")[2], keep_blank_values=True)
        assert set(FIELDS.items()) <= set(told), url
