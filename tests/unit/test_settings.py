"""Settings: one sentence for a wrong one, the source of each, and no password shown."""

import pytest

from service.settings import Settings, SettingsRefused, described, read_settings


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"RECORDKEEPER_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("port", "abc", "cannot be 'abc': it should be a valid integer"),
        ("port", "65536", "cannot be '65536': it should be less than or equal to 65535"),
        ("log_format", "xml", "it should be 'auto', 'json' or 'pretty'"),
        ("unknown_calls", "maybe", "it should be 'refuse' or 'accept'"),
        ("reattach_seconds", "nan", "it should be a finite number"),
        ("trusted_proxies", "10.0.0.1/8", "10.0.0.1/8 has host bits set; write networks as 10.0.0.0/8, fd00::/8"),
        ("callback_allowed_networks", "*", "'*' does not appear to be an IPv4 or IPv6 network"),
        ("callback_allowed_ports", "80, http", "'http' is no port from 1 to 65535 nor a range; write ports as 80, 443"),
        ("callback_allowed_ports", "0", "'0' is no port"),
        ("callback_allowed_ports", "65536", "'65536' is no port"),
        ("callback_allowed_ports", "9-8", "'9-8' is no port"),
        ("public_url", "ftp://example.com", "it should be a scheme and a host, as https://recordings.example.com"),
        ("public_url", "https://example.com/api", "it should be a scheme and a host"),
        ("public_url", "https://example.com?x=1", "it should be a scheme and a host"),
        ("public_url", "https://user@example.com", "it should be a scheme and a host"),
        ("public_url", "https://", "it should be a scheme and a host"),
        ("store_url", "s3://key:secret@bucket", "a store's URL holds no credentials; name them in the environment"),
        ("store_fallback_url", "ftp://host", "a store begins with s3://, gs://, az://"),
        ("database_url", "mysql://u:secret@h/db", "it should be a URL, as postgresql://user:password@host:5432/name"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(monkeypatch, name, value, sentence):
    monkeypatch.setenv(f"RECORDKEEPER_{name.upper()}", value)
    with pytest.raises(SettingsRefused) as in_environment:
        read_settings({})
    monkeypatch.delenv(f"RECORDKEEPER_{name.upper()}")
    with pytest.raises(SettingsRefused) as by_flag:
        read_settings({name: value})
    flag = "--" + name.replace("_", "-")
    for refused, said in ((in_environment, f"RECORDKEEPER_{name.upper()}"), (by_flag, flag)):
        text = str(refused.value)
        assert text.startswith(said)
        assert sentence in text
        assert "\n" not in text
        assert "secret" not in text


def test_each_setting_says_where_it_came_from(monkeypatch):
    monkeypatch.setenv("RECORDKEEPER_LOG_FORMAT", "json")
    monkeypatch.setenv("RECORDKEEPER_PORT", "81")
    monkeypatch.setenv("RECORDKEEPER_HOST", "")
    found = {each["setting"]: each for each in described({"port": "82", "data_dir": None})}
    assert list(found) == list(Settings.model_fields)
    assert all(each["description"] for each in found.values())
    sources = {name: found[name]["source"] for name in ("port", "log_format", "host", "data_dir")}
    assert sources == {
        "port": "flag --port",
        "log_format": "environment RECORDKEEPER_LOG_FORMAT",
        "host": "default",
        "data_dir": "default",
    }
    assert (found["port"]["value"], found["port"]["default"], found["data_dir"]["value"]) == (82, 8080, "var")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:s3cret@h:5432/db", "postgresql://u:***@h:5432/db"),
        ("postgresql://u:s3@c?re/t@h/db", "postgresql://u:***@h/db"),
        ("postgres://h/db?user=u&password=s3cret&x=1", "postgres://h/db?user=u&password=***&x=1"),
        ("postgresql://h:5432/db", "postgresql://h:5432/db"),
    ],
)
def test_no_password_is_shown(url, shown):
    (found,) = [each for each in described({"database_url": url}) if each["setting"] == "database_url"]
    assert found["value"] == shown


def test_sealing_keys_are_read_from_the_environment_or_a_file_and_never_shown(tmp_path, monkeypatch):
    first, second = "ab" * 32, "cd" * 32
    file = tmp_path / "keys"
    file.write_text(f"{first}\n{second}\n")
    assert read_settings({}).sealing_keys == ()
    assert read_settings({"sealing_key_file": str(file)}).sealing_keys == (bytes.fromhex(first), bytes.fromhex(second))
    monkeypatch.setenv("RECORDKEEPER_SEALING_KEY", f"{second}, {first}")
    assert read_settings({}).sealing_keys == (bytes.fromhex(second), bytes.fromhex(first))
    (shown,) = [each for each in described({}) if each["setting"] == "sealing_key"]
    assert (shown["value"], shown["default"]) == ("**********", "")
    assert second not in repr(read_settings({}))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "it cannot be read: No such file or directory"), ("", "no key in it"), ("\xff", "32 random bytes")],
)
def test_a_wrong_sealing_key_is_one_sentence_that_does_not_tell_it(tmp_path, monkeypatch, content, sentence):
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content, encoding="latin-1")
    with pytest.raises(SettingsRefused) as refused:
        read_settings({"sealing_key_file": str(file)})
    assert str(refused.value).startswith(f"--sealing-key-file cannot be '{file}': ")
    assert sentence in str(refused.value)
    monkeypatch.setenv("RECORDKEEPER_SEALING_KEY", "hunter2")
    with pytest.raises(SettingsRefused) as refused:
        read_settings({})
    assert str(refused.value).startswith("RECORDKEEPER_SEALING_KEY: each key should be 32 random bytes")
    assert "hunter2" not in str(refused.value)


def test_there_is_one_source_of_sealing_keys(tmp_path):
    (tmp_path / "keys").write_text("ab" * 32)
    with pytest.raises(SettingsRefused, match="RECORDKEEPER_SEALING_KEY is set too; it should be one of the two"):
        read_settings({"sealing_key": "ab" * 32, "sealing_key_file": str(tmp_path / "keys")})


def test_networks_are_read_as_operators_write_them_and_a_slash_at_the_end_is_dropped():
    settings = read_settings({"trusted_proxies": "10.0.0.0/8, fd00::/8 192.0.2.1", "public_url": "https://a.example/"})
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"]
    assert settings.public_url == "https://a.example"


def test_ports_are_read_as_operators_write_them_and_shown_so(monkeypatch):
    monkeypatch.setenv("RECORDKEEPER_CALLBACK_ALLOWED_PORTS", "80, 443 8000-8999")
    (shown,) = [each for each in described({}) if each["setting"] == "callback_allowed_ports"]
    assert (shown["value"], shown["default"]) == ("80, 443, 8000-8999", "")
    assert 8999 in read_settings({}).callback_allowed_ports[-1]
    assert 9000 not in read_settings({}).callback_allowed_ports[-1]
