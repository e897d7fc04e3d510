"""All settings, read once: from the environment (`RECORDKEEPER_…`), then from the flags of a command."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Networks = Annotated[list[IPv4Network | IPv6Network], NoDecode]


class Settings(BaseSettings):
    """`database_url` empty: the service starts a PostgreSQL of its own in `data_dir`."""

    model_config = SettingsConfigDict(env_prefix="RECORDKEEPER_", extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    data_dir: Path = Path("var")
    database_url: str = ""
    database_connections: int = Field(default=10, ge=2)
    public_url: str = ""
    trusted_proxies: Networks = []
    unknown_calls: Literal["refuse", "accept"] = "refuse"
    reattach_seconds: float = Field(default=10, ge=0)
    upload_wait_seconds: float = Field(default=60, ge=0)
    callback_allowed_networks: Networks = []
    log_format: Literal["auto", "json", "pretty"] = "auto"

    @field_validator("trusted_proxies", "callback_allowed_networks", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        """Read networks as an operator writes them: `127.0.0.0/8, 10.0.0.0/8`."""
        return value.replace(",", " ").split() if isinstance(value, str) else value
