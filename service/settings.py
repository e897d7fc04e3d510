"""All settings, read once: from the environment (`RECORDKEEPER_…`), then from the flags of a command."""

import os
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.audit.signing import SealKey, read_seal_keys
from service.callbacks.ports import Ports
from service.media.secrecy.keyring import read_keys
from service.media.storing.address import checked_store

PREFIX: Final = "RECORDKEEPER_"
SECRETS: Final = frozenset({"database_url", "sealing_key", "seal_key", "store_url", "store_fallback_url"})
"""What a refusal does not repeat."""
Networks = Annotated[list[IPv4Network | IPv6Network], NoDecode]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_PASSWORD = re.compile(r"(://[^:@/?]*:).*(?=@)|(password=)[^&]*")
_SHOULD = re.compile("^(Value error, )?((Input|String) should)?")
_ORIGIN = re.compile(r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?", re.ASCII)


class SettingsRefused(Exception):  # noqa: N818 - an answer to the operator, in one sentence
    """A setting is not one of its values; the message names it, what was wrong, and what would be right."""


class Settings(BaseSettings):
    """`database_url` empty: the service starts a PostgreSQL of its own in `data_dir`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", use_attribute_docstrings=True
    )

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to answer at; 0.0.0.0 for all."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to answer at; 0 for any that is free."""
    data_dir: Path = Path("var")
    """Where all data live."""
    workers: int = Field(default=1, ge=1, le=64)
    """How many processes answer at the port."""
    database_url: str = ""
    """A PostgreSQL of yours instead of the embedded one."""
    database_connections: int = Field(default=10, ge=2)
    """The most connections to the database."""
    public_url: str = ""
    """Scheme and host that customers use, when a gateway stands in front."""
    trusted_proxies: Networks = []
    """Networks of the gateways whose X-Forwarded-* headers count."""
    unknown_calls: Literal["refuse", "accept"] = "refuse"
    """What to do about calls that nobody announced."""
    reattach_seconds: Seconds = 10
    """How long a lost audio socket may take to come back."""
    stream_idle_seconds: Seconds = 60
    """How long a socket that brings no audio is kept; 0 for ever."""
    audio_memory_mb: int = Field(default=256, ge=1)
    """How much live sound may wait in memory for a slow disk, in MiB of each process; more of it is lost."""
    disk_retry_seconds: Seconds = 30
    """How long a recording goes on although the disk refuses its sound."""
    upload_wait_seconds: Seconds = 60
    """How long a stopped recording without audio waits for an upload."""
    finishing_processes: int = Field(default=2, ge=1)
    """How many recordings are finished at once, each in a process of its own."""
    shortest_recording_seconds: Seconds = 0.1
    """A recording with less sound than this becomes absent, 16101."""
    silent_below_dbfs: float = Field(default=-60, ge=-96, lt=0, allow_inf_nan=False)
    """A recording that is nowhere louder than this is silent."""
    silent_recordings: Literal["keep", "absent"] = "keep"
    """What to do about recordings that are silent throughout: absent is 16102; one to be trimmed is absent anyway."""
    store_url: str = ""
    """Where finished media go, as s3://bucket/prefix?region=eu-central-1; empty: they stay in the data folder."""
    store_fallback_url: str = ""
    """A store that takes what another does not; local: the data folder."""
    store_fallback_after_seconds: Seconds = 300
    """How long a store must have failed before the fallback takes its recordings."""
    sealing_key: SecretStr = SecretStr("")
    """Keys that recordings are sealed with at rest: the first seals, the others still open; 32 bytes, hex or base64."""
    sealing_key_file: str = ""
    """A file that has such keys instead, one a line."""
    seal_seconds: Seconds = 300
    """How often the log is sealed, when anything was appended; 0: never."""
    seal_key: SecretStr = SecretStr("")
    """Ed25519 keys of seals: the first signs, the others did; PEM, or 32 bytes, hex or base64. Empty: one is made."""
    seal_key_file: str = ""
    """A file that has such keys instead."""
    callback_allowed_networks: Networks = []
    """Networks that callbacks may reach although they are loopback, private or reserved."""
    callback_allowed_ports: Annotated[list[Ports], NoDecode] = []
    """The only ports that callbacks may use, as 80, 443, 8000-8999; empty: any."""
    delivery_history_days: int = Field(default=40, ge=0, le=36500)
    """How long it is kept what became of a callback; 0 for ever."""
    transcription_model: str = ""
    """Folder of a CTranslate2 Whisper model: every recording completed from then on is transcribed by it."""
    log_format: Literal["auto", "json", "pretty"] = "auto"
    """auto: pretty on a terminal, JSON lines otherwise."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged; debug also names the requests of health checks."""

    @field_validator("trusted_proxies", "callback_allowed_networks", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        """Read networks as an operator writes them: `127.0.0.0/8, 10.0.0.0/8`."""
        if not isinstance(value, str):
            return value
        try:
            return [ip_network(text) for text in value.replace(",", " ").split()]
        except ValueError as error:
            raise ValueError(f"{error}; write networks as 10.0.0.0/8, fd00::/8") from None

    @field_validator("callback_allowed_ports", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        return [Ports.parse(text) for text in value.replace(",", " ").split()] if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _scheme_and_host(cls, value: str) -> str:
        bare = value.removesuffix("/")
        if bare and not _ORIGIN.fullmatch(bare):
            raise ValueError("it should be a scheme and a host, as https://recordings.example.com")
        return bare

    @field_validator("store_url", "store_fallback_url")
    @classmethod
    def _store(cls, value: str) -> str:
        return checked_store(value) if value else value

    @field_validator("sealing_key", "seal_key")
    @classmethod
    def _keys(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        _READERS[info.field_name or ""](value.get_secret_value())
        return value

    @field_validator("sealing_key_file", "seal_key_file")
    @classmethod
    def _file_of_keys(cls, value: str, info: ValidationInfo) -> str:
        name = (info.field_name or "").removesuffix("_file")
        if value and info.data.get(name, SecretStr("")).get_secret_value():
            raise ValueError(f"{variable(name)} is set too; it should be one of the two")
        try:
            if value and not _READERS[name](_text_of(value)):
                raise ValueError("it has no key in it")
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from None
        return value

    @property
    def sealing_keys(self) -> tuple[bytes, ...]:
        """What recordings are sealed with, first, and were sealed with before."""
        return read_keys(_text_of(self.sealing_key_file) if self.sealing_key_file else _secret(self.sealing_key))

    @property
    def seal_keys(self) -> tuple[SealKey, ...]:
        """What seals are signed with, first, and were signed with before."""
        return read_seal_keys(_text_of(self.seal_key_file) if self.seal_key_file else _secret(self.seal_key))

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("it should be a URL, as postgresql://user:password@host:5432/name")
        return value


def read_settings(flags: Mapping[str, str | None]) -> Settings:
    """Return the settings with the flags that were given on top. Raises SettingsRefused."""
    given: dict[str, Any] = _given(flags)
    try:
        return Settings(**given)
    except ValidationError as error:
        (first, *_) = error.errors()
    name = str(first["loc"][0])
    named = _flag(name) if name in given else variable(name)
    value = "" if name in SECRETS else f" cannot be '{first['input']}'"
    reason = _SHOULD.sub(lambda found: "it should" if found[2] else "", first["msg"])
    raise SettingsRefused(f"{named}{value}: {reason}")


def unknown_variables() -> dict[str, str]:
    """Return the variables that look like settings and are none, each with the one that is most like it."""
    known = [variable(name) for name in Settings.model_fields]
    strange = [name for name in os.environ if name.startswith(PREFIX) and name not in known]
    return {name: next(iter(get_close_matches(name, known, 1)), "") for name in strange}


def described(flags: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Return every setting with its value and where that came from; passwords are masked."""
    chosen, given = read_settings(flags), _given(flags)
    environment = {name.upper() for name, value in os.environ.items() if value}
    documents = []
    for name, field in Settings.model_fields.items():
        source = "environment " + variable(name) if variable(name) in environment else "default"
        documents.append(
            {
                "setting": name,
                "value": _shown(getattr(chosen, name)),
                "default": _shown(field.default),
                "source": "flag " + _flag(name) if name in given else source,
                "description": field.description,
            }
        )
    return documents


_READERS: Final[dict[str, Callable[[str], tuple[object, ...]]]] = {"sealing_key": read_keys, "seal_key": read_seal_keys}


def _text_of(file: str) -> str:
    return Path(file).read_text(errors="replace")


def _secret(value: SecretStr) -> str:
    return value.get_secret_value()


def variable(name: str) -> str:
    return PREFIX + name.upper()


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _given(flags: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in flags.items() if value is not None}


def _shown(value: object) -> str | int | float:
    if isinstance(value, int | float):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else _PASSWORD.sub(r"\1\2***", str(value))
