"""Numbers that the machine gives by itself while the hub is silent or away."""

import msgspec
import pytest

from edge.runtime.device import Arrived, LinkChanged, NotTaken, Tick
from edge.ticket_printer import logic
from edge.ticket_printer.events import Memory, PrintSlip
from edge.ticket_printer.mind import words
from tests.edge.ticket_printer.thinking import NOON, SLIP, VIEW, Machine
from wire.messages import Issued, Printed, TakeTicket


def test_silence_of_the_hub_means_the_same_request_again_after_2_s_and_an_own_number_after_3():
    machine = Machine()
    machine.tap()
    tapped = machine.at
    assert logic.wake_at(machine.state) == tapped + 2
    machine.give(Tick, 2.0)
    first, second = machine.sent(TakeTicket)
    assert first == second
    assert logic.wake_at(machine.state) == tapped + 3
    machine.give(Tick, 1.0)
    (issued,) = machine.sent(Issued)
    assert (issued.number, issued.service, issued.instead_of) == ("AK01", "A", "boot-1")
    assert issued.at.timestamp() == tapped, "it queues by the time of the tap"


def test_an_own_number_is_on_disk_before_it_is_issued_and_issued_durably_before_it_is_printed():
    machine = Machine(up=False)
    machine.tap()
    remember, issue, show = machine.effects
    assert remember.memory.counts == {"A": 1}
    assert issue.durable
    assert issue.message.instead_of == ""
    assert show.slip.number == issue.message.number == "AK01"


def test_a_slip_of_the_own_series_does_not_pretend_to_know_how_many_wait():
    machine = Machine(up=False)
    machine.tap()
    slip = machine.of(PrintSlip)[0].slip
    assert (slip.hall, slip.service_name, slip.ahead) == ("东城大厅", "存档", -1)
    assert slip.taken_at.isoformat() == "2026-01-04T12:00:10+08:00"


def test_a_slip_of_the_own_series_says_where_to_go_and_what_to_do_about_a_missed_call():
    service = msgspec.structs.replace(VIEW.services[0], where="二层等候区", route="乘扶梯上楼")
    view = msgspec.structs.replace(VIEW, services=(service,), if_missed="过号请到咨询台")
    machine = Machine(up=False, view=view)
    again = Machine(up=False, view=None, memory=machine.saved)
    for one in (machine, again):
        one.tap()
        slip = one.of(PrintSlip)[0].slip
        assert (slip.where, slip.route, slip.if_missed) == ("二层等候区", "乘扶梯上楼", "过号请到咨询台")


def test_where_an_older_hub_does_not_say_where_the_centre_is_named():
    machine = Machine(up=False)
    machine.tap()
    assert machine.of(PrintSlip)[0].slip.where == "公服中心"


def test_an_own_ticket_is_reported_printed_like_any_other():
    machine = Machine(up=False)
    machine.own_ticket()
    (report,) = machine.sent(Printed)
    assert (report.number, report.outcome) == ("AK01", "printed")


def test_a_late_answer_to_a_superseded_request_prints_nothing():
    machine = Machine()
    machine.tap()
    machine.give(Tick, 3.0)
    before = len(machine.effects)
    machine.reply(to="boot-1", slip=SLIP)
    assert len(machine.effects) == before


def test_each_service_counts_by_itself():
    machine = Machine(up=False)
    assert [machine.own_ticket(one) for one in "AACA"] == ["AK01", "AK02", "CK01", "AK03"]


def test_after_a_restart_the_series_goes_on_even_with_no_view_from_anybody():
    machine = Machine(up=False)
    machine.own_ticket()
    again = Machine(up=False, view=None, memory=machine.saved, boot="boot2")
    assert again.own_ticket() == "AK02"
    assert again.sent(Issued)[0].id == "boot2-1"


def test_a_count_whose_saving_failed_is_never_printed_nor_used_again():
    machine = Machine(up=False)
    machine.disk_ok = False
    machine.tap()
    assert not machine.of(PrintSlip)
    assert not machine.sent(Issued)
    assert machine.said == [words.NOT_NOW]
    machine.disk_ok = True
    assert machine.own_ticket() == "AK02"


def test_a_new_day_of_the_view_starts_the_series_anew():
    machine = Machine(up=False)
    machine.own_ticket()
    machine.at += 86400
    machine.give(Arrived, message=msgspec.structs.replace(VIEW, version=2, day="2026-01-05"))
    assert machine.own_ticket() == "AK01"
    assert machine.saved.day == "2026-01-05"


