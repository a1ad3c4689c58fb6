"""Effort in place of a picture puzzle: it counts once and not for long, and grows with how often somebody asks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from hub.people.effort import BITS, BITS_MAX, Challenge, Effort, solve, zero_bits
from hub.people.sealing import Keys
from hub.storage.database import Where, open_database
from hub.storage.efforts import Efforts
from hub.storage.schema_people import spent_effort
from tests.hub.people.households import KEY

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
M = timedelta(minutes=1)


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def effort(engine: Engine) -> Effort:
    return Effort(Efforts(engine), Keys(KEY), bits=8)


def test_what_was_solved_counts_once_at_whichever_process(effort: Effort, engine: Engine) -> None:
    one = effort.challenge("10.0.0.1", NOW)
    solution = solve(one)
    other = Effort(Efforts(engine), Keys(KEY))
    assert [other.accept(one.text, solution, NOW), effort.accept(one.text, solution, NOW)] == [True, False]


def test_handed_in_many_times_at_once_it_counts_once(effort: Effort) -> None:
    one = effort.challenge("10.0.0.1", NOW)
    solution = solve(one)
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: effort.accept(one.text, solution, NOW), range(8))) == 1


def test_ten_minutes_later_it_counts_no_more(effort: Effort) -> None:
    one = effort.challenge("10.0.0.1", NOW)
    assert not effort.accept(one.text, solve(one), NOW + 10 * M)


def test_too_little_work_is_too_little(effort: Effort) -> None:
    one = effort.challenge("10.0.0.1", NOW)
    lazy = next(str(n) for n in range(1000) if not effort.accept(one.text, str(n), NOW))
    assert not effort.accept(one.text, lazy, NOW)


def test_nobody_makes_a_challenge_themselves_or_an_easier_one_of_it(effort: Effort, engine: Engine) -> None:
    one = effort.challenge("10.0.0.1", NOW)
    version, nonce, _, until, signature = one.text.split(".")
    easy = Challenge(".".join([version, nonce, "0", until, signature]), 0)
    strange = Effort(Efforts(engine), Keys(bytes(32)), bits=0).challenge("10.0.0.1", NOW)
    for made in (easy, strange):
        assert not effort.accept(made.text, solve(made), NOW)


@pytest.mark.parametrize("solution", ["", "-1", "1e3", "0x1", "١", " 1", "1" * 17, "\0"])
def test_what_is_no_number_solves_nothing(effort: Effort, solution: str) -> None:
    assert not effort.accept(effort.challenge("a", NOW).text, solution, NOW)


@pytest.mark.parametrize("challenge", ["", "v1", "v1....", "v2." + "0" * 32 + ".8.1.x", "\ud800", "v1." * 1000])
def test_nonsense_is_no_challenge(effort: Effort, challenge: str) -> None:
    assert not effort.accept(challenge, "1", NOW)


def test_it_gets_harder_for_an_address_that_asks_often_and_easier_again(engine: Engine) -> None:
    effort = Effort(Efforts(engine), Keys(KEY))
    bits = [effort.challenge("10.0.0.1", NOW).bits for _ in range(400)]
    assert bits[:20] == [BITS] * 20
    assert bits == sorted(bits)
    assert set(bits) == set(range(BITS, BITS_MAX + 1))
    assert effort.challenge("10.0.0.2", NOW).bits == BITS
    assert effort.challenge("10.0.0.1", NOW + 11 * M).bits == BITS


def test_what_is_spent_is_kept_only_as_long_as_it_could_be_spent(effort: Effort, engine: Engine) -> None:
    one = effort.challenge("10.0.0.1", NOW)
    assert effort.accept(one.text, solve(one), NOW)
    effort.sweep(NOW + 10 * M)
    with engine.connect() as connection:
        assert connection.execute(select(spent_effort)).all() == []


@pytest.mark.parametrize(("digest", "bits"), [(b"\x80", 0), (b"\x01", 7), (b"\0\x20", 10), (b"\0\0", 16)])
def test_zero_bits_are_counted_from_the_left(digest: bytes, bits: int) -> None:
    assert zero_bits(digest) == bits
