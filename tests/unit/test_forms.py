"""Form and query parameters as Twilio's clients send them, and as they should not."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import MultiDict

from service.api.errors import ApiError
from service.api.pages import envelope, page_asked
from service.api.twilio import forms
from service.api.urls import is_callback_url
from service.application.paging import Cursor, Page
from service.domain.events import Callback
from service.domain.values import Track

CALL = "CA" + "1" * 32
URL = "https://example.com/cb"


def get(query: str):
    return make_mocked_request("GET", f"/2010-04-01/Accounts/AC1/Recordings.json?{query}")


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "HTTPS://Example.com:8443/a?b=c%20d#rc=2",
        "http://u:p@127.0.0.1:9000/cb?x=1",
        "http://[::1]:80/",
        "https://münchen.example/ä",
        "https://example.com/" + "x" * 3980,
    ],
)
def test_urls_that_callbacks_can_be_sent_to(url):
    assert is_callback_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "http://",
        "http://a:b",
        "http://h:65536/",
        "http://[1.2.3.4]/",
        "http://h/a b",
        "https://example.com/" + "x" * 3981,
        *(f"https://example.com/{character}" for character in "\0\t\n\r\x1f\x7f\x85\xa0\u200b\u2028\ud800\udfff\ufffe"),
        "http://exa\0mple.com/",
        "\0http://example.com/",
    ],
)
def test_urls_that_are_refused_at_the_door(url):
    assert not is_callback_url(url)
    if url:
        with pytest.raises(ApiError) as refused:
            forms.callback(MultiDict({"RecordingStatusCallback": url}))
        assert (refused.value.status, refused.value.code) == (400, 21205)


@pytest.mark.parametrize(
    ("values", "events"),
    [
        ([], ("completed",)),
        (["in-progress", "completed"], ("in-progress", "completed")),
        (["in-progress completed absent"], ("in-progress", "completed", "absent")),
        (["in-progress completed", "absent", "absent"], ("in-progress", "completed", "absent")),
    ],
)
def test_events_may_be_repeated_separated_by_spaces_or_both(values, events):
    form = MultiDict([("RecordingStatusCallback", URL), *(("RecordingStatusCallbackEvent", v) for v in values)])
    assert forms.callback(form) == Callback(url=URL, method="POST", events=events, host="example.com:443")
    assert forms.callback(MultiDict()) is None


@pytest.mark.parametrize(
    ("query", "earliest", "latest"),
    [
        ("", None, None),
        ("DateCreated=2016-10-14", "2016-10-14T00:00:00+00:00", "2016-10-14T23:59:59.999999+00:00"),
        ("DateCreated=2016-10-14T12:00:00Z", "2016-10-14T00:00:00+00:00", "2016-10-14T23:59:59.999999+00:00"),
        ("DateCreated%3C=2016-10-14", None, "2016-10-14T00:00:00+00:00"),
        ("DateCreated%3E=2016-10-14 01:02:03Z", "2016-10-14T01:02:03+00:00", None),
        ("DateCreated%3E=2016-10-14T01:00:00%2B02:00", "2016-10-13T23:00:00+00:00", None),
        (
            "DateCreated%3E=2016-10-13&DateCreated=2016-10-14",
            "2016-10-14T00:00:00+00:00",
            "2016-10-14T23:59:59.999999+00:00",
        ),
    ],
)
def test_dates_are_read_as_each_client_writes_them(query, earliest, latest):
    chosen = forms.recording_filter(get(query.replace(" ", "%20")))
    moments = [moment.isoformat() if moment else None for moment in (chosen.created_from, chosen.created_to)]
    assert moments == [earliest, latest]


def test_the_last_day_there_is_has_an_end_too():
    chosen = forms.recording_filter(get("DateCreated=9999-12-31"))
    assert chosen.created_from < chosen.created_to < datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DateCreated", "yesterday"),
        ("DateCreated<", "0001-01-01T00:00:00+14:00"),
        ("DateCreated>", "9999-12-31T23:59:59-14:00"),
        ("CallSid", "\0"),
        ("CallSid", "CF" + "1" * 32),
        ("ConferenceSid", "x"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(name, value):
    with pytest.raises(ApiError, match=f"^{name} must be") as refused:
        forms.recording_filter(get(f"{quote(name)}={quote(value)}"))
    assert refused.value.status == 400


def test_a_list_of_a_call_is_that_calls_whatever_the_query_says():
    chosen = forms.recording_filter(get("CallSid=x&IncludeSoftDeleted=true"), call_sid=CALL)
    assert (chosen.call_sid, chosen.include_soft_deleted) == (CALL, False)
    assert forms.recording_filter(get(f"CallSid={CALL}&IncludeSoftDeleted=TRUE")).include_soft_deleted


def test_a_choice_is_one_of_its_words():
    assert forms.track(MultiDict({"RecordingTrack": "inbound"})) is Track.INBOUND
    with pytest.raises(ApiError, match="RecordingTrack must be one of inbound, outbound, both; it was 'left'"):
        forms.track(MultiDict({"RecordingTrack": "left"}))
    with pytest.raises(ApiError, match="Status must be one of in-progress, paused, stopped; it was ''"):
        forms.choice(MultiDict(), "Status", forms.Update)


@pytest.mark.parametrize("query", ["PageSize=0", "PageSize=x", "Page=-1", "PageToken=x", f"PageToken=PATR{'1' * 32}"])
def test_paging_that_cannot_be_read_is_named(query):
    with pytest.raises(ApiError, match=query.partition("=")[0]):
        page_asked(get(query))


def test_pages_name_their_neighbours_and_keep_the_filters():
    request = get(f"DateCreated%3C=2016-10-14&PageSize=2000&Page=3&PageToken=PBRE{'2' * 32}")
    asked = page_asked(request)
    assert (asked.size, asked.number, asked.cursor) == (1000, 3, Cursor(sid="RE" + "2" * 32, newer=True))

    class Row:
        sid = "RE" + "3" * 32

    body = envelope(request, asked, Page(rows=[Row(), Row()], has_newer=True, has_older=True), [{}, {}])
    uri = "/2010-04-01/Accounts/AC1/Recordings.json?DateCreated%3C=2016-10-14&PageSize=1000&Page="
    assert body == {
        "end": 3001,
        "first_page_uri": f"{uri}0",
        "next_page_uri": f"{uri}4&PageToken=PARE{'3' * 32}",
        "page": 3,
        "page_size": 1000,
        "previous_page_uri": f"{uri}2&PageToken=PBRE{'3' * 32}",
        "recordings": [{}, {}],
        "start": 3000,
        "uri": f"{uri}3&PageToken=PBRE{'2' * 32}",
    }
    empty = envelope(request, asked, Page(rows=[], has_newer=True, has_older=False), [], "transcriptions")
    ends = [empty[key] for key in ("start", "end", "transcriptions", "next_page_uri", "previous_page_uri")]
    assert ends == [0, 0, [], None, None]
