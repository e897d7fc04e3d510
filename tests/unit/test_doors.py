"""What no handler expected is answered in words, with the headers that HTTP wants beside it."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.test_utils import make_mocked_request as mocked
from structlog.testing import capture_logs

from service.api.doors import in_words, named
from service.api.errors import ApiError
from service.api.services import SERVICES
from service.api.twilio import forms
from service.api.v1 import switch
from service.application.codec import UnknownEventType

CALL = "CA" + "1" * 32
APP = {SERVICES: None}
"""Without a database: asking it would be an AttributeError."""
PART = b'--x\r\nContent-Disposition: form-data; name="a"'
MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
async def client():
    async def read(request):
        return web.Response(text=await request.text())

    async def read_form(request):
        return web.json_response(dict(await forms.read_form(request)))

    async def decide(_):
        raise UnknownEventType("whispered (schema 1) at position 7")

    app = web.Application(middlewares=[in_words])
    app.on_response_prepare.append(named)
    app.add_routes(
        [web.post("/body", read), web.put("/body", read), web.post("/form", read_form), web.get("/later", decide)]
    )
    async with TestClient(TestServer(app)) as opened:
        yield opened


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "TRACE", "PATCH", "DELETE"])
async def test_a_method_that_is_not_served_is_told_which_are(client, method):
    answer = await client.request(method, "/body")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST,PUT")
    assert (await answer.json())["code"] == 20004


async def test_an_expectation_that_is_not_met_is_answered_too(client):
    digits = "1" * 32
    answer = await client.post("/body", headers={"Expect": "tea", "X-Request-Id": digits})
    assert (answer.status, answer.headers["Twilio-Request-Id"]) == (417, f"RQ{digits}")


async def test_an_event_of_a_later_version_is_named_and_is_no_fault_of_the_code(client):
    with capture_logs() as logs:
        answer = await client.get("/later")
    assert logs == []
    assert (answer.status, (await answer.json())["code"]) == (503, 20503)
    assert "does not know the event whispered (schema 1) at position 7" in (await answer.json())["message"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("path", ["/body", "/form"])
async def test_a_body_that_does_not_decompress_is_a_bad_request(client, path, encoding):
    headers = {"Content-Encoding": encoding, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post(path, data=b"garbage", headers=headers)
    assert answer.status == 400
    assert "Content-Encoding" in (await answer.json())["message"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"garbage"),
        (MULTIPART, b"garbage"),
        (
            MULTIPART,
            b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: zip\r\n\r\n!\r\n--x--',
        ),
        ("application/x-www-form-urlencoded; charset=nope", b"a=b"),
        ("application/x-www-form-urlencoded", b"a=\xff"),
    ],
)
async def test_a_form_that_is_none_is_a_bad_request(client, content_type, body):
    answer = await client.post("/form", data=body, headers={"Content-Type": content_type})
    assert answer.status == 400
    assert "form" in (await answer.json())["message"]


@pytest.mark.parametrize("sid", ["\0", "x", "CF" + "1" * 32])
async def test_a_sid_that_is_no_call_is_looked_up_nowhere(sid):
    request = mocked("GET", "/v1/Accounts/AC1/Calls/x", match_info={"account": "AC1", "sid": sid}, app=APP)
    with pytest.raises(ApiError) as refused:
        await switch.fetch_call(request)
    assert refused.value.status == 404


async def test_a_query_parameter_that_the_path_does_not_take_is_named():
    request = mocked("GET", f"/v1/Accounts/AC1/Calls/{CALL}?Satus=1", match_info={"account": "AC1", "sid": CALL})
    with pytest.raises(ApiError, match="Satus"):
        await switch.fetch_call(request)
