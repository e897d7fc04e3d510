"""A worker keeps what it finishes as the service beside it does, or does not begin."""

import pytest

from service.settings import Settings
from service.wiring.keeping import check_keeping, note_keeping
from service.wiring.server import ServiceRefused

OLD, NEW = "0" * 64, "1" * 64


def settings(folder, **more) -> Settings:
    return Settings(data_dir=folder, **more)


def test_the_same_settings_work_and_so_they_do_where_nobody_served(tmp_path):
    check_keeping(settings(tmp_path))
    note_keeping(settings(tmp_path, sealing_key=f"{NEW} {OLD}", store_url="s3://bucket"))
    check_keeping(settings(tmp_path, sealing_key=NEW, store_url="s3://bucket"))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"store_url": "s3://bucket"}, "SEALING_KEY or RECORDKEEPER_SEALING_KEY_FILE"),
        ({"store_url": "s3://bucket", "sealing_key": f"{OLD} {NEW}"}, "SEALING_KEY or RECORDKEEPER_SEALING_KEY_FILE"),
        ({"sealing_key": NEW}, "RECORDKEEPER_STORE_URL, RECORDKEEPER_STORE_FALLBACK_URL"),
        ({"sealing_key": NEW, "store_url": "s3://bucket", "store_fallback_url": "local"}, "RECORDKEEPER_STORE_URL"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path, other, named):
    note_keeping(settings(tmp_path, sealing_key=NEW, store_url="s3://bucket"))
    with pytest.raises(ServiceRefused, match=named) as refused:
        check_keeping(settings(tmp_path, **other))
    assert NEW not in str(refused.value)
