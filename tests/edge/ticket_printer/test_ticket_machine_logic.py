"""The ticket machine's logic, step by step: a tap, the hub's answer, the slip."""

import msgspec
import pytest

from edge.runtime.device import LinkChanged, NotTaken, Send, Tick
from edge.ticket_printer import logic
from edge.ticket_printer.events import (
    ButtonMoved,
    PrintEnded,
    Printer,
    PrinterChanged,
    PrintSlip,
    ServiceChosen,
    ShowPanel,
)
from edge.ticket_printer.mind import words
from tests.edge.ticket_printer.thinking import SLIP, VIEW, Machine
from wire.messages import Issued, MachineService, Printed, TakeTicket


def test_a_tap_asks_the_hub_and_prints_the_slip_of_its_answer_and_reports_the_print():
    machine = Machine()
    machine.tap()
    (request,) = machine.sent(TakeTicket)
    assert (request.id, request.service, request.at.timestamp()) == ("boot-1", "A", machine.at)
    assert machine.reply(to="boot-1", slip=SLIP) == [PrintSlip(SLIP)]
    machine.give(PrintEnded, 1.0, number="A012", outcome="printed")
    (report,) = machine.of(Send)[1:]
    assert report.durable
    assert isinstance(report.message, Printed)
    assert (report.message.id, report.message.number, report.message.outcome) == ("boot-2", "A012", "printed")
    machine.give(Tick, logic.wake_at(machine.state) - machine.at)
    assert logic.wake_at(machine.state) is None


@pytest.mark.parametrize("reply_first", [False, True])
def test_a_second_tap_while_a_ticket_is_made_changes_nothing(reply_first):
    machine = Machine()
    machine.tap()
    if reply_first:
        machine.reply(to="boot-1", slip=SLIP)
    before = machine.state
    assert machine.tap("A", 2.0) == machine.tap("C", 0.1) == []
    assert machine.state == before


def test_a_double_tap_prints_one_ticket_even_when_the_first_is_done_already():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(PrintEnded, number="A012", outcome="printed")
    assert machine.tap("A", 0.5) == []
    assert len(machine.tap("C", 0.1)) == 1, "another service is another wish"


def test_a_bouncing_contact_is_one_tap_and_its_release_none():
    machine = Machine()
    for down, after in [(True, 10), (False, 0.001), (True, 0.002), (False, 3.0), (True, 0.003), (False, 0.001)]:
        machine.give(ButtonMoved, after, letter="A", down=down)
    assert len(machine.sent(TakeTicket)) == 1


def test_a_button_pressed_again_later_is_a_new_tap():
    machine = Machine()
    for _ in range(2):
        machine.give(ButtonMoved, 10, letter="A", down=True)
        machine.give(ButtonMoved, 0.2, letter="A", down=False)
        machine.reply(to=machine.sent(TakeTicket)[-1].id, ok=False, text="已满")
    assert len(machine.sent(TakeTicket)) == 2


def test_a_refusal_is_shown_in_the_hubs_words_and_the_machine_is_free_again():
    machine = Machine()
    machine.tap()
    assert machine.reply(to="boot-1", ok=False, code="full", text="今日号已取完") == []
    assert machine.said == ["今日号已取完"]
    assert len(machine.tap()) == 1


@pytest.mark.parametrize("letter", ["B", "Z"])
def test_a_service_that_is_closed_or_unknown_is_refused_without_asking(letter):
    machine = Machine()
    assert machine.tap(letter) == []
    assert machine.said == [words.CLOSED]


@pytest.mark.parametrize("state", ["paper out", "cover open", "error", "offline", "unplugged"])
def test_no_number_is_taken_for_a_printer_that_cannot_print(state):
    machine = Machine()
    machine.give(PrinterChanged, printer=Printer(state))
    assert machine.tap() == []
    (said,) = machine.said
    assert state in said


def test_a_mute_printer_still_gets_tickets():
    machine = Machine()
    machine.give(PrinterChanged, printer=Printer("mute"))
    machine.tap()
    assert machine.sent(TakeTicket)
    assert logic.facts(machine.state)["printer"] == "mute"


