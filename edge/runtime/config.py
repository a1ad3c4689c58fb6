"""An agent's configuration file (TOML): where the hub is, where state is kept, and the class's own settings."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec


class ConfigError(ValueError):
    """The file cannot be used; the text names the file and the key."""


class Hub(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`est`: https://HOST:PORT of enrolment. `ca_fingerprint`: SHA-256 of the CA certificate (DER), hex."""

    est: str
    ca_fingerprint: str
    broker: str  # HOST:PORT, mutual TLS
    token: str = ""


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state_dir: str
    health_s: float = 30.0


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hub: Hub
    agent: AgentSettings
    device: dict[str, Any] = {}


def load(path: Path) -> Config:
    """Raises ConfigError."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Config)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error


def device_settings(config: Config, kind: type[msgspec.Struct]) -> Any:
    """The `[device]` table as the class's settings. Raises ConfigError naming the key."""
    try:
        return msgspec.convert(config.device, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"[device]: {error}") from error
