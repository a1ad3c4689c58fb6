"""Tests that the hub orders: answered once, refused in words, never in a citizen's way."""

from datetime import UTC, datetime

import pytest

from edge.runtime.device import Arrived, Tick
from edge.ticket_printer import DEVICE, logic
from edge.ticket_printer.events import OrderEnded, Printer, PrinterChanged, PrintSlip, RunTest
from edge.ticket_printer.mind import words
from tests.edge.ticket_printer.thinking import SLIP, Machine
from wire.orders import Done, SelfTest


def order(machine, test="slip", ident="o-1"):
    at = datetime.fromtimestamp(machine.at, UTC)
    return machine.give(Arrived, 1.0, message=SelfTest(id=ident, test=test, at=at))


def answer(machine):
    (said,) = machine.sent(Done)
    return said


def test_the_class_offers_what_its_logic_knows():
    assert set(DEVICE.tests) == {"slip", "reader"}


@pytest.mark.parametrize("test", ["slip", "reader"])
def test_a_test_is_run_by_its_part_whose_answer_goes_to_the_hub(test):
    machine = Machine(reader="/dev/reader")
    assert order(machine, test) == [RunTest("o-1", test)]
    machine.give(OrderEnded, 2.0, order="o-1", ok=True, text="好 well")
    assert (answer(machine).to, answer(machine).ok, answer(machine).text) == ("o-1", True, "好 well")
    assert machine.give(OrderEnded, 2.0, order="o-1", ok=True, text="好 well") == []


def test_no_test_slip_while_a_ticket_is_made():
    machine = Machine()
    machine.tap()
    order(machine)
    assert (answer(machine).ok, answer(machine).text) == (False, words.TEST_LATER)


def test_a_citizen_who_taps_under_a_test_gets_a_ticket_as_ever():
    machine = Machine()
    order(machine)
    machine.tap(after=0.2)
    machine.reply(to="boot-1", slip=SLIP)
    assert machine.of(PrintSlip) == [PrintSlip(SLIP)]


@pytest.mark.parametrize(
    ("settings", "test", "text"),
    [({"printer": False}, "slip", words.NO_PRINTER), ({}, "reader", words.NO_READER)],
)
def test_what_is_not_fitted_is_said_to_be_missing(settings, test, text):
    machine = Machine(**settings)
    order(machine, test)
    assert (answer(machine).ok, answer(machine).text) == (False, text)


def test_a_printer_without_paper_is_not_sent_a_test_slip():
    machine = Machine()
    machine.give(PrinterChanged, printer=Printer("paper out"))
    order(machine)
    assert not answer(machine).ok
    assert "缺纸" in answer(machine).text


def test_two_orders_at_once_get_an_answer_each():
    machine = Machine(reader="/dev/reader")
    order(machine)
    order(machine, "reader", "o-2")
    assert (answer(machine).to, answer(machine).text) == ("o-2", words.TEST_LATER)


def test_a_part_that_never_answers_is_reported():
    machine = Machine()
    order(machine)
    machine.give(Tick, logic.wake_at(machine.state) - machine.at)
    assert (answer(machine).ok, answer(machine).text) == (False, words.TEST_SILENT)
    machine.tap()
    order(machine, ident="o-2")
    assert len(machine.sent(Done)) == 2
