"""The vault: kept sealed, told masked, and when erased, gone from the files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from hub.people.people import OtherKeyError, People
from hub.people.persons import BadPersonError
from hub.people.sealing import BrokenSealError
from hub.people.vault import Masked, Person, Vault
from hub.pseudonyms import Pseudonyms
from hub.storage.audit import Audit
from hub.storage.database import Where, open_database
from hub.storage.schema_people import person_record
from tests.hub.people.households import KEY, NUMBER, PEPPER, ZHANG, people_of

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> People:
    return people_of(engine)


@pytest.fixture
def vault(people: People) -> Vault:
    return people.vault


def test_a_person_is_known_by_the_pseudonym_that_a_swiped_card_gives(vault: Vault) -> None:
    assert vault.remember(ZHANG, NOW) == Pseudonyms(PEPPER).of(NUMBER)


def test_others_see_masks_and_messages_the_phone(vault: Vault) -> None:
    person = vault.remember(ZHANG, NOW)
    assert vault.masked(person) == Masked("张**", "110105********002X", "138****1234")
    assert vault.phone(person) == "13800001234"
    assert (vault.masked("ab" * 16), vault.phone("ab" * 16)) == (None, None)


def test_the_newest_name_and_phone_count(vault: Vault) -> None:
    person = vault.remember(ZHANG, NOW)
    assert vault.remember(Person("张三丰", NUMBER.lower(), "+86 139-0000-1234"), NOW) == person
    assert vault.phone(person) == "13900001234"
    assert (vault.of_phone("13800001234"), vault.of_phone("13900001234")) == ((), (person,))


def test_who_comes_without_a_phone_keeps_the_one_that_was_known(vault: Vault) -> None:
    person = vault.remember(ZHANG, NOW)
    vault.remember(Person("张三丰", NUMBER, ""), NOW)
    assert vault.phone(person) == "13800001234"


def test_somebody_without_a_phone_is_remembered_and_found_by_none(vault: Vault) -> None:
    person = vault.remember(Person("李四", "E12345678", "", "passport"), NOW)
    assert (vault.phone(person), vault.of_phone("")) == (None, ())


def test_what_cannot_be_a_person_is_not_remembered(vault: Vault, engine: Engine) -> None:
    with pytest.raises(BadPersonError, match="bad-check-digit"):
        vault.remember(Person("张三丰", "110105194912310021", "13800001234"), NOW)
    with engine.connect() as connection:
        assert connection.execute(select(person_record)).all() == []


def test_a_row_opens_at_its_own_place_only(vault: Vault, engine: Engine) -> None:
    """Somebody with the database changes whose is whose: nothing is told of the wrong one."""
    one, other = vault.remember(ZHANG, NOW), vault.remember(Person("李四", "E12345678", "", "passport"), NOW)
    with engine.begin() as connection:
        row = connection.execute(select(person_record).where(person_record.c.person == one)).one()
        changed = update(person_record).where(person_record.c.person == other)
        connection.execute(changed.values(wrapped=row.wrapped, sealed=row.sealed))
    with pytest.raises(BrokenSealError):
        vault.masked(other)


def test_a_damaged_row_can_be_erased_and_remembered_anew(vault: Vault, engine: Engine) -> None:
    person = vault.remember(ZHANG, NOW)
    for again in (lambda: vault.erase(person, by="chen", now=NOW), lambda: vault.remember(ZHANG, NOW) == person):
        with engine.begin() as connection:
            connection.execute(update(person_record).values(sealed=b"\x01damaged"))
        assert again()
    assert vault.phone(person) == "13800001234"


def test_each_row_has_a_key_of_its_own_and_a_new_one_each_time(vault: Vault, engine: Engine) -> None:
    seen = set()
    for _ in range(3):
        vault.remember(ZHANG, NOW)
        with engine.connect() as connection:
            seen.add(connection.execute(select(person_record.c.wrapped, person_record.c.sealed)).one())
    assert len({one.wrapped for one in seen}) == len({one.sealed for one in seen}) == 3


def test_unmasking_is_noted_without_the_person(vault: Vault, engine: Engine) -> None:
    person = vault.remember(ZHANG, NOW)
    why = "called 13800001234 about 张三丰"
    assert vault.reveal(person, by="chen", why=why, now=NOW) == ZHANG
    (noted,) = Audit(engine).of("any")
    assert (noted.what, noted.who, noted.position, noted.at) == ("person-revealed", "chen", "", NOW)
    assert noted.detail == f"{person} · called × about ×"


def test_who_is_not_there_is_not_shown_and_nothing_is_noted(vault: Vault, engine: Engine) -> None:
    assert vault.reveal("ab" * 16, by="chen", why="", now=NOW) is None
    assert vault.erase("ab" * 16, by="chen", now=NOW) is False
    assert Audit(engine).of("any") == []


def test_erased_is_gone_once_and_noted(vault: Vault, engine: Engine) -> None:
    person = vault.remember(ZHANG, NOW)
    assert [vault.erase(person, by="chen", now=NOW) for _ in range(2)] == [True, False]
    assert (vault.masked(person), vault.phone(person), vault.of_phone("13800001234")) == (None, None, ())
    assert [(one.what, one.detail) for one in Audit(engine).of("any")] == [("person-erased", person)]


def test_another_key_is_refused_before_anything_is_lost(people: People, engine: Engine) -> None:
    with pytest.raises(OtherKeyError):
        people_of(engine, key=bytes(reversed(KEY)))
    people_of(engine)


def test_a_person_never_shows_in_a_log_line() -> None:
    assert "张" not in f"{ZHANG} {ZHANG!r} {[ZHANG]}"
    assert NUMBER not in repr(ZHANG)


def test_a_hundred_and_eighty_days_after_the_last_that_is_known_they_are_forgotten(engine: Engine) -> None:
    clock = [NOW]
    people = people_of(engine, now=lambda: clock[0])
    person = people.vault.remember(ZHANG, NOW)
    clock[0] = NOW + timedelta(days=100)
    people.vault.seen(person, clock[0])
    clock[0] = NOW + timedelta(days=279)
    assert (people.keep(), people.vault.phone(person)) == (0, "13800001234")
    clock[0] = NOW + timedelta(days=281)
    assert (people.keep(), people.vault.phone(person)) == (1, None)
    assert Audit(engine).of("any") == [], "nobody did that"


def test_erasing_leaves_no_sealed_byte_in_the_files(tmp_path: Path) -> None:
    """Also of keys and rows that are noise already: whoever has the master key finds nothing to open."""
    engine = open_database(tmp_path / "hub.db")
    people = people_of(engine)
    persons = [
        people.vault.remember(Person(f"某{chr(0x4E00 + i)}", f"E{i:08}", "", "passport"), NOW) for i in range(200)
    ]
    people.vault.remember(Person("某人", "E00000007", "", "passport"), NOW)
    with engine.connect() as connection:
        rows = {row.person: row for row in connection.execute(select(person_record))}
    gone, kept = persons[::2], persons[1::2]
    for person in gone:
        assert people.vault.erase(person, by="chen", now=NOW)
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert [p for p in gone if rows[p].wrapped in files or rows[p].sealed in files] == []
    assert all(rows[p].wrapped in files for p in kept)
    engine.dispose()
