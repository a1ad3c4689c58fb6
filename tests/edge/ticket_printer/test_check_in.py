"""A code held before the scanner: checked in by the hub, or words; never an own number."""

from msgspec.structs import replace

from edge.runtime.device import Tick
from edge.ticket_printer import logic
from edge.ticket_printer.events import CardRead, CodeScanned, PrintEnded, Printer, PrinterChanged, PrintSlip
from edge.ticket_printer.mind import words
from tests.edge.ticket_printer.thinking import SLIP, VIEW, Machine
from wire.messages import CheckIn, Issued, Printed, TakeTicket


def scan(one, code="YY-0001", after=10.0):
    return one.give(CodeScanned, after, code=code)


def test_a_scanned_code_asks_the_hub_and_its_slip_is_printed_and_reported():
    one = Machine()
    scan(one)
    (request,) = one.sent(CheckIn)
    assert (request.id, request.code, request.at.timestamp()) == ("boot-1", "YY-0001", one.at)
    assert (one.panel.doing, one.panel.letter) == ("asking", "")
    assert one.reply(to=request.id, slip=SLIP) == [PrintSlip(SLIP)]
    one.give(PrintEnded, 1.0, number="A012", outcome="printed")
    assert one.sent(Printed)[0].outcome == "printed"


def test_no_appointment_is_said_in_the_hubs_words_and_a_ticket_can_be_taken():
    one = Machine()
    scan(one)
    one.reply(to="boot-1", ok=False, code="no-appointment", text="没有查到预约，请现场取号")
    assert one.panel.words == "没有查到预约，请现场取号"
    one.tap("A")
    assert one.sent(TakeTicket)


def test_a_code_that_the_scanner_reads_again_and_again_is_one_wish():
    one = Machine()
    scan(one)
    one.reply(to="boot-1", ok=False, text="没有")
    scan(one, after=0.3)
    assert len(one.sent(CheckIn)) == 1


def test_without_the_hub_the_citizen_is_told_at_once_to_take_a_ticket():
    one = Machine(up=False)
    assert scan(one) == []
    assert one.said == [words.NO_CHECK_IN]
    assert not one.sent(Issued)


def test_a_silent_hub_is_asked_twice_and_gives_words_not_an_own_number():
    one = Machine()
    scan(one)
    one.give(Tick, 2.0)
    one.give(Tick, 1.0)
    assert len(one.sent(CheckIn)) == 2
    assert one.panel.words == words.NO_CHECK_IN
    assert not one.sent(Issued)


def test_a_ticket_that_comes_after_the_citizen_was_sent_away_is_cancelled():
    one = Machine()
    scan(one)
    one.give(Tick, 2.0)
    one.give(Tick, 1.0)
    one.reply(to="boot-1", slip=SLIP)
    (void,) = one.sent(Printed)
    assert (void.number, void.outcome) == ("A012", "failed")
    assert one.of(PrintSlip) == []


def test_no_code_is_sent_for_a_printer_that_cannot_print():
    one = Machine()
    one.give(PrinterChanged, printer=Printer("paper out"))
    scan(one)
    assert one.sent(CheckIn) == []
    assert "缺纸" in one.panel.words


def test_a_code_that_is_held_up_while_a_ticket_is_made_is_left_alone():
    one = Machine()
    one.tap("A")
    scan(one, after=0.2)
    assert one.sent(CheckIn) == []
    assert logic.facts(one.state)["scans"] == 0


def put(one):
    return one.give(CardRead, 10.0, person="11010119900307123X", name="测*")


def booking_hall():
    """Its people may have appointments."""
    return Machine(view=replace(VIEW, appointments=True))


def test_a_card_before_any_choice_checks_in_and_its_slip_has_the_masked_name():
    one = booking_hall()
    put(one)
    (request,) = one.sent(CheckIn)
    assert (request.code, request.person) == ("", "11010119900307123X")
    assert one.reply(to=request.id, slip=SLIP) == [PrintSlip(replace(SLIP, name_masked="测*"))]
    assert one.state.identity is None


def test_a_card_without_an_appointment_is_told_nothing_and_serves_for_the_choice_that_follows():
    one = booking_hall()
    put(one)
    one.reply(to="boot-1", ok=False, code="no-appointment", text="没有查到预约")
    assert (one.panel.doing, one.panel.words, one.panel.name) == ("idle", "", "测*")
    one.tap("A")
    assert one.sent(TakeTicket)


def test_a_card_that_is_too_early_is_told_when_to_come():
    one = booking_hall()
    put(one)
    one.reply(to="boot-1", ok=False, code="too-early", text="请09:00后再来签到")
    assert one.panel.words == "请09:00后再来签到"


def test_a_card_of_which_a_silent_hub_says_nothing_is_told_nothing():
    one = booking_hall()
    put(one)
    one.give(Tick, 2.0)
    one.give(Tick, 1.0)
    assert (one.panel.doing, one.panel.words) == ("idle", "")
    one.reply(to="boot-1", slip=SLIP)
    assert one.sent(Printed)[0].outcome == "failed"


def test_no_card_is_sent_where_nobody_has_appointments():
    one = Machine()
    put(one)
    assert one.sent(CheckIn) == []
