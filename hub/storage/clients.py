"""Programs of the city's platforms: a name, a secret, and the access tokens that it was changed for.

Words of RFC 6749 (OAuth 2.0): client, client credentials (4.4), access token. Of secrets only SHA-256 is kept; they are
random, so that nothing slower would make them harder to guess.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.account_errors import AccountError
from hub.storage.accounts import OF_CLIENT
from hub.storage.attempts import Attempts, network
from hub.storage.audit import What, note
from hub.storage.schema_platform import client, client_token

TOKEN_LASTS = timedelta(hours=1)
OLD_LASTS = timedelta(hours=24)  # the secret before, so that a platform can change it without a gap
_TOKENS_MAX = 100  # at once, of one client: the oldest gives way
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
_NAME_MAX = 100
_PREFIX = "tcs_"
_UNKNOWN = "0" * 64


class Client(msgspec.Struct, frozen=True):
    """`halls`: where it may book. `name`: for people."""

    id: str
    name: str
    halls: tuple[str, ...]
    disabled: bool
    created_at: datetime
    created_by: str


class UnknownClientError(AccountError):
    code = "unknown-client"


class ClientTakenError(AccountError):
    code = "client-taken"


class BadClientError(AccountError):
    code = "bad-client"


class WrongSecretError(Exception):
    """The client is unknown or disabled, or that is not its secret: it does not say which."""


class Clients:
    """Synchronous, safe to call from any thread. `changed`: what is remembered of access tokens is to be forgotten.

    What administrators do is in the audit, in the same transaction.
    """

    def __init__(self, engine: Engine, changed: Callable[[], None] = lambda: None) -> None:
        self._engine, self._changed = engine, changed
        self._attempts = Attempts()

    def all(self) -> list[Client]:
        with self._engine.connect() as connection:
            return [_client(row) for row in connection.execute(select(client).order_by(client.c.id))]

    def one(self, ident: str) -> Client:
        """Raises UnknownClientError."""
        with self._engine.connect() as connection:
            return _found(connection, ident)

    def add(self, ident: str, name: str, halls: Sequence[str], *, by: str, now: datetime) -> tuple[Client, str]:
        """It and its secret. Raises BadClientError, ClientTakenError."""
        if not _ID.match(ident):
            raise BadClientError(f"{ident!r} is no id: a-z, 0-9 and - up to 64, beginning with a letter or digit")
        secret = _PREFIX + secrets.token_urlsafe(32)
        row = {
            "id": ident, "name": _name(name), "halls": " ".join(sorted(set(halls))), "secret_sha256": _sha256(secret),
            "old_sha256": "", "old_until": None, "disabled": False, "created_at": now, "created_by": by,
        }  # fmt: skip
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(client), row)
                _note(connection, "client-added", ident, by, now)
                made = _found(connection, ident)
        except IntegrityError as error:
            raise ClientTakenError(f"there is a client {ident!r} already") from error
        return made, secret

    def change(
        self,
        ident: str,
        *,
        name: str | None = None,
        halls: Sequence[str] | None = None,
        disabled: bool | None = None,
        by: str,
        now: datetime,
    ) -> Client:
        """None: stays. Disabled, its access tokens end. Raises UnknownClientError, BadClientError."""
        values: dict[str, Any] = {
            **({} if name is None else {"name": _name(name)}),
            **({} if halls is None else {"halls": " ".join(sorted(set(halls)))}),
            **({} if disabled is None else {"disabled": disabled}),
        }
        with self._engine.begin() as connection:
            _found(connection, ident)
            if values:
                connection.execute(update(client).where(client.c.id == ident).values(values))
                _note(connection, "client-disabled" if disabled else "client-changed", ident, by, now)
            if disabled:
                connection.execute(delete(client_token).where(client_token.c.client == ident))
            after = _found(connection, ident)
        self._changed()
        return after

    def renew(self, ident: str, *, at_once: bool = False, by: str, now: datetime) -> str:
        """A new secret. The one before is good for `OLD_LASTS` more, unless `at_once`: then its tokens end as well."""
        secret = _PREFIX + secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            _found(connection, ident)
            old = ("", None) if at_once else (client.c.secret_sha256, now + OLD_LASTS)
            values = {"secret_sha256": _sha256(secret), "old_sha256": old[0], "old_until": old[1]}
            connection.execute(update(client).where(client.c.id == ident).values(values))
            if at_once:
                connection.execute(delete(client_token).where(client_token.c.client == ident))
            _note(connection, "client-secret", ident, by, now)
        self._changed()
        return secret

    def token(self, ident: str, secret: str, address: str, now: datetime) -> str:
        """An access token, good for `TOKEN_LASTS`. Raises WrongSecretError, ThrottledError. `address`: where from."""
        where = network(address)
        self._attempts.begin(ident[:65], where, now)
        with self._engine.connect() as connection:
            found = connection.execute(select(client).where(client.c.id == ident)).one_or_none()
        if not _is_its(found, secret, now) or found is None or found.disabled:
            raise WrongSecretError
        self._attempts.succeeded(ident, where)
        token = OF_CLIENT + secrets.token_urlsafe(32)
        row = {"token_sha256": _sha256(token), "client": ident, "expires_at": now + TOKEN_LASTS}
        table = client_token.c
        newest = (
            select(table.token_sha256).where(table.client == ident).order_by(table.expires_at.desc()).limit(_TOKENS_MAX)
        )
        with self._engine.begin() as connection:
            connection.execute(insert(client_token), row)
            connection.execute(delete(client_token).where(table.expires_at <= now))
            connection.execute(delete(client_token).where(table.client == ident, table.token_sha256.not_in(newest)))
        return token


def _is_its(found: Row[Any] | None, secret: str, now: datetime) -> bool:
    """As much work for a client that is unknown."""
    given = _sha256(secret)
    now_good = hmac.compare_digest(found.secret_sha256 if found else _UNKNOWN, given)
    old = found.old_sha256 if found and found.old_until is not None and now < found.old_until else _UNKNOWN
    return hmac.compare_digest(old, given) or now_good


def _found(connection: Connection, ident: str) -> Client:
    row = connection.execute(select(client).where(client.c.id == ident)).one_or_none()
    if row is None:
        raise UnknownClientError(f"there is no client {ident!r}")
    return _client(row)


def _note(connection: Connection, what: What, ident: str, by: str, now: datetime) -> None:
    note(connection, hall="", who=by, what=what, detail=ident, at=now)


def _name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > _NAME_MAX or not plain.isprintable():
        raise BadClientError(f"a client has a name of 1 to {_NAME_MAX} characters, for people")
    return plain


def _client(row: Row[Any]) -> Client:
    return Client(row.id, row.name, tuple(row.halls.split()), row.disabled, row.created_at, row.created_by)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
