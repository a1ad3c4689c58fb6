"""Who may do what: accounts with passwords, the sessions of browsers, the tokens of programs.

Of a password only argon2id is kept, of everything random only SHA-256; each secret is shown once, when it is made.
"""

import hashlib
import re
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, Literal, TypeAlias, get_args

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, delete, exists, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.account_errors import (
    BadAccountError,
    LastAdministratorError,
    NameTakenError,
    UnknownAccountError,
    UnknownTokenError,
    WrongPasswordError,
)
from hub.storage.attempts import Attempts, network
from hub.storage.schema_accounts import account, api_token, session
from hub.storage.schema_platform import client, client_token

Role: TypeAlias = Literal["administrator", "manager", "clerk", "technician"]
ROLES: tuple[Role, ...] = get_args(Role)
Caller: TypeAlias = Role | Literal["platform"]
"""Whoever may ask for something: people and programs of the hall, and a platform's program (hub.storage.clients)."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
PASSWORD_MIN, PASSWORD_MAX = 8, 256  # characters

_SESSION = timedelta(hours=12)
_SLIDE = timedelta(minutes=5)  # how stale a session's expiry may be, so that not every look at it is a write
_REMEMBERED = timedelta(seconds=5)
_REMEMBERED_MAX = 4096
_OF_SESSION, _OF_TOKEN, OF_CLIENT = "tts_", "ttk_", "tta_"
_SECRET = re.compile(r"tt[ska]_[A-Za-z0-9_-]{43}\Z")

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB and two passes, which a hub on a small board can bear.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Identity(msgspec.Struct, frozen=True):
    """Who is asking. `name`: what the log says of them; `ident`: unique, unlike a token's name; `clerk`: number;
    `halls`: of a platform's program, where it may book."""

    name: str
    role: Caller
    via: Literal["session", "token"]
    ident: str
    clerk: str = ""
    halls: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True):
    name: str
    role: Role
    clerk: str
    disabled: bool
    created_at: datetime


class Token(msgspec.Struct, frozen=True):
    """A program's token, without its secret."""

    id: str
    name: str
    role: Role
    expires_at: datetime | None
    created_at: datetime
    created_by: str


