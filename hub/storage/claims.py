"""Claims: the tokens that let devices in, each for so many uses, until a moment, and for a place, a class or a hall."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from hub.storage import audit
from hub.storage import schema_devices as schema
from hub.storage.refused import ExpiredTokenError, UnknownTokenError, UsedTokenError


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a token allows. Position None: any; device class None: whatever the position needs; neither: a person
    decides, or the plan. `replaces`: the device that is revoked when this is redeemed.
    """

    id: str
    hall: str
    position: str | None
    device_class: str | None
    uses_left: int
    expires_at: datetime
    created_at: datetime
    created_by: str
    uses: int = 1
    replaces: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def is_placing(self) -> bool:
        """Whether it says enough for nobody to be asked."""
        return self.position is not None or self.device_class is not None


class NewClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that is asked for; see Claim."""

    hall: str
    position: str | None = None
    device_class: str | None = None
    uses: int = 1
    expires_at: datetime
    created_at: datetime
    created_by: str
    replaces: str | None = None

    def __post_init__(self) -> None:
        if self.uses < 1 or (self.position is not None and self.uses > 1):
            raise ValueError(f"{self.uses} uses: at least 1, and no more than 1 for a single position")


def create(connection: Connection, asked: NewClaim) -> tuple[str, Claim]:
    """(token, claim). Only the token's hash is kept; 160 random bits need no slow one."""
    token = secrets.token_hex(20)
    claim = Claim(id=secrets.token_hex(8), uses_left=asked.uses, **msgspec.structs.asdict(asked))
    connection.execute(insert(schema.claim).values(**msgspec.structs.asdict(claim), token_sha256=_hash(token)))
    _note(connection, "claim-issued", claim, asked.created_by, asked.created_at)
    return token, claim


def by_token(connection: Connection, token: str) -> Claim:
    """Used up and expired or not. Raises UnknownTokenError."""
    row = connection.execute(select(schema.claim).where(schema.claim.c.token_sha256 == _hash(token))).one_or_none()
    if row is None:
        raise UnknownTokenError("this token is not one of ours; is the card meant for another hub?")
    return _as_claim(row)


def locked(connection: Connection, token: str) -> Claim:
    """Taking the row for writing first makes everything that follows one step, in SQLite and in PostgreSQL alike."""
    table = schema.claim
    same = update(table).where(table.c.token_sha256 == _hash(token)).values(uses_left=table.c.uses_left)
    connection.execute(same)
    return by_token(connection, token)


def check_usable(claim: Claim, now: datetime) -> None:
    if claim.withdrawn_at is not None:
        raise UsedTokenError(f"this token was withdrawn at {claim.withdrawn_at:%Y-%m-%d %H:%M} UTC; ask for a new one")
    if now >= claim.expires_at:
        raise ExpiredTokenError(f"this token expired at {claim.expires_at:%Y-%m-%d %H:%M} UTC; ask for a new one")
    if claim.uses_left < 1:
        raise UsedTokenError("this token was used up by another device; ask for a new one")


def burn(connection: Connection, id: str) -> None:
    """One use; a person who approves may let in more than a token said."""
    table = schema.claim
    connection.execute(
        update(table).where(table.c.id == id, table.c.uses_left > 0).values(uses_left=table.c.uses_left - 1)
    )


def of_hall(connection: Connection, hall: str) -> list[Claim]:
    """The newest first."""
    table = schema.claim
    query = select(table).where(table.c.hall == hall).order_by(table.c.created_at.desc(), table.c.id)
    return [_as_claim(row) for row in connection.execute(query)]


def withdraw(connection: Connection, hall: str, id: str, *, by: str, at: datetime) -> bool:
    """False: this hall has no such claim. Who came in with it stays."""
    table = schema.claim
    this = (table.c.id == id) & (table.c.hall == hall)
    done = connection.execute(update(table).where(this, table.c.withdrawn_at.is_(None)).values(withdrawn_at=at))
    row = connection.execute(select(table).where(this)).one_or_none()
    if row is not None and done.rowcount:
        _note(connection, "claim-withdrawn", _as_claim(row), by, at)
    return row is not None


def _note(connection: Connection, what: audit.What, claim: Claim, by: str, at: datetime) -> None:
    """The id is how claims are listed; of the token nothing is written anywhere."""
    uses = f"× {claim.uses}" if claim.position is None else ""
    audit.note(
        connection,
        hall=claim.hall,
        position=claim.position or "",
        device=claim.replaces or "",
        who=by,
        what=what,
        detail=audit.told(claim.id, claim.device_class or "", uses, f"→ {claim.expires_at:%Y-%m-%d %H:%M} UTC"),
        at=at,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _as_claim(row: Row[Any]) -> Claim:
    return Claim(**{name: row._mapping[name] for name in Claim.__struct_fields__})
