"""The rehearsal's accounts, with faults planted one by one: each is found, named, and makes the exit code 1."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from provisioning.rehearsal.booking import Coming, Kept
from provisioning.rehearsal.ledger import Ledger
from provisioning.rehearsal.people import Tally
from provisioning.rehearsal.report import percentile, report, verdict


class Books:
    """A morning in good order: A001 was served and rated, A002 waits."""

    def __init__(self) -> None:
        self.ledger = Ledger("http://hub", {})
        self.ledger.known = {"A001": "ended", "A002": "waiting"}
        self.ledger.printed = {"A001", "A002"}
        self.ledger.first_calls["A001"] = 1
        self.ledger.rated["A001"] = 5
        self.ledger.rated_times["A001"] = 1
        self.machine = SimpleNamespace(slips=["A001", "A002"], taps=2, position=SimpleNamespace(id="machine-1"))
        self.tally = Tally()
        self.tally.ratings["A001"] = 5
        self.booked = {
            "CODE": Kept("CODE", "in-time", datetime(2026, 1, 5, 9, 30, tzinfo=UTC), number="YA003", came=True)
        }
        self.ledger.kept["CODE"] = "YA003"

    def report(self) -> dict[str, Any]:
        places: Any = SimpleNamespace(machines=[self.machine])
        return report(
            seed=1, seconds=1, expected=8, online=8, offline=[], ledger=self.ledger, places=places, tally=self.tally,
            hub_rss_mb_peak=1, pss_mb_peak=1, hub_kills=0, hub_away_s=0, equip_s=1, booked=self.booked,
            closed_at=datetime(2026, 1, 5, 10, tzinfo=UTC),
        )  # fmt: skip


def test_books_in_order_have_nothing_lost_and_nothing_doubled() -> None:
    figures = Books().report()
    assert (figures["lost"], figures["doubled"], figures["problems"], verdict(figures)) == (0, 0, [], 0)


LOST: dict[str, Callable[[Books], Any]] = {
    "A002: the hub has no such ticket": lambda books: books.ledger.known.pop("A002"),
    "A002: cancelled (not printed)": lambda books: books.ledger.cancelled.update(A002="not printed"),
    "rating 5 of A001: the hub has None": lambda books: books.ledger.rated.pop("A001"),
    "rating 5 of A001: the hub has 3": lambda books: books.ledger.rated.update(A001=3),
    "rating 2 of A002: opened no case": lambda books: books.ledger.rated.update(A002=2),
}


def _turned_away(books: Books) -> None:
    books.ledger.kept.clear()
    books.booked["CODE"].number, books.booked["CODE"].said = "", "还未到签到时间"


def _coming(books: Books, coming: Coming) -> Kept:
    """Its citizen was to come so, and has no number."""
    _turned_away(books)
    books.booked["CODE"].coming = coming
    return books.booked["CODE"]


def _gave_up(books: Books) -> None:
    _coming(books, "cancels").given_up = True


def _gave_up_and_missed(books: Books) -> None:
    _gave_up(books)
    books.ledger.given_up["CODE"] = "other"
    books.ledger.missed.add("CODE")


LOST |= {
    "CODE: nobody came, and it is not missed": lambda books: _coming(books, "never"),
    "CODE: given up, and the hub does not know": _gave_up,
    "CODE: cancelled, and yet missed": _gave_up_and_missed,
    "CODE: cancelled (hall) by nobody": lambda books: (
        _coming(books, "early"),
        books.ledger.given_up.update(CODE="hall"),
    ),
    "CODE: has YA003, the hub gave None": lambda books: books.ledger.kept.clear(),
    "CODE: missed, and yet came": lambda books: books.ledger.missed.add("CODE"),
    "CODE: checked in with YA003 though early": lambda books: setattr(books.booked["CODE"], "coming", "early"),
    "CODE: in time and turned away": _turned_away,
}
DOUBLED: dict[str, Callable[[Books], Any]] = {
    "A001: printed 2 times": lambda books: setattr(books.machine, "slips", ["A001", "A001"]),
    "A001: called first 2 times": lambda books: books.ledger.first_calls.update(["A001"]),
    "A001: rated 2 times": lambda books: books.ledger.rated_times.update(["A001"]),
    "A002: 2 cases": lambda books: (books.ledger.rated.update(A002=1), books.ledger.cases.update(A002=2)),
    "A001: a case of a rating of 5": lambda books: books.ledger.cases.update(["A001"]),
    "machine-1: 2 slips for 1 taps": lambda books: setattr(books.machine, "taps", 1),
}


def test_who_was_early_and_took_another_ticket_is_no_fault() -> None:
    books = Books()
    _turned_away(books)
    books.booked["CODE"].coming = "early"
    figures = books.report()
    assert (figures["problems"], figures["appointments_turned_away"]) == ([], 1)


def test_each_ending_that_has_to_be_is_no_fault_and_is_counted() -> None:
    books = Books()
    slot_at = books.booked["CODE"].slot_at
    for coming in ("early", "late", "never", "cancels"):
        books.booked[coming] = Kept(coming, coming, slot_at, came=coming != "never", given_up=coming == "cancels")
    books.booked["early"].said = books.booked["late"].said = "现在不能签到"
    books.ledger.missed |= {"late", "never"}
    books.ledger.given_up["cancels"] = "other"
    figures = books.report()
    assert figures["problems"] == []
    assert figures["appointments_ended_well"] == {"in-time": 1, "early": 1, "late": 1, "never": 1, "cancels": 1}


@pytest.mark.parametrize("fault", LOST)
def test_what_was_lost_is_found(fault: str) -> None:
    books = Books()
    LOST[fault](books)
    figures = books.report()
    assert (figures["lost"], figures["doubled"], verdict(figures)) == (1, 0, 1)
    assert fault in figures["problems"][0]


@pytest.mark.parametrize("fault", DOUBLED)
def test_what_was_doubled_is_found(fault: str) -> None:
    books = Books()
    DOUBLED[fault](books)
    figures = books.report()
    assert (figures["lost"], figures["doubled"], verdict(figures)) == (0, 1, 1)
    assert fault in figures["problems"][0]


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (50.0, 99.0, 7.0)
    assert percentile([], 0.5) is None
