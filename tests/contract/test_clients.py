"""Platforms' programs and what they booked, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from hub.appointments.series import Series
from hub.domain.appointment_events import NOT_MOVED
from hub.storage.accounts import Accounts
from hub.storage.appointments import Appointments
from hub.storage.clients import TOKEN_LASTS, Clients, ClientTakenError, UnknownClientError, WrongSecretError
from hub.storage.database import Where, open_database
from hub.storage.schema_appointments import appointment

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


def test_a_secret_gives_tokens_that_say_whose_they_are_and_where(engine: Engine) -> None:
    accounts = Accounts(engine)
    clients = Clients(engine, accounts.forget)
    _, secret = clients.add("city-app", "北京通", ["b", "a", "b"], by="admin", now=NOW)
    token = clients.token("city-app", secret, "127.0.0.1", NOW)
    who = accounts.identify(token, NOW)
    assert who is not None
    assert (who.name, who.role, who.halls) == ("client:city-app", "platform", ("a", "b"))
    assert accounts.identify(token, NOW + TOKEN_LASTS) is None
    assert accounts.identify(token[:-1] + "_", NOW) is None
    for ident, given in (("city-app", secret + "x"), ("nobody", secret)):
        with pytest.raises(WrongSecretError):
            clients.token(ident, given, "127.0.0.1", NOW)


def test_what_is_done_to_one_client_leaves_the_others_alone(engine: Engine) -> None:
    accounts = Accounts(engine)
    clients = Clients(engine, accounts.forget)
    secrets = {name: clients.add(name, name, ["a"], by="admin", now=NOW)[1] for name in ("one", "two")}
    tokens = {name: clients.token(name, secret, "127.0.0.1", NOW) for name, secret in secrets.items()}
    clients.change("one", disabled=True, by="admin", now=NOW)
    new = clients.renew("two", by="admin", now=NOW)
    assert [accounts.identify(token, NOW) is not None for token in tokens.values()] == [False, True]
    assert clients.token("two", secrets["two"], "127.0.0.1", NOW)
    assert clients.token("two", new, "127.0.0.1", NOW + timedelta(days=2))
    with pytest.raises(ClientTakenError):
        clients.add("one", "another", ["a"], by="admin", now=NOW)
    with pytest.raises(UnknownClientError):
        clients.renew("three", by="admin", now=NOW)
    assert [(one.id, one.disabled) for one in clients.all()] == [("one", True), ("two", False)]


def test_a_series_has_one_name_wherever_it_was_moved(engine: Engine) -> None:
    """A → B; B → C fell through, and C was given back; B → D."""
    chain = [("1", "A", "", "moved"), ("2", "B", "1/A", "moved"), ("3", "C", "2/B", NOT_MOVED), ("4", "D", "2/B", "")]
    rows = [
        {
            "hall": "small", "day": day, "code": code, "service": "A", "slot_at": NOW, "minutes": 30,
            "state": "cancelled" if reason else "booked", "person": code, "principal": "", "via": "platform",
            "made_at": NOW, "changed_at": NOW, "number": None, "reason": reason, "instead_of": before,
            "client": "city-app",
        }
        for day, code, before, reason in chain
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(appointment), rows)
    stored = Appointments(engine)
    series = Series(stored)
    names = {one.code: series.name("small", one) for day in "1234" for one in stored.of_day("small", day)}
    assert names == dict.fromkeys("ABCD", "A")
    found = {code: series.now("small", code) for code in "ABCDX"}
    assert {code: one and one[0] for code, one in found.items()} == {"A": "4", "B": "4", "C": "3", "D": "4", "X": None}
    assert series.same("small", ("1", "A"), ("4", "D"))
    assert not series.same("small", ("1", "A"), ("9", "Z"))
