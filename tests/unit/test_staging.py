"""Files of a recording on their way to their place, while a service starts beside who makes them."""

from facts import AC, RE
from service.media.storing.store import LocalStore


def test_what_a_living_process_stages_is_not_cleared_and_what_is_published_stays(tmp_path):
    making, starting = LocalStore(tmp_path), LocalStore(tmp_path)
    with making.stage(AC) as staged:
        (staged / "2.wav").write_bytes(b"sound")
        starting.clear_stages()
        making.publish(staged, AC, RE)
        starting.clear_stages()
    assert making.path(AC, RE, "2.wav").read_bytes() == b"sound"


def test_what_a_dead_process_staged_is_cleared(tmp_path):
    left = tmp_path / "media" / AC / ".staged-left"
    left.mkdir(parents=True)
    (left / "2.wav").write_bytes(b"sound")
    LocalStore(tmp_path).clear_stages()
    assert not left.exists()