def test_midnight_without_the_hub_starts_the_series_anew_by_the_halls_wall_clock():
    machine = Machine(up=False)
    machine.own_ticket()
    machine.at = NOON + 11.9 * 3600  # 23:54 in Beijing
    assert machine.own_ticket() == "AK02"
    machine.at = NOON + 12.1 * 3600
    assert machine.own_ticket() == "AK01"


def test_a_clock_that_falls_back_to_1970_does_not_repeat_numbers():
    machine = Machine(up=False)
    machine.own_ticket()
    again = Machine(up=False, memory=machine.saved)
    again.at = 1000.0
    assert again.own_ticket() == "AK02"


YESTERDAY = Memory(view=msgspec.structs.replace(VIEW, day="2026-01-03"), day="2026-01-03")


@pytest.mark.parametrize("wrong_s", [-56 * 365 * 86400.0, 30 * 3600.0], ids=["1970", "tomorrow"])
def test_numbers_given_before_the_hub_said_what_day_it_is_are_not_given_again_on_that_day(wrong_s):
    """Switched on in the morning without a network and with a wrong clock; the network comes, and goes again."""
    machine = Machine(up=False, view=None, memory=YESTERDAY)
    machine.at += wrong_s
    first = machine.own_ticket()
    machine.at = NOON
    machine.give(Arrived, message=VIEW)
    second = machine.own_ticket()
    again = Machine(up=False, memory=machine.saved, boot="later")
    assert len({first, second, again.own_ticket()}) == 3


def test_a_clock_that_is_ahead_after_a_restart_does_not_repeat_the_days_numbers():
    machine = Machine(up=False)
    first = machine.own_ticket()
    again = Machine(up=False, view=None, memory=machine.saved, boot="later")
    again.at += 30 * 3600
    assert again.own_ticket() != first


def test_a_day_that_is_a_guess_starts_anew_only_when_the_series_is_used_up():
    used_up = msgspec.structs.replace(YESTERDAY, counts={"A": 99})
    assert Machine(up=False, view=None, memory=used_up).own_ticket() == "AK01"


@pytest.mark.parametrize(
    "options",
    [{"view": None}, {"memory": None}, {"view": msgspec.structs.replace(VIEW, series="")}],
    ids=["never saw the hub", "memory not restored", "no series of its own"],
)
def test_a_machine_that_cannot_give_own_numbers_says_so(options):
    machine = Machine(up=False, **options)
    assert machine.tap() == []
    assert machine.said == [words.NOT_NOW]
    machine.tap()
    assert machine.said == [words.NOT_NOW] * 2, "and is free for the next"


def test_the_series_ends_at_99():
    machine = Machine(up=False, memory=Memory(VIEW, "2026-01-04", {"A": 98}))
    assert machine.own_ticket() == "AK99"
    assert machine.tap() == []
    assert machine.said == [words.NOT_NOW]


def test_waiting_counts_that_change_are_not_written_to_the_memory_card():
    machine = Machine()
    busier = msgspec.structs.replace(VIEW.services[0], waiting=9)
    later = msgspec.structs.replace(VIEW, version=2, services=(busier, *VIEW.services[1:]))
    assert machine.give(Arrived, message=later) == []
    renamed = msgspec.structs.replace(VIEW.services[0], name="档案")
    assert machine.give(Arrived, message=msgspec.structs.replace(later, services=(renamed,)))
    assert machine.saved.view.services[0].name == "档案"


def test_an_own_ticket_that_cannot_be_journaled_is_not_given_out_and_a_hub_that_heard_of_it_learns_so():
    """The agent performs nothing after an entry that the disk does not take: no slip was printed."""
    machine = Machine()
    machine.tap()
    machine.give(Tick, 3.0)
    (issued,) = machine.sent(Issued)
    (void,) = machine.give(NotTaken, id=issued.id)
    assert machine.panel.words == words.NOT_NOW
    assert machine.panel.ticket is None
    assert not void.durable, "a second entry would not be taken either"
    assert (void.message.number, void.message.outcome) == (issued.number, "failed")
    assert logic.facts(machine.state)["own_numbers"] == 0
    machine.give(LinkChanged, up=False)
    assert machine.own_ticket() == "AK02", "the machine is free, and the number is not used again"


def test_a_clock_that_is_ahead_does_not_repeat_the_days_numbers_though_the_hub_has_shown_the_day():
    """A view comes at once; that the clock is put right takes a health report more."""
    machine = Machine(up=False)
    first = machine.own_ticket()
    again = Machine(up=False, view=None, memory=machine.saved, boot="later")
    again.at += 30 * 3600
    again.give(Arrived, message=VIEW)
    assert again.own_ticket() != first
