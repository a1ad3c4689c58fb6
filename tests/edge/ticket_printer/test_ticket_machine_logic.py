"""The ticket machine's logic, step by step: what goes in, what comes out."""

from datetime import UTC, datetime

import msgspec
import pytest

from edge.runtime.device import Arrived, Context, LinkChanged, NotTaken, Send, Tick
from edge.ticket_printer import logic
from edge.ticket_printer.events import (
    ButtonMoved,
    Memory,
    PrintEnded,
    Printer,
    PrinterChanged,
    PrintSlip,
    Remember,
    Remembered,
    Restored,
    ServiceChosen,
    ShowText,
)
from edge.ticket_printer.settings import Settings
from wire.messages import Issued, MachineService, MachineView, Printed, Reply, Slip, TakeTicket

NEW_BOARD = Memory()
NOON = datetime(2026, 1, 4, 4, 0, tzinfo=UTC).timestamp()  # 12:00 in Beijing
VIEW = MachineView(
    epoch=1,
    version=1,
    hall_name="东城大厅",
    hall_english="Dongcheng hall",
    area="一层",
    series="K",
    day="2026-01-04",
    services=(
        MachineService(letter="A", name="存档", english="files", centre="公服中心", waiting=3, wait_s_high=300.0),
        MachineService(letter="B", name="职称", english="titles", centre="公服中心", open=False),
        MachineService(letter="C", name="落户", english="household", centre="公服中心"),
    ),
)
SLIP = Slip(
    hall="东城大厅",
    number="A012",
    service="A",
    service_name="存档",
    ahead=3,
    wait_s_low=60,
    wait_s_high=300,
    where="一层",
    route="",
    taken_at=datetime(2026, 1, 4, 12, tzinfo=UTC),
)


class Machine:
    """The logic with its state, its effects as they came, and a disk that works unless told otherwise."""

    def __init__(self, *, up=True, view=VIEW, memory: Memory | None = NEW_BOARD, boot="boot", **settings):
        self.state = logic.start(Context("machine-1", boot), Settings(driver="simulated", **settings))
        self.effects = []
        self.at = NOON
        self.disk_ok = True
        self.saved = memory
        if memory is not None:
            self.give(Restored, memory=memory)
        if view is not None:
            self.give(Arrived, message=view)
        self.give(LinkChanged, up=up)
        self.effects.clear()

    def give(self, kind, after=0.0, **fields):
        """One input `after` seconds later; what the disk answers is given as well."""
        self.at += after
        self.state, effects = logic.react(self.state, kind(at=self.at, **fields))
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Remember):
                if self.disk_ok:
                    self.saved = effect.memory
                reason = "" if self.disk_ok else "disk full"
                self.give(Remembered, memory=effect.memory, ok=self.disk_ok, reason=reason)
        return effects

    def tap(self, letter="A", after=10.0):
        return self.give(ServiceChosen, after, letter=letter)

    def own_ticket(self, letter="A"):
        """A ticket of the own series from tap to paper; its number."""
        self.tap(letter)
        number = self.of(PrintSlip)[-1].slip.number
        self.give(PrintEnded, 1.0, number=number, outcome="printed")
        return number

    def of(self, kind):
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def sent(self, kind):
        return [effect.message for effect in self.of(Send) if isinstance(effect.message, kind)]

    def reply(self, **fields):
        at = datetime.fromtimestamp(self.at, UTC)
        return self.give(Arrived, 0.1, message=Reply(at=at, **{"ok": True, **fields}))


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
    assert machine.reply(to="boot-1", ok=False, code="full", text="今日号已取完") == [ShowText("今日号已取完")]
    assert len(machine.tap()) == 1


@pytest.mark.parametrize("letter", ["B", "Z"])
def test_a_service_that_is_closed_or_unknown_is_refused_without_asking(letter):
    machine = Machine()
    assert machine.tap(letter) == [ShowText(logic.CLOSED)]


@pytest.mark.parametrize("state", ["paper out", "cover open", "error", "offline", "unplugged"])
def test_no_number_is_taken_for_a_printer_that_cannot_print(state):
    machine = Machine()
    machine.give(PrinterChanged, printer=Printer(state))
    (said,) = machine.tap()
    assert isinstance(said, ShowText)
    assert state in said.text


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
    machine.give(PrintEnded, 1.0, number="A012", outcome="failed", reason="paper out")
    (report,) = machine.sent(Printed)
    assert (report.outcome, report.reason) == ("failed", "paper out")
    assert "缺纸" in machine.of(ShowText)[0].text
    said, sent = machine.effects[-2:]
    assert isinstance(said, ShowText), "before the report, which a full disk may hold up"
    assert sent.durable
    machine.give(PrinterChanged, printer=Printer("ready"))
    machine.tap()
    assert len(machine.sent(TakeTicket)) == 2


def test_a_printer_that_does_not_say_is_reported_as_unknown():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(PrintEnded, 8.0, number="A012", outcome="unknown", reason="no answer")
    assert machine.sent(Printed)[0].outcome == "unknown"
    assert machine.of(ShowText) == []


def test_a_driver_that_never_ends_a_print_does_not_block_the_machine():
    machine = Machine()
    machine.tap()
    machine.reply(to="boot-1", slip=SLIP)
    machine.give(Tick, logic.wake_at(machine.state) - machine.at)
    assert machine.sent(Printed)[0].outcome == "unknown"
    assert machine.give(PrintEnded, number="A012", outcome="printed") == []


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
    assert machine.of(ShowText) == [ShowText(logic.NOT_NOW)]
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
    assert machine.tap() == [ShowText(logic.NOT_NOW)]
    assert machine.tap() == [ShowText(logic.NOT_NOW)], "and is free for the next"


def test_the_series_ends_at_99():
    machine = Machine(up=False, memory=Memory(VIEW, "2026-01-04", {"A": 98}))
    assert machine.own_ticket() == "AK99"
    assert machine.tap()[-1] == ShowText(logic.NOT_NOW)


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
    said, void = machine.give(NotTaken, id=issued.id)
    assert said == ShowText(logic.NOT_NOW)
    assert not void.durable, "a second entry would not be taken either"
    assert (void.message.number, void.message.outcome) == (issued.number, "failed")
    assert logic.facts(machine.state)["own_numbers"] == 0
    machine.give(LinkChanged, up=False)
    assert machine.own_ticket() == "AK02", "the machine is free, and the number is not used again"


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
    assert machine.of(ShowText) == [ShowText("13:00开始取号 Tickets from 13:00")]


def test_hours_and_caps_are_not_believed_once_the_hub_is_away():
    """Nobody says any more when they are over: a number of the own series is better than none all day."""
    machine = Machine(view=closed("余号0"), up=False)
    machine.tap("B")
    assert len(machine.of(PrintSlip)) == 1


def test_what_a_page_on_the_machine_knows_of_a_citizen_goes_to_the_hub():
    machine = Machine()
    machine.give(ServiceChosen, 10.0, letter="A", more=("B",), priority="elder", person="110")
    (request,) = machine.sent(TakeTicket)
    assert (request.more, request.priority, request.person) == (("B",), "elder", "110")


def test_a_clock_that_is_ahead_does_not_repeat_the_days_numbers_though_the_hub_has_shown_the_day():
    """A view comes at once; that the clock is put right takes a health report more."""
    machine = Machine(up=False)
    first = machine.own_ticket()
    again = Machine(up=False, view=None, memory=machine.saved, boot="later")
    again.at += 30 * 3600
    again.give(Arrived, message=VIEW)
    assert again.own_ticket() != first
