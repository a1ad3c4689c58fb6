"""Somebody is erased: nothing that the hub keeps says who they were, and the figures stay right."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, MetaData, func, select

from hub.desk import Desk
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.people.messages import FileMessenger
from hub.people.people import People
from hub.people.persons import Person
from hub.storage.database import Where, open_database
from hub.storage.schema_appointments import appointment
from hub.storage.schema_people import message, person_record
from hub.storage.schema_queue import event, ticket
from tests.hub.people.households import NUMBER, people_of
from tests.support.hub import open_desk, run

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
H = timedelta(hours=1)
NAME, PHONE = "司马𠮷祥", "13812341234"
WHO = Person(NAME, NUMBER, PHONE)
ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


def traces(folder: Path, engine: Engine) -> set[tuple[str, str, str]]:
    """(what, encoding, where) of all that is found in files, and, of PostgreSQL, in its tables."""
    places = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    whole = MetaData()
    with engine.connect() as connection:
        whole.reflect(connection)
        for table in whole.sorted_tables:
            rows = connection.execute(select(table)).all()
            plain = [value for row in rows for value in row]
            places[table.name] = b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in plain)
    return {
        (what, encoding, where)
        for what in (NAME, NUMBER, NUMBER.lower(), NUMBER[:17], PHONE)
        for encoding in ENCODINGS
        for where, content in places.items()
        if what.encode(encoding) in content
    }


@asynccontextmanager
async def at_work(database: Where, folder: Path) -> AsyncIterator[tuple[Engine, People, Desk]]:
    engine = open_database(database)
    people = people_of(engine, messenger=FileMessenger(folder / "messages.jsonl"), now=lambda: NOW)
    async with open_desk(database, now=lambda: NOW) as desk:
        yield engine, people, desk
    engine.dispose()


async def lived(people: People, desk: Desk) -> str:
    """A life with the hall: a code, a visit, an appointment and one for somebody else, a ticket, a message sent and one
    that waits, and somebody of the staff who looked."""
    await people.codes.send(PHONE, "10.0.0.1", NOW)
    secret = people.visits.open(PHONE, NOW)
    person = people.vault.remember(WHO, NOW)
    people.visits.bind(secret, person)
    stamp = {"at": NOW, "by": "web", "source": "web"}
    day = desk.today("small").day
    for code, principal in (("K7Q2M3PX", ""), ("M3PXK7Q2", "ab" * 16)):
        booking = ac.Book(
            id=code, day=day, code=code, service="A", slot="10:00", minutes=30, capacity=5, person=person,
            principal=principal, via="phone", **stamp,
        )  # fmt: skip
        assert (await desk.handle("small", booking)).refused is None
    await desk.handle("small", c.TakeTicket(id="t", service="B", person=person, **stamp))
    await people.notices.tell(person, f"{NAME}，明天 10:00", ident="reminder/K7Q2M3PX", expires_at=NOW + 24 * H)
    await people.outbox.deliver()
    await people.notices.tell(person, f"{NAME}，前面还有 3 人", ident="three/K7Q2M3PX", expires_at=NOW + H)
    people.vault.reveal(person, by="chen", why=f"{NAME} {PHONE}", now=NOW)
    return person


def counted(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (event, appointment, ticket)
        ]


def sealed(engine: Engine) -> Iterator[bytes]:
    with engine.connect() as connection:
        for table in (person_record, message):
            for row in connection.execute(select(table.c.wrapped, table.c.sealed).where(table.c.sealed.is_not(None))):
                yield from row


def test_nobody_is_found_in_any_file_and_the_figures_stay(database: Where, tmp_path: Path) -> None:
    async def story() -> None:
        async with at_work(database, tmp_path) as (engine, people, desk):
            person = await lived(people, desk)
            before, locked = counted(engine), list(sealed(engine))
            assert {where for _, _, where in traces(tmp_path, engine)} == {"messages.jsonl"}, "it is found where it is"
            assert len(locked) == 4
            assert people.vault.erase(person, by="chen", now=NOW)
            assert traces(tmp_path, engine) == set()
            files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
            assert [one for one in locked if one in files] == [], "nothing for the master key to open either"
            assert counted(engine) == before
            assert len(desk.today("small").appointments) == 2
            assert people.vault.masked(person) is None
        assert traces(tmp_path, engine) == set()

    run(story())


def test_who_is_forgotten_by_itself_leaves_as_little(database: Where, tmp_path: Path) -> None:
    async def story() -> None:
        async with at_work(database, tmp_path) as (engine, people, desk):
            person = await lived(people, desk)
            before = counted(engine)
            people._now = lambda: NOW + timedelta(days=180, hours=1)
            assert people.keep() == 0, "their appointment is younger than 180 days"
            people._now = lambda: NOW + timedelta(days=180, hours=2)
            assert people.keep() == 1
            assert (traces(tmp_path, engine), counted(engine), people.vault.masked(person)) == (set(), before, None)

    run(story())


def test_who_has_an_appointment_to_come_or_is_who_it_is_for_is_not_forgotten(database: Where, tmp_path: Path) -> None:
    async def story() -> None:
        async with at_work(database, tmp_path) as (_, people, desk):
            long_ago = NOW - timedelta(days=400)
            agent = people.vault.remember(WHO, long_ago)
            principal = people.vault.remember(Person("李四", "E12345678", "", "passport"), long_ago)
            other = people.vault.remember(Person("王五", "E87654321", "", "passport"), long_ago)
            booking = ac.Book(
                id="b", day=desk.today("small").day, code="K7Q2M3PX", service="A", slot="10:00", minutes=30, capacity=5,
                person=agent, principal=principal, via="desk", at=NOW, by="chen", source="desk",
            )  # fmt: skip
            assert (await desk.handle("small", booking)).refused is None
            assert people.keep() == 1
            assert [people.vault.masked(one) is None for one in (agent, principal, other)] == [False, False, True]

    run(story())


def test_a_reader_who_holds_up_the_cleaning_is_waited_for_with_the_next_round(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_work(tmp_path / "hub.db", tmp_path) as (engine, people, desk):
            person = await lived(people, desk)
            locked = list(sealed(engine))
            with engine.connect() as reader:
                rows = reader.connection.cursor().execute("SELECT * FROM event")
                rows.fetchone()  # and stays in the middle of it
                people.vault.erase(person, by="chen", now=NOW)
                await desk.handle("small", c.TakeTicket(id="t2", service="B", at=NOW, by="x", source="x"))
                files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
                assert [one for one in locked if one in files] != [], "what the reader may still want is there"
                rows.close()
            people.keep()
            files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
            assert [one for one in locked if one in files] == []

    run(story())
