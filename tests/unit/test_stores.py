"""Where a store is, when it counts as out, and what it must give back."""

import base64
import hashlib

import obstore
import pytest
from obstore.exceptions import GenericError

from facts import AC, RE
from service.media.storing.address import InvalidStore, checked_store, parse_store
from service.media.storing.bucket import Bucket, StoreFailed
from service.media.storing.checksum import PART_BYTES, checksums
from service.media.storing.outages import PAUSE_SECONDS, Outages
from service.media.storing.stores import _every_name, _names

KEY = f"{AC}/{RE}"


@pytest.mark.parametrize(
    ("url", "media_url"),
    [
        ("s3://bucket", "https://bucket.s3.us-east-1.amazonaws.com/"),
        ("s3://bucket/a/b/?region=eu-central-1", "https://bucket.s3.eu-central-1.amazonaws.com/a/b/"),
        ("s3://my.bucket/a?region=eu-west-3", "https://s3.eu-west-3.amazonaws.com/my.bucket/a/"),
        ("s3://bucket/a?endpoint=http://127.0.0.1:8333", "http://127.0.0.1:8333/bucket/a/"),
        ("gs://bucket/year=2026", "https://storage.googleapis.com/bucket/year%3D2026/"),
        ("az://account/container/a", "https://account.blob.core.windows.net/container/a/"),
        ("az://account/container?endpoint=https://blob.example.com", "https://blob.example.com/container/"),
    ],
)
def test_a_store_is_a_url_and_so_is_what_it_holds(url, media_url, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://elsewhere.example.com")
    assert checked_store(url) == url
    assert Bucket(parse_store(url)).address.media_url(KEY) == media_url + KEY


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("bucket", "a store begins with s3://, gs://, az://"),
        ("https://bucket.s3.amazonaws.com", "a store begins with s3://, gs://, az://"),
        ("s3://key:secret@bucket", "a store's URL holds no credentials; name them in the environment"),
        ("s3://[bucket", "it is not a URL: Invalid IPv6 URL"),
        ("s3://", "'' is no name of a bucket"),
        ("s3://Bucket", "'Bucket' is no name of a bucket"),
        ("s3://bucket:80/a", "'bucket:80' is no name of a bucket"),
        ("s3://bucket/a/../b", "'a/../b' is no prefix: letters, digits and . _ - = ~ + between slashes"),
        ("s3://bucket#a", "a store's URL has no fragment (#…)"),
        ("s3://bucket?secret=x", "s3:// takes region and endpoint and credentials, not 'secret'"),
        ("gs://bucket?region=eu", "gs:// takes credentials, not 'region'"),
        ("s3://bucket?region=", "region cannot be what it is; it should look like eu-central-1"),
        ("s3://bucket?endpoint=https://u:secret@h", "endpoint cannot be what it is"),
        ("az://account", "'' is no name of a bucket"),
        ("az://my.account/container", "an Azure store is written az://account/container/prefix"),
    ],
)
def test_what_is_no_store_is_refused_in_a_sentence_without_secrets(url, why):
    with pytest.raises(InvalidStore) as refused:
        checked_store(url)
    assert str(refused.value).startswith(why)
    assert "secret@" not in str(refused.value)


@pytest.mark.parametrize("url", ["s3://bucket?credentials=ARCHIVE", "az://account/container?credentials=ARCHIVE"])
def test_named_credentials_must_be_there(url, monkeypatch):
    with pytest.raises(StoreFailed, match=r"16111: .*'ARCHIVE_A.*' is not set"):
        Bucket(parse_store(url))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.setenv(f"ARCHIVE_{name}", base64.b64encode(b"0" * 32).decode())
    assert Bucket(parse_store(url)).address.credentials == "ARCHIVE"


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("Client error with status code: 403 Forbidden", "16112: s3://bucket denies access"),
        ("Client error with status code: 401 Unauthorized", "16112: s3://bucket denies access"),
        ("Client error with status code: 400 Bad Request", "16111: s3://bucket answers 400"),
        ("Server error with status code: 503 Slow Down", "s3://bucket answers 503"),
        ("error sending request", "s3://bucket does not answer"),
    ],
)
def test_what_a_store_answers_is_told_by_its_status(said, failure):
    assert str(Bucket(parse_store("s3://bucket"))._failed(GenericError(said))) == failure


