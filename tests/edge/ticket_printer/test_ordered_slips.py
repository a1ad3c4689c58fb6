"""A slip that the hub orders for somebody at a desk: printed once, told to the hub alone, and after whoever is here."""

from datetime import UTC, datetime

import pytest

from edge.runtime.device import Arrived, Tick
from edge.ticket_printer import DEVICE, events, logic
from edge.ticket_printer.events import CardRead, PrintEnded, Printer, PrinterChanged
from edge.ticket_printer.mind import words
from tests.edge.ticket_printer.thinking import SLIP, Machine
from wire.messages import Printed
from wire.orders import Done, PrintSlip


def order(machine, ident="o-1"):
    at = datetime.fromtimestamp(machine.at, UTC)
    return machine.give(Arrived, 1.0, message=PrintSlip(id=ident, at=at, slip=SLIP))


def answer(machine):
    (said,) = machine.sent(Done)
    return said.to, said.ok, said.text


def test_the_class_prints_slips():
    assert DEVICE.prints


def test_it_is_printed_as_any_slip_and_the_order_is_answered_and_no_ticket_confirmed():
    machine = Machine()
    assert order(machine) == [events.PrintSlip(SLIP)]
    assert machine.panel.doing == "printing"
    assert logic.busy(machine.state)
    machine.give(PrintEnded, 2.0, number="A012", outcome="printed")
    assert answer(machine) == ("o-1", True, words.ordered_slip("printed", "", Printer()))
    assert machine.sent(Printed) == []
    assert logic.facts(machine.state)["printed"] == 1


@pytest.mark.parametrize(("outcome", "reason", "said"), [("failed", "paper out", "缺纸"), ("unknown", "", "未应答")])
def test_what_went_wrong_is_told_to_the_clerk_and_to_nobody_at_the_machine(outcome, reason, said):
    machine = Machine()
    order(machine)
    machine.give(PrintEnded, 2.0, number="A012", outcome=outcome, reason=reason)
    to, ok, text = answer(machine)
    assert (to, ok, said in text) == ("o-1", False, True)
    assert (machine.said, machine.panel.ticket, machine.sent(Printed)) == ([], None, [])
    assert machine.tap()  # and the next one may choose


@pytest.mark.parametrize("state", ["paper out", "cover open", "unplugged"])
def test_a_printer_that_is_certain_not_to_print_is_sent_nothing(state):
    machine = Machine()
    machine.give(PrinterChanged, printer=Printer(state))
    order(machine)
    assert not answer(machine)[1]
    assert machine.of(events.PrintSlip) == []


def test_a_machine_without_a_printer_says_so():
    machine = Machine(printer=False)
    order(machine)
    assert answer(machine) == ("o-1", False, words.NO_PRINTER)


def test_whoever_stands_at_the_machine_goes_first():
    asking, carded = Machine(), Machine(reader="/dev/reader")
    asking.tap()
    carded.give(CardRead, 1.0, person="11010119900307123X", name="测*")
    for machine in (asking, carded):
        order(machine)
        assert answer(machine) == ("o-1", False, words.TEST_LATER)
    asking.reply(to="boot-1", slip=SLIP)
    assert asking.of(events.PrintSlip) == [events.PrintSlip(SLIP)]


def test_a_driver_that_never_answers_leaves_the_slip_unknown():
    machine = Machine()
    order(machine)
    machine.give(Tick, logic.wake_at(machine.state) - machine.at)
    assert answer(machine)[:2] == ("o-1", False)
    assert not logic.busy(machine.state)
