"""An agent's configuration file (TOML): where the hub is, where state is kept, and the class's own settings."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

_EST = re.compile(r"https://[^/:?#]+:\d+\Z|https://\[[0-9a-fA-F:]+\]:\d+\Z")
_FINGERPRINT = re.compile(r"([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}\Z")


class ConfigError(ValueError):
    """The file cannot be used; the text names the file and the key."""


class Hub(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`est`: https://HOST:PORT of enrolment. `ca_fingerprint`: SHA-256 of the CA certificate (DER), hex."""

    est: str
    ca_fingerprint: str
    broker: str  # HOST:PORT, mutual TLS
    token: str = ""


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`settle_s`: how long hardware may take to open, before it is judged; `trial_s`: how long new settings from the
    hub may take to prove themselves, before the last good ones come back."""

    state_dir: str
    health_s: float = 30.0
    settle_s: float = 8.0
    trial_s: float = 60.0


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hub: Hub
    agent: AgentSettings
    device: dict[str, Any] = {}


def load(path: Path) -> Config:
    """Raises ConfigError."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Config)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        check_hub(found.hub)
    except ConfigError as error:
        raise ConfigError(f"{path}: [hub] {error}") from error
    return found


def check_hub(hub: Hub) -> None:
    """Raises ConfigError for what nobody could ever connect to, long before anything tries."""
    if wrong := _wrong(hub):
        raise ConfigError(wrong)


def device_settings(config: Config, kind: type[msgspec.Struct]) -> Any:
    """The `[device]` table as the class's settings. Raises ConfigError naming the key."""
    try:
        return msgspec.convert(config.device, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"[device]: {error}") from error


def _wrong(hub: Hub) -> str:
    """What is wrong with it, or ""."""
    host, _, port = hub.broker.rpartition(":")
    if not _EST.match(hub.est) or not _is_port(hub.est.rpartition(":")[2]):
        return f"est = {hub.est!r}: set https://HOST:PORT, such as https://hub.example:8443"
    if not host or not _is_port(port):
        return f"broker = {hub.broker!r}: set HOST:PORT, such as hub.example:8883"
    if not _FINGERPRINT.match(hub.ca_fingerprint):
        return "ca_fingerprint: set the 64 hexadecimal digits that `python -m hub init` prints"
    return ""


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536
