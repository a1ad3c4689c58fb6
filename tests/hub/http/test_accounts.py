"""Accounts, sessions and tokens in the database: what is kept, what is not, what is remembered."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, MetaData, select

from hub.storage.account_errors import (
    BadAccountError,
    LastAdministratorError,
    NameTakenError,
    ThrottledError,
    UnknownAccountError,
    UnknownTokenError,
    WrongPasswordError,
)
from hub.storage.accounts import Accounts
from hub.storage.attempts import Attempts
from hub.storage.database import Where, open_database
from tests.hub.http.visitors import PASSWORD


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    opened = open_database(database)
    yield opened
    opened.dispose()


NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def test_the_first_administrator_comes_once(accounts: Accounts, engine):
    password = accounts.first_administrator(NOW)
    assert password is not None
    assert len(password) >= 16
    assert accounts.first_administrator(NOW) is None
    assert Accounts(engine).first_administrator(NOW) is None
    assert [(one.name, one.role) for one in accounts.all()] == [("admin", "administrator")]
    secret = accounts.log_in("admin", password, "127.0.0.1", NOW)
    who = accounts.identify(secret, NOW)
    assert who is not None
    assert (who.name, who.role, who.via) == ("admin", "administrator", "session")


def test_a_hub_with_accounts_gets_no_first_administrator(accounts: Accounts):
    accounts.create("manager-1", "manager", PASSWORD, NOW)
    assert accounts.first_administrator(NOW) is None


def test_no_secret_stands_in_the_database(accounts: Accounts, engine: Engine):
    first = accounts.first_administrator(NOW)
    accounts.create("manager-1", "manager", PASSWORD, NOW)
    session = accounts.log_in("manager-1", PASSWORD, "127.0.0.1", NOW)
    _, token = accounts.issue_token("kiosk", "clerk", NOW, "admin")
    whole = MetaData()
    with engine.connect() as connection:
        whole.reflect(connection)
        kept = repr([list(connection.execute(select(table))) for table in whole.sorted_tables])
    assert "$argon2id$" in kept
    for secret in (first, PASSWORD, session, token):
        assert secret is not None
        assert secret not in kept


def test_secrets_are_256_bits_and_never_alike(accounts: Accounts):
    secrets = {accounts.issue_token("kiosk", "clerk", NOW, "admin")[1] for _ in range(50)}
    assert len(secrets) == 50
    assert {len(secret) for secret in secrets} == {4 + 43}


def test_a_name_is_given_once_even_when_it_was_disabled(accounts: Accounts):
    accounts.create("manager-1", "manager", PASSWORD, NOW)
    accounts.change("manager-1", disabled=True)
    with pytest.raises(NameTakenError):
        accounts.create("manager-1", "technician", PASSWORD, NOW)


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "token:a", "-a", "a" * 65, "a\n", "号"])
def test_a_name_that_could_be_mistaken_is_refused(accounts: Accounts, name):
    with pytest.raises(BadAccountError):
        accounts.create(name, "manager", PASSWORD, NOW)
    with pytest.raises(BadAccountError):
        accounts.issue_token(name, "manager", NOW, "admin")


def test_disabling_or_a_new_password_ends_sessions_at_once(accounts: Accounts):
    accounts.create("manager-1", "manager", PASSWORD, NOW)
    for change in ({"password": PASSWORD + "2"}, {"disabled": True}):
        password = PASSWORD if "password" in change else PASSWORD + "2"
        secret = accounts.log_in("manager-1", password, "127.0.0.1", NOW)
        assert accounts.identify(secret, NOW) is not None
        accounts.change("manager-1", **change)
        assert accounts.remembered(secret, NOW) is None
        assert accounts.identify(secret, NOW) is None
    with pytest.raises(WrongPasswordError):
        accounts.log_in("manager-1", PASSWORD + "2", "127.0.0.1", NOW)
    accounts.change("manager-1", disabled=False)
    assert accounts.log_in("manager-1", PASSWORD + "2", "127.0.0.1", NOW)


def test_one_administrator_always_remains(accounts: Accounts):
    accounts.first_administrator(NOW)
    accounts.create("admin-2", "administrator", PASSWORD, NOW)
    accounts.change("admin", disabled=True)
    with pytest.raises(LastAdministratorError):
        accounts.change("admin-2", disabled=True)
    assert {one.name: one.disabled for one in accounts.all()} == {"admin": True, "admin-2": False}
    with pytest.raises(UnknownAccountError):
        accounts.change("nobody", disabled=True)


def test_who_is_remembered_is_so_for_seconds_and_not_after_leaving(accounts: Accounts):
    accounts.create("manager-1", "manager", PASSWORD, NOW)
    secret = accounts.log_in("manager-1", PASSWORD, "127.0.0.1", NOW)
    assert accounts.remembered(secret, NOW) is None
    who = accounts.identify(secret, NOW)
    assert accounts.remembered(secret, NOW + timedelta(seconds=4)) == who
    assert accounts.remembered(secret, NOW + timedelta(seconds=6)) is None
    assert accounts.remembered(secret, NOW - timedelta(seconds=1)) is None
    accounts.log_out(secret)
    assert accounts.remembered(secret, NOW) is None
    assert accounts.identify(secret, NOW) is None


def test_looking_without_touching_does_not_prolong_a_session(accounts: Accounts):
    accounts.create("manager-1", "manager", PASSWORD, NOW)
    secret = accounts.log_in("manager-1", PASSWORD, "127.0.0.1", NOW)
    assert accounts.identify(secret, NOW + timedelta(hours=11), slide=False)
    assert accounts.identify(secret, NOW + timedelta(hours=13)) is None


def test_a_token_is_good_until_it_expires_or_is_revoked(accounts: Accounts):
    token, secret = accounts.issue_token("kiosk", "clerk", NOW, "admin", lasts=timedelta(days=1))
    who = accounts.identify(secret, NOW)
    assert who is not None
    assert (who.name, who.ident, who.role, who.via) == ("token:kiosk", f"token:{token.id}", "clerk", "token")
    assert accounts.identify(secret, NOW + timedelta(days=1)) is None
    assert accounts.tokens() == [token]
    accounts.revoke(token.id)
    assert accounts.identify(secret, NOW) is None
    with pytest.raises(UnknownTokenError):
        accounts.revoke(token.id)


def fail(attempts: Attempts, name: str, address: str, many: int, now: datetime = NOW) -> None:
    for _ in range(many):
        attempts.begin(name, address, now)


def test_waiting_doubles_up_to_five_minutes_and_is_forgiven():
    attempts = Attempts()
    fail(attempts, "admin", "a", 5)
    now, waits = NOW, []
    for _ in range(10):
        with pytest.raises(ThrottledError) as throttled:
            attempts.begin("admin", "a", now)
        waits.append(throttled.value.retry_after_s)
        now += timedelta(seconds=throttled.value.retry_after_s)
        attempts.begin("admin", "a", now)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    fail(attempts, "admin", "a", 5, now + timedelta(minutes=11))


def test_an_attacker_elsewhere_locks_nobody_out():
    attempts = Attempts()
    fail(attempts, "admin", "attacker", 5)
    attempts.begin("admin", "clerk's desk", NOW)


def test_one_good_account_does_not_open_the_others():
    """Thirty names from one address have to wait, though the thief logs in to an account of their own in between."""
    attempts = Attempts()
    for number in range(30):
        attempts.begin(f"victim-{number}", "thief", NOW)
        if number < 29:
            attempts.begin("own", "thief", NOW)
            attempts.succeeded("own", "thief")
    with pytest.raises(ThrottledError):
        attempts.begin("victim-30", "thief", NOW)


def test_attempts_are_bounded_in_memory():
    attempts = Attempts()
    for number in range(10_000):
        attempts.begin("admin", f"address-{number}", NOW)
    assert len(attempts._failed) <= Attempts._KEYS_MAX


def test_an_ipv6_neighbourhood_counts_as_one_address(accounts: Accounts):
    for number in range(5):
        with pytest.raises(WrongPasswordError):
            accounts.log_in("admin", "wrong", f"2001:db8:1:2::{number + 1}", NOW)
    with pytest.raises(ThrottledError):
        accounts.log_in("admin", "wrong", "2001:db8:1:2:ffff::1", NOW)
    with pytest.raises(WrongPasswordError):
        accounts.log_in("admin", "wrong", "2001:db8:1:3::1", NOW)