class Accounts:
    """Synchronous, safe to call from any thread; `log_in` takes tens of milliseconds by design, `remembered` none.

    Every call is one transaction of its own. `now` is aware, and the hub's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._remembered = _Remembered()
        self._attempts = Attempts()

    # Accounts.

    def first_administrator(self, now: datetime) -> str | None:
        """On the very first start: creates the account `admin` and returns its password. Otherwise None."""
        password = secrets.token_urlsafe(12)
        values = ("admin", "administrator", _hasher.hash(password), False, now)
        columns = (account.c.name, account.c.role, account.c.password, account.c.disabled, account.c.created_at)
        row = select(*(literal(value, column.type) for value, column in zip(values, columns, strict=True)))
        with self._engine.begin() as connection:
            nobody = ~exists(select(account.c.name))
            made = insert(account).from_select(list(columns), row.where(nobody)).returning(account.c.name)
            return None if connection.execute(made).one_or_none() is None else password

    def create(self, name: str, role: Role, password: str, now: datetime, clerk: str = "") -> Account:
        """Raises BadAccountError, NameTakenError."""
        _check_name(name)
        _check_password(password)
        if role not in ROLES:
            raise BadAccountError(f"there is no role {role!r}; there is {', '.join(ROLES)}")
        if (role == "clerk") != bool(clerk):
            raise BadAccountError("an account of the role clerk has a work number (clerk), and no other has")
        values = {"name": name, "role": role, "password": _hasher.hash(password), "clerk": clerk or None}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(account).values(**values, disabled=False, created_at=now))
        except IntegrityError as error:
            raise NameTakenError(f"there is an account {name!r} already") from error
        return Account(name, role, clerk, False, now)

    def change(self, name: str, *, disabled: bool | None = None, password: str | None = None) -> Account:
        """Either change ends the account's sessions. Raises UnknownAccountError, BadAccountError,
        LastAdministratorError."""
        changes: dict[str, Any] = {} if disabled is None else {"disabled": disabled}
        if password is not None:
            _check_password(password)
            changes["password"] = _hasher.hash(password)
        with self._engine.begin() as connection:
            if changes:
                connection.execute(update(account).where(account.c.name == name).values(**changes))
                connection.execute(delete(session).where(session.c.account == name))
            found = connection.execute(select(account).where(account.c.name == name)).one_or_none()
            if found is None:
                raise UnknownAccountError(f"there is no account {name!r}")
            if found.role == "administrator" and not _administered(connection):
                raise LastAdministratorError(f"{name!r} is the last administrator: create another one first")
        self._remembered.clear()
        return _account(found)

    def all(self) -> list[Account]:
        with self._engine.connect() as connection:
            return [_account(row) for row in connection.execute(select(account).order_by(account.c.name))]

    # Sessions.

    def log_in(self, name: str, password: str, address: str, now: datetime) -> str:
        """The secret of a new session. Raises WrongPasswordError, ThrottledError. `address`: where from."""
        where = network(address)
        self._attempts.begin(name[:65], where, now)
        with self._engine.connect() as connection:
            found = connection.execute(select(account).where(account.c.name == name)).one_or_none()
        known = found is not None and not found.disabled
        right = _matches(found.password if known and found is not None else _nobody(), password)
        if not (known and right):
            raise WrongPasswordError("name or password is wrong")
        self._attempts.succeeded(name, where)
        secret = _OF_SESSION + secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            connection.execute(delete(session).where(session.c.expires_at <= now))
            values = {"token_sha256": _sha256(secret), "account": name, "expires_at": now + _SESSION}
            connection.execute(insert(session).values(**values))
        return secret

    def log_out(self, secret: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(session).where(session.c.token_sha256 == _sha256(secret)))
        self._remembered.clear()

    # Tokens.

    def issue_token(
        self, name: str, role: Role, now: datetime, created_by: str, lasts: timedelta | None = None
    ) -> tuple[Token, str]:
        """The token and its secret. `lasts` None: until it is revoked. Raises BadAccountError."""
        _check_name(name)
        if role not in ROLES:
            raise BadAccountError(f"there is no role {role!r}; there is {', '.join(ROLES)}")
        secret = _OF_TOKEN + secrets.token_urlsafe(32)
        token = Token(secrets.token_hex(6), name, role, now + lasts if lasts else None, now, created_by)
        with self._engine.begin() as connection:
            connection.execute(insert(api_token).values(token_sha256=_sha256(secret), **msgspec.structs.asdict(token)))
        return token, secret

    def tokens(self) -> list[Token]:
        """Expired ones too, until they are revoked."""
        columns = [api_token.c[field] for field in Token.__struct_fields__]
        with self._engine.connect() as connection:
            return [Token(*row) for row in connection.execute(select(*columns).order_by(api_token.c.created_at))]

    def revoke(self, ident: str) -> None:
        """Raises UnknownTokenError."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(api_token).where(api_token.c.id == ident)).rowcount
        self._remembered.clear()
        if not gone:
            raise UnknownTokenError(f"there is no token with the id {ident!r}")

    # Who is it?

    def forget(self) -> None:
        """What was good a moment ago is looked up again."""
        self._remembered.clear()

    def remembered(self, secret: str, now: datetime) -> Identity | None:
        """Whose it was a few seconds ago, without a look at the database. None: ask `identify`."""
        return self._remembered.get(secret, now)

    def identify(self, secret: str, now: datetime, *, slide: bool = True) -> Identity | None:
        """Whose secret that is, or None. `slide`: looking at a session keeps it alive."""
        if not _SECRET.match(secret):
            return None
        generation = self._remembered.generation
        if secret.startswith(_OF_SESSION):
            who = self._of_session(secret, now, slide)
        else:
            who = self._of_client(secret, now) if secret.startswith(OF_CLIENT) else self._of_token(secret, now)
        if who is not None:
            self._remembered.put(secret, who, now, generation)
        return who

    def _of_session(self, secret: str, now: datetime, slide: bool) -> Identity | None:
        key = session.c.token_sha256 == _sha256(secret)
        both = select(account, session.c.expires_at).join(session, session.c.account == account.c.name)
        with self._engine.connect() as connection:
            found = connection.execute(both.where(key, ~account.c.disabled)).one_or_none()
        if found is None or found.expires_at <= now:
            return None
        if slide and found.expires_at < now + _SESSION - _SLIDE:
            with self._engine.begin() as connection:
                connection.execute(update(session).where(key).values(expires_at=now + _SESSION))
        return Identity(found.name, found.role, "session", found.name, found.clerk or "")

    def _of_token(self, secret: str, now: datetime) -> Identity | None:
        with self._engine.connect() as connection:
            query = select(api_token).where(api_token.c.token_sha256 == _sha256(secret))
            found = connection.execute(query).one_or_none()
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            return None
        return Identity(f"token:{found.name}", found.role, "token", f"token:{found.id}")

    def _of_client(self, secret: str, now: datetime) -> Identity | None:
        both = select(client, client_token.c.expires_at).join(client_token, client_token.c.client == client.c.id)
        with self._engine.connect() as connection:
            found = connection.execute(both.where(client_token.c.token_sha256 == _sha256(secret))).one_or_none()
        if found is None or found.disabled or found.expires_at <= now:
            return None
        name = f"client:{found.id}"
        return Identity(name, "platform", "token", name, halls=tuple(found.halls.split()))


class _Remembered:
    """Secrets that were good a few seconds ago. `generation` rises when something was taken away, so that a look at
    the database that began before does not bring it back."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Identity, datetime]] = OrderedDict()
        self._lock = Lock()
        self.generation = 0

    def get(self, secret: str, now: datetime) -> Identity | None:
        who, since = self._known.get(secret, (None, now))
        return who if timedelta(0) <= now - since < _REMEMBERED else None

    def put(self, secret: str, who: Identity, now: datetime, generation: int) -> None:
        with self._lock:
            if generation != self.generation:
                return
            self._known[secret] = (who, now)
            self._known.move_to_end(secret)
            while len(self._known) > _REMEMBERED_MAX:
                self._known.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self.generation += 1
            self._known.clear()


def _account(row: Row[Any]) -> Account:
    return Account(row.name, row.role, row.clerk or "", row.disabled, row.created_at)


def _administered(connection: Connection) -> bool:
    active = select(account.c.name).where(account.c.role == "administrator", ~account.c.disabled)
    return connection.execute(active.limit(1)).one_or_none() is not None


def _check_name(name: str) -> None:
    if not NAME.match(name):
        raise BadAccountError(f"{name!r} is no name: a-z, 0-9 and . _ - up to 64, beginning with a letter or digit")


def _check_password(password: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise BadAccountError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[: PASSWORD_MAX + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that nothing matches, so that an unknown name takes as long as a wrong password."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
