"""What the page on the machine is told, and when."""

import msgspec

from edge.runtime.device import Arrived, LinkChanged, Send, Tick
from edge.ticket_printer import logic
from edge.ticket_printer.events import PrintEnded, Printer, PrinterChanged, Remembered, ShowPanel
from tests.edge.ticket_printer.thinking import SLIP, VIEW, Machine
from wire.messages import Issued, Printed


def test_from_tap_to_paper_the_page_follows_every_step_and_is_empty_again_after_half_a_minute():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(PrintEnded, 1.0, number="A012", outcome="printed")
    machine.give(Tick, logic.wake_at(machine.state) - machine.at)
    seen = [(one.doing, one.letter, one.ticket and one.ticket.number, one.outcome) for one in machine.panels]
    assert seen == [
        ("asking", "A", None, ""),
        ("printing", "A", "A012", ""),
        ("idle", "", "A012", "printed"),
        ("idle", "", None, ""),
    ]


def test_the_page_hears_of_services_link_and_printer_as_they_change_and_of_nothing_twice():
    machine = Machine(view=None, up=False)
    machine.give(Arrived, message=VIEW)
    machine.give(LinkChanged, up=True)
    machine.give(PrinterChanged, printer=Printer("ready", paper_low=True))
    machine.give(PrinterChanged, printer=Printer("ready", paper_low=True))
    assert len(machine.panels) == 3
    assert (machine.panel.view, machine.panel.online) == (VIEW, True)
    assert machine.panel.printer == Printer("ready", paper_low=True)


def test_the_same_words_said_again_are_told_from_words_that_stay():
    machine = Machine()
    machine.tap("B")
    machine.tap("B")
    assert machine.panels[-1].words == machine.panels[0].words
    assert machine.panels[-1].said > machine.panels[0].said


def test_an_own_number_is_shown_only_after_it_was_handed_to_the_journal():
    machine = Machine(up=False)
    machine.tap()
    saved = machine.state.memory
    machine = Machine(up=False)
    machine.state, _ = logic.react(machine.state, logic.ServiceChosen(at=machine.at + 10, letter="A"))
    machine.state, effects = logic.react(machine.state, Remembered(at=machine.at + 10, memory=saved, ok=True))
    kinds = [type(effect) for effect in effects]
    assert kinds.index(Send) < kinds.index(ShowPanel)


def test_a_machine_without_a_printer_shows_the_ticket_and_the_hub_counts_it_as_given():
    machine = Machine(printer=False)
    machine.tap()
    (sent,) = machine.reply(to="boot-1", slip=SLIP)
    assert (sent.message.outcome, sent.durable) == ("printed", True)
    assert (machine.panel.ticket, machine.panel.outcome, machine.panel.printer) == (SLIP, "shown", None)


def test_without_printer_and_hub_the_own_number_is_journaled_before_it_is_shown():
    machine = Machine(printer=False, up=False)
    machine.tap()
    assert [type(effect.message) for effect in machine.of(Send)] == [Issued, Printed]
    assert machine.panel.outcome == "shown"


def test_a_new_wish_wipes_what_was_said_about_the_last():
    machine = Machine()
    machine.tap("B")
    machine.tap("A")
    assert machine.panel.words == ""


def test_a_clock_that_is_put_back_keeps_no_ticket_on_the_page_for_years():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(PrintEnded, 1.0, number="A012", outcome="printed")
    machine.give(Tick, -3600.0)
    assert machine.panel.ticket is None


def test_a_clock_that_is_put_back_does_not_leave_a_citizen_waiting():
    machine = Machine()
    machine.tap()
    machine.give(Tick, -3600.0)
    machine.give(Tick, 2.0)
    machine.give(Tick, 1.0)
    assert machine.sent(Issued), "three seconds by the new clock"


def test_a_clock_that_is_put_back_under_a_slip_does_not_make_it_an_unknown_one():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(Tick, -3600.0)
    machine.give(PrintEnded, 1.0, number="A012", outcome="printed")
    assert machine.sent(Printed)[0].outcome == "printed"


def test_waiting_counts_reach_the_page():
    machine = Machine()
    busier = msgspec.structs.replace(VIEW.services[0], waiting=9)
    machine.give(Arrived, message=msgspec.structs.replace(VIEW, version=2, services=(busier,)))
    assert machine.panel.view.services[0].waiting == 9
