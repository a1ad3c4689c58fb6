"""Secrets of webhooks, and signatures by Standard Webhooks (standardwebhooks.com, 1.0.0)."""

import base64
import secrets
from datetime import datetime, timedelta

import msgspec
from standardwebhooks import Webhook as Signer

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
