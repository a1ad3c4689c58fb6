"""Secrets of webhooks, and signatures by Standard Webhooks (standardwebhooks.com, 1.0.0)."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from standardwebhooks import Webhook as Signer

from hub.people.sealing import Keys

_BYTES = 32  # of a secret; the standard wants 24 to 64
BOTH = timedelta(hours=24)  # after a change the old secret signs along for so long


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """`before`: the one that `now` replaced, until then."""

    now: str
    before: str = ""
    before_until: datetime | None = None

    def __repr__(self) -> str:
        return "Secrets()"

    def valid(self, at: datetime) -> tuple[str, ...]:
        if self.before and self.before_until is not None and at < self.before_until:
            return self.now, self.before
        return (self.now,)


class SealedRow(Protocol):
    """A webhook, or where a route of alerts leads to one."""

    @property
    def id(self) -> str: ...
    @property
    def wrapped(self) -> bytes: ...
    @property
    def sealed(self) -> bytes: ...


class SealedSecrets:
    """Of the rows of one kind, for which they are sealed."""

    def __init__(self, keys: Keys, kind: str) -> None:
        self._keys, self._kind = keys, kind

    def seal(self, ident: str, known: Secrets) -> tuple[bytes, bytes]:
        """(wrapped, sealed)."""
        return self._keys.seal(f"{self._kind}/{ident}", msgspec.json.encode(known))

    def open(self, row: SealedRow) -> Secrets:
        """Raises BrokenSealError."""
        opened = self._keys.unseal(f"{self._kind}/{row.id}", row.wrapped, row.sealed)
        return msgspec.json.decode(opened, type=Secrets)


def fresh_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def rotated(known: Secrets, at: datetime) -> Secrets:
    return Secrets(now=fresh_secret(), before=known.now, before_until=at + BOTH)


def signed(known: Secrets, ident: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one try. `ident`: the same with every try."""
    text = body.decode()
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(one).sign(ident, at, text) for one in known.valid(at)),
    }
