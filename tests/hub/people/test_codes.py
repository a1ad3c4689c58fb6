"""One-time codes: read on the phone, good once and not for long; limits that outlive a restart."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from hub.people.codes import Limits, OneTimeCodes, TooManyError
from hub.people.messages import MemoryMessenger
from hub.people.people import People
from hub.people.persons import BadPersonError
from hub.storage.database import Where, open_database
from hub.storage.one_time import OneTime
from hub.storage.schema_people import message, one_time_code, one_time_send
from tests.hub.people.households import ZHANG, people_of

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PHONE, OTHER = "13800001234", "13900001234"


class Phones:
    """A hub whose messages arrive at once; `clock` is its."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.clock = engine, NOW
        self.restart()

    def restart(self) -> None:
        self.messenger = MemoryMessenger()
        self.people: People = people_of(self.engine, messenger=self.messenger, now=lambda: self.clock)
        self.codes: OneTimeCodes = self.people.codes

    def send(self, phone: str = PHONE, address: str = "10.0.0.1", at: datetime | None = None) -> str:
        """The code that arrives."""

        self.clock = at or self.clock

        async def sent() -> None:
            await self.codes.send(phone, address, self.clock)
            await self.people.outbox.deliver()

        asyncio.run(sent())
        to, text = self.messenger.sent[-1]
        assert to == phone
        (code,) = re.findall(r"\b\d{6}\b", text)
        return str(code)


@pytest.fixture
def phones(database: Where) -> Iterator[Phones]:
    engine = open_database(database)
    yield Phones(engine)
    engine.dispose()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_that_arrived_is_right_once(phones: Phones) -> None:
    code = phones.send()
    assert phones.codes.check("+86 138 0000 1234", f" {code} ", NOW + 4 * M)
    assert not phones.codes.check(PHONE, code, NOW + 4 * M)


def test_it_is_right_on_its_own_phone_only_and_for_five_minutes(phones: Phones) -> None:
    code = phones.send()
    assert not phones.codes.check(OTHER, code, NOW)
    assert phones.codes.check(PHONE, code, NOW + 5 * M - S)
    code = phones.send(at=NOW + 10 * M)
    assert not phones.codes.check(PHONE, code, NOW + 15 * M)


def test_a_new_code_takes_the_place_of_the_old_one(phones: Phones) -> None:
    old, new = phones.send(), phones.send(at=NOW + M)
    assert old == new or not phones.codes.check(PHONE, old, NOW + M)
    assert phones.codes.check(PHONE, new, NOW + M)


def test_after_five_wrong_ones_the_right_one_is_refused_too(phones: Phones) -> None:
    code = phones.send()
    assert [phones.codes.check(PHONE, wrong(code), NOW) for _ in range(5)] == [False] * 5
    for tried in (wrong(code), code):
        phones.restart()
        with pytest.raises(TooManyError) as refused:
            phones.codes.check(PHONE, tried, NOW + M)
        assert refused.value.retry_s == 240


def test_four_wrong_ones_are_forgiven(phones: Phones) -> None:
    code = phones.send()
    assert [phones.codes.check(PHONE, wrong(code), NOW) for _ in range(4)] == [False] * 4
    assert phones.codes.check(PHONE, code, NOW)


def test_a_phone_that_was_sent_nothing_answers_as_one_that_was(phones: Phones) -> None:
    code = phones.send()
    for phone in (PHONE, OTHER):
        assert [phones.codes.check(phone, wrong(code), NOW) for _ in range(5)] == [False] * 5
        with pytest.raises(TooManyError) as refused:
            phones.codes.check(phone, wrong(code), NOW)
        assert refused.value.retry_s == 300


def test_who_is_in_the_vault_is_sent_a_code_like_anybody(phones: Phones) -> None:
    phones.people.vault.remember(ZHANG, NOW)
    assert len(phones.send(PHONE)) == len(phones.send(OTHER)) == 6
    with phones.engine.connect() as connection:
        rows = connection.execute(select(message)).all()
    assert {(row.person, row.state, row.tries) for row in rows} == {("", "sent", 1)}


def test_a_phone_gets_one_a_minute_and_five_a_day_also_after_a_restart(phones: Phones) -> None:
    phones.send()
    with pytest.raises(TooManyError) as refused:
        phones.send(at=NOW + 20 * S)
    assert refused.value.retry_s == 40
    for minute in range(1, 5):
        phones.restart()
        phones.send(at=NOW + minute * M)
    phones.restart()
    with pytest.raises(TooManyError) as refused:
        phones.send(at=NOW + H)
    assert refused.value.retry_s == 23 * 3600
    phones.send(at=NOW + 24 * H)


def test_a_refused_wish_changes_nothing(phones: Phones) -> None:
    code = phones.send()
    for _ in range(3):
        with pytest.raises(TooManyError):
            phones.send()
    assert len(phones.messenger.sent) == 1
    assert phones.codes.check(PHONE, code, NOW)


@pytest.mark.parametrize("addresses", [
    ["10.0.0.1"], ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"], ["10.0.0.1", "::ffff:10.0.0.1"],
])  # fmt: skip
def test_an_address_gets_thirty_an_hour(phones: Phones, addresses: list[str]) -> None:
    """Of IPv6 a whole network is one: every house has 2^64 of them."""
    for n in range(30):
        phones.send(f"138000{n:05}", addresses[n % len(addresses)], NOW + n * S)
    with pytest.raises(TooManyError) as refused:
        phones.send("13900000000", addresses[0], NOW + M)
    assert refused.value.retry_s == 3540
    phones.send("13900000000", "192.0.2.1", NOW + M)


def test_a_flood_from_everywhere_is_stopped(phones: Phones) -> None:
    for n in range(60):
        phones.send(f"138000{n:05}", f"10.0.0.{n}")
    with pytest.raises(TooManyError) as refused:
        phones.send(OTHER, "192.0.2.1")
    assert refused.value.retry_s == 60


def test_who_presses_at_once_a_hundred_times_is_sent_one(phones: Phones) -> None:
    stored = OneTime(phones.engine)

    def ask(n: int) -> bool:
        until = stored.put("p", "a", f"{n}", at=NOW, expires_at=NOW + M, limits=Limits().all())
        return until is None

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(100))) == 1


def test_a_right_code_tried_at_once_many_times_counts_once(phones: Phones) -> None:
    code = phones.send()
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: phones.codes.check(PHONE, code, NOW), range(4))) == 1


def test_the_database_has_neither_phone_nor_code_nor_address(phones: Phones) -> None:
    code = phones.send(address="198.51.100.77")
    with phones.engine.connect() as connection:
        told = str([connection.execute(select(table)).all() for table in (one_time_code, one_time_send, message)])
    assert [one for one in (PHONE, f"'{code}'", "198.51.100.77") if one in told] == []


def test_what_no_limit_needs_any_more_goes(phones: Phones) -> None:
    phones.send()
    phones.clock = NOW + 25 * H
    phones.people.keep()
    with phones.engine.connect() as connection:
        assert connection.execute(select(one_time_code)).all() == connection.execute(select(one_time_send)).all() == []


def test_what_is_no_phone_is_refused(phones: Phones) -> None:
    with pytest.raises(BadPersonError):
        phones.send("12345")
