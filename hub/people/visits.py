"""Who proved by a code that a phone is theirs: thirty minutes from the last look. The secret is in the browser's cookie
alone; the database has its SHA-256, and the phone sealed under a key made of the secret."""

import hashlib
import secrets
from datetime import datetime, timedelta

from hub.people.persons import phone_of
from hub.people.sealing import BrokenSealError, Keys, key_of, lock, unlock
from hub.people.vault import Vault
from hub.storage.visits import VisitRows

LASTS = timedelta(minutes=30)
_SLIDE = timedelta(minutes=1)  # how stale the end of a visit may be, so that not every look at it is a write
_OF_VISIT = "ttv_"


class Visits:
    """Synchronous, safe to call from any thread."""

    def __init__(self, rows: VisitRows, keys: Keys, vault: Vault) -> None:
        self._rows, self._keys, self._vault = rows, keys, vault

    def open(self, phone: str, now: datetime) -> str:
        """The secret, for a cookie; it is not stored. Raises BadPersonError for what is no phone."""
        phone = phone_of(phone)
        secret = _OF_VISIT + secrets.token_urlsafe(32)
        hidden = _hidden(secret)
        sealed = lock(key_of(secret, "visit"), hidden, phone.encode())
        self._rows.add(hidden, self._keys.look_up("phone", phone), sealed, now + LASTS)
        return secret

    def phone_of(self, secret: str, now: datetime) -> str | None:
        """None: no visit, or it is over. Each look makes it last from now on."""
        hidden = _hidden(secret)
        found = self._rows.get(hidden, now)
        if found is None:
            return None
        try:
            phone = unlock(key_of(secret, "visit"), hidden, found.sealed).decode()
        except BrokenSealError:
            return None
        if found.expires_at < now + LASTS - _SLIDE:
            self._rows.extend(hidden, now + LASTS)
        return phone

    def bind(self, secret: str, person: str) -> None:
        """That person acted, or was acted for, in this visit. Whose visit is over is bound to nobody."""
        self._rows.bind(_hidden(secret), person)

    def persons(self, secret: str, now: datetime) -> tuple[str, ...]:
        """Pseudonyms: who is bound, then who has this phone in the vault. Empty: none, or the visit is over."""
        phone = self.phone_of(secret, now)
        if phone is None:
            return ()
        return tuple(dict.fromkeys([*self._rows.persons(_hidden(secret)), *self._vault.of_phone(phone)]))

    def end(self, secret: str) -> None:
        """At once, by whoever has it."""
        self._rows.end(_hidden(secret))

    def sweep(self, now: datetime) -> None:
        self._rows.sweep(now)


def _hidden(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
