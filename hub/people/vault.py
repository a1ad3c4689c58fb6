"""The vault: who is behind a pseudonym. What is in the database is sealed; erasing is the row with its own key gone."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from hub.people import masks
from hub.people.masks import Masked
from hub.people.persons import Person, checked
from hub.people.sealing import BrokenSealError, Keys
from hub.pseudonyms import Pseudonyms
from hub.storage.person_records import PersonRecord, PersonRecords

__all__ = ["Masked", "Person", "Vault"]


def _nothing(phone: str) -> None: ...


class Vault:
    """Synchronous, safe to call from any thread; pages and API call it with `to_thread`.

    `gone(phone)`: somebody with that phone was erased, for what keeps phones elsewhere.
    """

    def __init__(
        self, records: PersonRecords, pseudonyms: Pseudonyms, keys: Keys, gone: Callable[[str], None] = _nothing
    ) -> None:
        self._records, self._pseudonyms, self._keys, self._gone = records, pseudonyms, keys, gone

    def remember(self, person: Person, now: datetime) -> str:
        """Their pseudonym. Again: the newest name and phone; without a phone, the one that was known stays.

        Raises BadPersonError for what cannot be a name, a number or a phone.
        """
        person = checked(person, now.date())
        pseudonym = self._pseudonyms.of(person.number)
        if not person.phone and (known := self._open(pseudonym)):
            person = msgspec.structs.replace(person, phone=known.phone)
        wrapped, sealed = self._keys.seal(_row(pseudonym), msgspec.json.encode(person))
        phone = self._hidden(person.phone)
        self._records.put(PersonRecord(person=pseudonym, phone=phone, wrapped=wrapped, sealed=sealed, seen_at=now))
        return pseudonym

    def seen(self, person: str, now: datetime) -> None:
        """They were here, or called: from now on their time counts anew."""
        self._records.seen(person, now)

    def masked(self, person: str) -> Masked | None:
        """None: not in the vault (any more)."""
        known = self._open(person)
        return masks.masked(known) if known else None

    def phone(self, person: str) -> str | None:
        """For messages only: no log line, no page. None: unknown, or they have none."""
        known = self._open(person)
        return known.phone or None if known else None

    def of_phone(self, phone: str) -> tuple[str, ...]:
        """Pseudonyms of those who gave it last. `phone` as `phone_of` spells it."""
        return self._records.of_phone(self._hidden(phone))

    def reveal(self, person: str, *, by: str, why: str, now: datetime) -> Person | None:
        """Noted before it is shown. Nobody's name, number or phone gets into the note by way of `why`."""
        known = self._open(person)
        if known is None:
            return None
        for plain, mask in ((known.name, "×"), (known.number, "×"), (known.phone, "×")):
            why = why.replace(plain, mask) if plain else why
        return known if self._records.note_revealed(person, by=by, why=why, at=now) else None

    def erase(self, person: str, *, by: str, now: datetime) -> bool:
        """False: they were not there. Afterwards nothing is left in the files, as far as readers allow at once; what
        they held up goes with the next round of `Retention`."""
        return self._erase(person, by, now)

    def expire(self, since: datetime, now: datetime) -> int:
        """Erases those of whom nothing is known since then; how many. Nobody's deed, so it is not in the audit."""
        return sum(self._erase(person, None, now) for person in self._records.silent(since))

    def _erase(self, person: str, by: str | None, now: datetime) -> bool:
        try:
            phone = self.phone(person)
        except BrokenSealError:  # damaged: all the more a reason that it goes
            phone = None
        erased = self._records.erase(person, by=by, at=now)
        if erased and phone:
            self._gone(phone)
        if erased and by is not None:
            self._records.scrub()
        return erased

    def _open(self, person: str) -> Person | None:
        one = self._records.get(person)
        if one is None:
            return None
        return msgspec.json.decode(self._keys.unseal(_row(person), one.wrapped, one.sealed), type=Person)

    def _hidden(self, phone: str) -> str:
        return self._keys.look_up("phone", phone) if phone else ""


def _row(person: str) -> str:
    return f"person_record/{person}"