def test_paper_that_runs_out_under_a_slip_is_reported_and_said_and_the_next_citizen_is_served():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    ended = PrintEnded(at=machine.at, number="A012", outcome="failed", reason="paper out")
    machine.state, (show, sent) = logic.react(machine.state, ended)
    assert isinstance(show, ShowPanel), "before the report, which a full disk may hold up"
    assert "缺纸" in show.panel.words
    assert sent.durable
    assert (sent.message.outcome, sent.message.reason) == ("failed", "paper out")
    machine.give(PrinterChanged, printer=Printer("ready"))
    machine.tap()
    assert len(machine.sent(TakeTicket)) == 2


def test_a_printer_that_does_not_say_is_reported_as_unknown():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(PrintEnded, 8.0, number="A012", outcome="unknown", reason="no answer")
    assert machine.sent(Printed)[0].outcome == "unknown"
    assert machine.said == []


def test_a_driver_that_never_ends_a_print_does_not_block_the_machine():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(Tick, logic.wake_at(machine.state) - machine.at)
    assert machine.sent(Printed)[0].outcome == "unknown"
    assert machine.give(PrintEnded, number="A012", outcome="printed") == []


def test_an_answer_that_the_request_expired_is_no_answer():
    machine = Machine()
    machine.tap()
    assert machine.reply(to="boot-1", ok=False, code="expired", text="操作已过期") == []
    machine.give(Tick, 3.0)
    assert machine.sent(Issued)


def test_a_link_that_returns_in_time_gets_the_same_request_again():
    machine = Machine()
    machine.tap()
    machine.give(LinkChanged, 0.2, up=False)
    machine.give(LinkChanged, 0.8, up=True)
    assert [one.id for one in machine.sent(TakeTicket)] == ["boot-1", "boot-1"]
    assert machine.reply(to="boot-1", slip=SLIP) == [PrintSlip(SLIP)]


def test_a_report_that_cannot_be_journaled_changes_nothing_for_the_next_citizen():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(PrintEnded, 1.0, number="A012", outcome="printed")
    assert machine.give(NotTaken, id="boot-2") == []
    assert len(machine.tap()) == 1


def test_a_button_that_is_down_when_the_pins_are_opened_is_no_tap_until_it_was_up():
    machine = Machine()
    machine.give(ButtonMoved, letter="A", down=True, fresh=False)
    machine.give(ButtonMoved, 5.0, letter="A", down=False)
    assert machine.sent(TakeTicket) == []
    machine.give(ButtonMoved, 5.0, letter="A", down=True)
    assert len(machine.sent(TakeTicket)) == 1


def test_a_tap_right_after_the_pins_were_opened_counts():
    machine = Machine()
    machine.give(ButtonMoved, letter="A", down=False, fresh=False)
    machine.give(ButtonMoved, 0.001, letter="A", down=True)
    assert len(machine.sent(TakeTicket)) == 1


def closed(note):
    service = MachineService(letter="B", name="职称", english="titles", centre="公服中心", open=False, note=note)
    return msgspec.structs.replace(VIEW, services=(service,))


def test_a_service_without_tickets_is_refused_by_the_machine_itself_which_says_when():
    machine = Machine(view=closed("13:00开始取号 Tickets from 13:00"))
    machine.tap("B")
    assert machine.sent(TakeTicket) == []
    assert machine.said == ["13:00开始取号 Tickets from 13:00"]


def test_hours_and_caps_are_not_believed_once_the_hub_is_away():
    """Nobody says any more when they are over: a number of the own series is better than none all day."""
    machine = Machine(view=closed("余号0"), up=False)
    machine.tap("B")
    assert len(machine.of(PrintSlip)) == 1


def test_what_a_page_on_the_machine_knows_of_a_citizen_goes_to_the_hub():
    machine = Machine()
    machine.give(ServiceChosen, 10.0, letter="A", more=("B",), priority="elder", voice=True)
    (request,) = machine.sent(TakeTicket)
    assert (request.more, request.priority, request.voice) == (("B",), "elder", True)


def test_troubles_with_the_printer_are_counted_and_the_last_is_kept_when_it_is_over():
    machine = Machine()
    for printer in (Printer("cover open"), Printer("ready"), Printer("error", detail="cutter"), Printer("ready")):
        machine.give(PrinterChanged, printer=printer)
    facts = logic.facts(machine.state)
    assert (facts["printer"], facts["printer_troubles"], facts["printer_last_trouble"]) == ("ready", 2, "error: cutter")