def test_a_services_account_must_be_readable(monkeypatch, tmp_path):
    monkeypatch.setenv("ARCHIVE_GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(StoreFailed, match="16111: gs://bucket: it cannot be set up as configured"):
        Bucket(parse_store("gs://bucket?credentials=ARCHIVE"))


def test_a_file_is_named_as_the_api_would_answer_for_it():
    assert _names((AC, RE), 1, ".wav", 1) == [f"{KEY}.wav", KEY]
    assert _names((AC, RE), 2, ".wav", 1) == [f"{KEY}.2.wav"]
    assert _names((AC, RE), 1, ".mp3", 2) == [f"{KEY}.1.mp3"]
    ends = ["", ".1.mp3", ".1.wav", ".2.mp3", ".2.wav", ".mp3", ".wav"]
    assert _every_name((AC, RE)) == [KEY + end for end in ends]


def test_a_file_in_parts_has_the_etag_that_s3_gives_it(tmp_path):
    file = tmp_path / "2.wav"
    file.write_bytes(b"a" * PART_BYTES + b"b")
    parts = [hashlib.md5(part, usedforsecurity=False).digest() for part in (b"a" * PART_BYTES, b"b")]
    sums = checksums(file)
    assert hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest() + "-2" in sums.etags
    assert (sums.size, sums.sha256) == (PART_BYTES + 1, hashlib.sha256(file.read_bytes()).hexdigest())


@pytest.fixture
def bucket():
    """Return a client of a store whose ETags say nothing about content."""
    one = Bucket(parse_store("s3://bucket"))
    one._store = obstore.store.MemoryStore()
    return one


async def test_where_no_etag_tells_what_is_read_back_does(bucket, tmp_path, monkeypatch):
    file = tmp_path / "1.wav"
    file.write_bytes(b"what was said")
    await bucket.put(file, KEY, "audio/x-wav", again=False)
    with monkeypatch.context() as patched:
        patched.setattr(obstore, "put_async", None)
        await bucket.put(file, KEY, "audio/x-wav", again=True)
    for other in (b"what was sold", b"what"):
        obstore.put(bucket._store, KEY, other)
        await bucket.put(file, KEY, "audio/x-wav", again=True)
        assert bytes(obstore.get(bucket._store, KEY).bytes()) == b"what was said"


@pytest.mark.parametrize("kept", [b"what was sold", b"", None])
async def test_a_store_that_keeps_something_else_has_not_confirmed(bucket, tmp_path, monkeypatch, kept):
    file = tmp_path / "1.wav"
    file.write_bytes(b"what was said")

    async def put_async(store, key, *_args, **_options):
        if kept is not None:
            obstore.put(store, key, kept)

    monkeypatch.setattr(obstore, "put_async", put_async)
    with pytest.raises(StoreFailed, match="s3://bucket does not give back what it was given"):
        await bucket.put(file, KEY, "audio/x-wav", again=False)


async def test_erasing_what_is_not_there_is_done_and_a_lost_local_file_is_no_fault_of_the_store(bucket, tmp_path):
    await bucket.erase(KEY)
    await bucket.probe()
    assert list(obstore.list(bucket._store)) == []
    with pytest.raises(FileNotFoundError):
        await bucket.put(tmp_path / "none.wav", KEY, "audio/x-wav", again=False)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_store_that_failed_is_left_alone_and_then_tried_again():
    clock, tried = Clock(), []
    outages = Outages(clock)

    async def attempt(*, fails: bool) -> None:
        async with outages.watched("s3://a"):
            tried.append(clock.now)
            if fails:
                raise StoreFailed("it does not answer")

    for second in (0, 1, PAUSE_SECONDS, PAUSE_SECONDS + 1):
        clock.now = 100.0 + second
        with pytest.raises(StoreFailed, match="does not answer"):
            await attempt(fails=True)
    assert tried == [100.0, 100.0 + PAUSE_SECONDS]
    assert (outages.seconds("s3://a"), outages.seconds("s3://b")) == (PAUSE_SECONDS + 1, 0.0)
    clock.now += PAUSE_SECONDS
    await attempt(fails=False)
    await attempt(fails=False)
    assert (len(tried), outages.seconds("s3://a")) == (4, 0.0)
