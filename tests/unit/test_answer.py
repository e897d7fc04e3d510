"""What a receiver's answer says, however odd its headers are."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from service.callbacks.answer import Answer, outcome_of
from service.callbacks.outcome import Failed, Failure

DATE = "Mon, 01 Jan 2024 00:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7),
        ("Mon, 01 Jan 2024 00:02:00 GMT", 120),
        ("Sun, 31 Dec 2023 00:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-7", None),
        ("²", None),
        ("Mon, 01 Jan 2024 00:00:00", None),
        ("Mon, 41 Jan 2024 00:00:00 GMT", None),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999", None),
        ("Mon, 01 Jan 99999999999999999 00:00:00 GMT", None),
    ],
)
def test_a_delay_that_cannot_be_read_takes_nothing_from_the_status(asked, seconds):
    headers = CIMultiDictProxy(CIMultiDict({"Date": DATE, "Retry-After": asked}))
    assert outcome_of(Answer.of(410, headers)) == Failed(
        failure=Failure.CLIENT_ERROR,
        error_code=11200,
        error="the receiver answered 410",
        http_status=410,
        retry_after=seconds,
    )
