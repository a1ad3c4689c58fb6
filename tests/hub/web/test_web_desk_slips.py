"""The slip of a number of the desk, on its page: chosen with the check-in, told in words, tried once more elsewhere."""

import re
from datetime import UTC, datetime

import pytest

from hub.web.desk_slips import DeskSlips
from tests.hub.web import conftest
from tests.hub.web.conftest import Pages
from tests.hub.web.test_web_reception import DESK, booked_now, known, look, send
from wire.messages import Health, Presence
from wire.orders import Order, PrintSlip

MACHINE = "machine-00cc"


class Machine:
    """One that is online. `says`: what it answers to an order (ok, text), or nothing."""

    def __init__(self, pages: Pages) -> None:
        self.pages, self.orders = pages, list[PrintSlip]()
        self.says: tuple[bool, str] | None = (True, "号票已打印 The slip is printed")
        pages.roster.seat_all(pages.roster.bound())
        pages.roster.present(MACHINE, Presence(online=True), datetime.now(UTC))
        self.reports("ready")

    def reports(self, printer: str) -> None:
        now = datetime.now(UTC)
        report = Health(id="b-1", at=now, uptime_s=1, agent="1", device={"printer": printer})
        self.pages.roster.healthy(MACHINE, report, now)

    def order(self, device: str, order: Order) -> bool:
        assert isinstance(order, PrintSlip)
        self.orders.append(order)
        if self.says is not None:
            ok, text = self.says
            assert self.pages.book.ended(order.id, device, at=datetime.now(UTC), ok=ok, text=text)
        return True


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, pages: Pages) -> Machine:
    monkeypatch.setitem(conftest.DEVICES, MACHINE, "machine-1")
    monkeypatch.setattr(DeskSlips, "patience_s", 0.0)
    there = Machine(pages)
    pages.answer = there.order
    return there


def slip_of(html: str) -> str:
    found = re.search(r'data-slip="([^"]*)"', html)
    return found[1] if found else ""


def test_a_check_in_prints_at_the_chosen_machine_and_sent_twice_once(pages: Pages, machine: Machine):
    person = known(pages)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    assert "在machine-1" in look(pages, f"/of/{person}").text
    there = [send(pages, f"/of/{person}/{day}/{code}/check-in", key="k", machine="machine-1") for _ in "ab"]
    assert [(one.status_code, slip_of(one.text)) for one in there] == [(200, "printed")] * 2
    assert "YA001" in there[0].text
    assert "号票已在machine-1" in there[0].text
    assert [(one.slip.number, one.slip.slot_at is not None) for one in machine.orders] == [("YA001", True)]


def test_what_the_machine_says_is_shown_and_another_try_is_another_order(pages: Pages, machine: Machine):
    person = known(pages)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    machine.says = (False, "号票未打印：打印机缺纸 Not printed: paper out")
    failed = send(pages, f"/of/{person}/{day}/{code}/check-in", key="k", machine="machine-1")
    assert (slip_of(failed.text), "打印机缺纸" in failed.text) == ("failed", True)
    assert f'action="{DESK}/of/{person}/{day}/{code}/print"' in failed.text
    machine.says = None
    sent = send(pages, f"/of/{person}/{day}/{code}/print", key="l", machine="machine-1")
    assert slip_of(sent.text) == "sent"
    (again,) = re.findall(r'href="([^"]*slip=[^"]*)"', sent.text)
    order = machine.orders[-1]
    assert pages.book.ended(order.id, MACHINE, at=datetime.now(UTC), ok=True, text="好")
    assert slip_of(look(pages, again.removeprefix(DESK)).text) == "printed"
    stranger = pages.parts.pseudonyms.of("another")
    assert look(pages, f"/of/{stranger}?slip={order.id}").status_code == 404


def test_a_machine_that_is_away_or_without_paper_is_told_and_the_number_is_given(pages: Pages, machine: Machine):
    person = known(pages)
    code, day = booked_now(pages, person), pages.desk.today("small").day
    machine.reports("paper out")
    assert re.search(r'<option value="machine-1" disabled>[^<]*缺纸', look(pages, f"/of/{person}").text)
    gone = send(pages, f"/of/{person}/{day}/{code}/check-in", key="k", machine="machine-9")
    assert (slip_of(gone.text), "YA001" in gone.text, machine.orders) == ("away", True, [])
    none = send(pages, f"/of/{person}/{day}/{'A' * 10}/print", key="l", machine="machine-1")
    assert (none.status_code, "没有可打印的号票" in none.text) == (409, True)
