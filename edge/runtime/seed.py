"""The seed: what a card carries so that its board finds its hub. TOML in a slot of 16 KiB on the boot partition."""

import re
import tomllib
from typing import Any

import msgspec

from edge.runtime import config

FILE = "TINGXU.SED"
SLOT_BYTES = 16 * 1024
FIRST_LINE = "# tingxu seed 1"
BLANK = (FIRST_LINE + "\n").encode().ljust(SLOT_BYTES, b"\n")
"""The slot of a card that was not seeded: its board waits."""

_CLASS = re.compile(r"[a-z][a-z_]{0,40}\Z")
_SSH_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]+( [^\r\n]*)?\Z")


class SeedError(ValueError):
    """The seed cannot be used; the text names the key and says what to do."""


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`device_class` (`class` in the file): "" where the hub is to say what the board is. `device`: keys that the
    agent's `[device]` table gets over the class's usual ones. `ssh_key`: one line of authorized_keys(5), or "".
    """

    est: str
    ca_fingerprint: str
    broker: str
    token: str = ""
    hall: str = ""
    device_class: str = msgspec.field(default="", name="class")
    device: dict[str, Any] = {}
    ssh_key: str = ""

    @property
    def hub(self) -> config.Hub:
        return config.Hub(est=self.est, ca_fingerprint=self.ca_fingerprint, broker=self.broker, token=self.token)


def is_blank(slot: bytes) -> bool:
    return slot.strip(b"\n\0") in (b"", FIRST_LINE.encode())


def read(slot: bytes) -> Seed | None:
    """What a slot says, or None where nothing was written into it. Raises SeedError."""
    if is_blank(slot):
        return None
    text = _text(slot)
    try:
        seed = msgspec.convert(tomllib.loads(text), Seed)
        config.check_hub(seed.hub)
    except tomllib.TOMLDecodeError as error:
        raise SeedError(f"the seed is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SeedError(f"the seed: {error}") from error
    except config.ConfigError as error:
        raise SeedError(f"the seed's {error}") from error
    if seed.device_class and not _CLASS.match(seed.device_class):
        raise SeedError(f"the seed's class = {seed.device_class!r}: set a device class, such as ticket_printer")
    if seed.ssh_key and not _SSH_KEY.match(seed.ssh_key):
        raise SeedError("the seed's ssh_key is no public key: set the one line of a file such as id_ed25519.pub")
    return seed


def slot(text: str) -> bytes:
    """The slot's bytes for a seed in TOML, with or without its first line. Raises SeedError."""
    whole = text if text.startswith(FIRST_LINE) else f"{FIRST_LINE}\n{text}"
    data = whole.encode()
    if len(data) > SLOT_BYTES:
        raise SeedError(f"the seed has {len(data)} bytes, and a card holds {SLOT_BYTES}: shorten [device]")
    filled = data.ljust(SLOT_BYTES, b"\n")
    if read(filled) is None:
        raise SeedError("the seed says nothing: set est, ca_fingerprint and broker")
    return filled


def _text(slot: bytes) -> str:
    try:
        text = slot.rstrip(b"\n\0").decode()
    except UnicodeDecodeError as error:
        raise SeedError("the seed is not UTF-8: write the card's seed again") from error
    if text.partition("\n")[0].strip() != FIRST_LINE:
        raise SeedError(f"the seed does not begin with {FIRST_LINE!r}: this is no slot of ours, or another version's")
    return text
