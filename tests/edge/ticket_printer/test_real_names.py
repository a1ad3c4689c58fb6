"""Services that want a name: the card is asked for, used for one ticket, and forgotten."""

import msgspec
import pytest

from edge.runtime.device import Tick
from edge.ticket_printer import logic
from edge.ticket_printer.events import (
    CardRead,
    CardUnreadable,
    Printer,
    PrinterChanged,
    PrintSlip,
    ReaderChanged,
    WishDropped,
    WithoutCard,
)
from edge.ticket_printer.mind import words
from tests.edge.ticket_printer.thinking import SLIP, VIEW, Machine
from wire.messages import Issued, MachineService, TakeTicket

NAMED = MachineService(letter="R", name="失业登记", english="unemployment", centre="公服中心", real_name=True)
PERSON, NAME = "11010519491231002X", "测*"


def machine(**options):
    view = msgspec.structs.replace(VIEW, services=(*VIEW.services, NAMED))
    one = Machine(view=view, reader="/dev/reader", **options)
    one.give(ReaderChanged, state="ready")
    one.effects.clear()
    return one


def put_card(one, after=1.0):
    return one.give(CardRead, after, person=PERSON, name=NAME)


def test_a_real_name_service_asks_for_the_card_before_it_asks_for_a_ticket():
    one = machine()
    assert one.tap("R") == []
    assert (one.panel.doing, one.panel.letter, one.panel.words) == ("card", "R", words.SHOW_CARD)
    put_card(one)
    (request,) = one.sent(TakeTicket)
    assert (request.service, request.person) == ("R", PERSON)
    one.reply(to=request.id, slip=SLIP)
    assert one.of(PrintSlip)[0].slip.name_masked == NAME


def test_a_service_that_wants_no_name_hears_none_though_a_card_lies_there():
    one = machine()
    put_card(one)
    one.tap("A")
    (request,) = one.sent(TakeTicket)
    assert request.person == ""
    one.reply(to=request.id, slip=SLIP)
    assert one.of(PrintSlip)[0].slip.name_masked == ""


def test_another_errand_that_wants_a_name_is_enough_to_ask_for_the_card():
    one = machine()
    one.give(logic.ServiceChosen, 10.0, letter="A", more=("R",))
    assert one.panel.doing == "card"


def test_who_shows_the_card_first_is_not_asked_again_within_half_a_minute():
    one = machine()
    put_card(one)
    assert one.panel.name == NAME
    one.tap("R", 29.0)
    assert one.sent(TakeTicket)[0].person == PERSON


def test_a_card_is_forgotten_after_half_a_minute_and_nothing_of_it_stays_in_the_state():
    one = machine()
    put_card(one)
    assert logic.wake_at(one.state) == one.at + 30
    one.give(Tick, 30.0)
    assert one.panel.name == ""
    assert PERSON not in repr(one.state)
    one.tap("R")
    assert one.panel.doing == "card"


def test_a_card_serves_one_ticket_and_the_next_citizen_does_not_get_the_name_of_the_one_before():
    one = machine()
    put_card(one)
    one.tap("R", 1.0)
    one.reply(to=one.sent(TakeTicket)[0].id, ok=False, text="已满")
    assert PERSON not in repr(one.state)
    one.tap("R", 5.0)
    assert one.panel.doing == "card"


def test_a_card_that_never_comes_is_waited_for_20_s_and_the_machine_is_free():
    one = machine()
    one.tap("R")
    one.give(Tick, logic.wake_at(one.state) - one.at)
    assert one.panel.words == words.NO_CARD
    assert one.panel.doing == "idle"
    assert one.sent(TakeTicket) == []


def test_a_card_that_cannot_be_read_is_asked_for_again():
    one = machine()
    one.tap("R")
    one.give(CardUnreadable, 1.0)
    assert (one.panel.doing, one.panel.words) == ("card", words.CARD_AGAIN)
    put_card(one)
    assert one.sent(TakeTicket)


def test_who_has_no_card_asks_all_the_same_and_the_hub_decides():
    one = machine()
    one.tap("R")
    one.give(WithoutCard, 2.0)
    (request,) = one.sent(TakeTicket)
    assert request.person == ""
    one.reply(to=request.id, ok=False, code="no-person", text="该业务须实名取号")
    assert one.panel.words == "该业务须实名取号"


def test_a_wish_is_dropped_or_changed_while_the_card_is_waited_for():
    one = machine()
    one.tap("R")
    one.give(WishDropped, 1.0)
    assert (one.panel.doing, one.panel.words) == ("idle", "")
    one.tap("R")
    one.tap("A")
    assert [request.service for request in one.sent(TakeTicket)] == ["A"]


def test_a_card_put_down_while_a_ticket_is_made_changes_nothing_about_that_ticket():
    one = machine()
    one.tap("A")
    put_card(one, 0.1)
    one.reply(to=one.sent(TakeTicket)[0].id, slip=SLIP)
    assert one.of(PrintSlip)[0].slip.name_masked == ""


@pytest.mark.parametrize("state", ["mute", "unplugged", "starting"])
def test_a_reader_that_does_not_work_holds_nobody_up_and_the_hub_decides(state):
    one = machine()
    one.give(ReaderChanged, state=state)
    one.tap("R")
    assert one.sent(TakeTicket)[0].person == ""
    assert logic.facts(one.state)["reader"] == state


def test_without_the_hub_the_name_is_on_the_slip_and_the_number_of_the_card_nowhere():
    one = machine(up=False)
    put_card(one)
    one.tap("R")
    slip = one.of(PrintSlip)[0].slip
    assert (slip.number, slip.name_masked) == ("RK01", NAME)
    assert PERSON not in repr((one.saved, one.sent(Issued), one.state))


def test_a_printer_that_fails_while_the_card_is_waited_for_gets_no_number():
    one = machine()
    one.tap("R")
    one.give(PrinterChanged, printer=Printer("paper out"))
    put_card(one)
    assert one.sent(TakeTicket) == []
    assert "缺纸" in one.panel.words


def test_no_card_is_asked_for_in_vain():
    one = machine()
    one.give(PrinterChanged, printer=Printer("paper out"))
    one.tap("R")
    assert one.panel.doing == "idle"
    assert "缺纸" in one.panel.words
