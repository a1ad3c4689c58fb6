"""Visits: of whoever proved that the phone is theirs, half an hour from the last look."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from hub.people.people import People
from hub.people.persons import Person
from hub.storage.database import Where, open_database
from hub.storage.schema_people import visit
from tests.hub.people.households import ZHANG, people_of

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
M = timedelta(minutes=1)


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> People:
    return people_of(engine)


def test_a_visit_knows_its_phone_as_long_as_somebody_looks(people: People) -> None:
    secret = people.visits.open("+86 13800001234", NOW)
    assert [people.visits.phone_of(secret, NOW + minute * M) for minute in (29, 58, 87)] == ["13800001234"] * 3
    assert people.visits.phone_of(secret, NOW + 117 * M) is None


def test_it_outlives_a_restart_and_not_its_end(people: People, engine: Engine) -> None:
    secret = people.visits.open("13800001234", NOW)
    again = people_of(engine).visits
    assert again.phone_of(secret, NOW) == "13800001234"
    again.end(secret)
    assert people.visits.phone_of(secret, NOW) is None


@pytest.mark.parametrize("secret", ["", "ttv_", "ttv_" + "A" * 43, "\ud800", "x" * 10_000])
def test_a_made_up_secret_opens_nothing(people: People, secret: str) -> None:
    people.visits.open("13800001234", NOW)
    people.visits.bind(secret, "ab" * 16)
    assert (people.visits.phone_of(secret, NOW), people.visits.persons(secret, NOW)) == (None, ())


def test_persons_are_those_bound_and_those_who_gave_this_phone(people: People) -> None:
    zhang = people.vault.remember(ZHANG, NOW)
    mother = people.vault.remember(Person("李四", "E12345678", "", "passport"), NOW)
    secret = people.visits.open("13800001234", NOW)
    assert people.visits.persons(secret, NOW) == (zhang,)
    for _ in range(2):
        people.visits.bind(secret, mother)
    assert people.visits.persons(secret, NOW) == (mother, zhang)
    assert people.visits.persons(people.visits.open("13900001234", NOW), NOW) == ()
    assert people.visits.persons(secret, NOW + 31 * M) == ()


def test_the_database_has_neither_secret_nor_phone(people: People, engine: Engine) -> None:
    secret = people.visits.open("13800001234", NOW)
    with engine.connect() as connection:
        told = json.dumps([list(map(str, row)) for row in connection.execute(select(visit))])
    assert secret not in told
    assert "13800001234" not in told


def test_erasing_ends_the_visits_of_the_phone(people: People) -> None:
    person = people.vault.remember(ZHANG, NOW)
    secret = people.visits.open("13800001234", NOW)
    people.visits.bind(secret, person)
    people.vault.erase(person, by="chen", now=NOW)
    assert people.visits.phone_of(secret, NOW) is None


def test_what_is_over_goes(engine: Engine) -> None:
    people = people_of(engine, now=lambda: NOW + 31 * M)
    people.visits.bind(people.visits.open("13800001234", NOW), "ab" * 16)
    people.keep()
    with engine.connect() as connection:
        assert connection.execute(select(visit)).all() == []
