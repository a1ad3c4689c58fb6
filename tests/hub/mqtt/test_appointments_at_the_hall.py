"""From the booking to the counter, over a real broker: a machine with scanner and reader, a window and the board."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from msgspec.structs import replace

from edge.ticket_printer.fake_reader import FakeCard
from halls.format import Hall
from hub.appointments import codes
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.domain.words import refusal
from hub.pseudonyms import KEY_BYTES, Pseudonyms
from tests.support.day import hall_at_noon
from tests.support.live import LiveHall, until
from wire import topics
from wire.messages import BoardView, CheckIn

CODE = "7KQ2M9XDAB"
CARD = FakeCard.of(42)
PERSON = Pseudonyms(bytes(KEY_BYTES)).of(CARD.number)


def at_noon() -> Hall:
    """Whatever time it is here, in that hall it is about noon: no slot of it is yesterday's or tomorrow's."""
    ahead = 12 - datetime.now(UTC).hour  # -11 to 12
    small = hall_at_noon()
    return replace(small, hall=replace(small.hall, timezone=f"Etc/GMT{-ahead:+d}"))


@pytest.fixture
def hall(tmp_path):
    live = LiveHall(tmp_path, at_noon())
    yield live
    live.close()


@pytest.fixture
def machine(hall: LiveHall):
    one = hall.agent("machine-1", baud=115200, reader="any", scanner="any")
    until(lambda: one.state.view and one.state.reader == "ready" and one.state.scanner == "ready", "it is all there")
    return one.driver


def clock(hall: LiveHall, minutes: float) -> str:
    """HH:MM in the hall, so many minutes from now."""
    return f"{datetime.now(hall.desk.zone(hall.name)) + timedelta(minutes=minutes):%H:%M}"


def do(hall: LiveHall, kind: type[c.Command], **fields: object):
    command = kind(**{"id": f"{kind.__name__}-{fields}", "at": datetime.now(UTC), "by": "test", **fields})
    return hall.run(hall.desk.handle(hall.name, command))


def book(hall: LiveHall, code: str = CODE, *, minutes: float = -5, person: str = PERSON) -> str:
    """A place in the slot that begins so many minutes from now, booked yesterday. Its time, HH:MM."""
    slot, yesterday = clock(hall, minutes), datetime.now(UTC) - timedelta(days=1)
    told = {"service": "A", "slot": slot, "minutes": 30, "capacity": 5, "via": "phone"}
    day = hall.desk.today(hall.name).day
    assert not do(hall, ac.Book, at=yesterday, day=day, code=code, person=person, **told).refused
    return slot


def phase(hall: LiveHall, code: str = CODE) -> str:
    return hall.desk.today(hall.name).appointments[code].phase


def test_who_booked_scans_the_code_and_is_called_by_the_appointment(hall, machine, device):
    slot = book(hall)
    do(hall, c.TakeTicket, service="A")  # somebody who came before, without one
    do(hall, c.SignOn, counter="1", clerk="1001")
    caller, window, anybody = hall.agent("caller-1"), hall.agent("window-1"), device("window-2")
    machine.scanner.scan(codes.in_qr(CODE))
    (slip,) = until(lambda: machine.printer.slips, "a slip comes out")
    assert slip.number == "YA002"
    assert any(f"预约号 Appointment {slot}" in line for line in slip.lines)
    ticket = until(
        lambda: (one := hall.desk.today(hall.name).tickets["YA002"]).phase == "waiting" and one, "it waits once printed"
    )
    assert (ticket.appointment, ticket.confirmed, phase(hall)) == (CODE, True, "kept")
    caller.driver.press("call-next")
    until(lambda: window.driver.shown == "YA002", "the window shows the booked number")
    called = hall.desk.today(hall.name).tickets["YA002"]
    assert (called.why, called.passed) == ("appointment", ("A001",))
    board = topics.board(hall.name, "lobby")

    def on_board() -> bool:
        body = anybody.bodies.get(board)
        return bool(body) and "YA002" in [one.number for one in msgspec.json.decode(body, type=BoardView).calls]

    until(on_board, "the board shows it")
    machine.scanner.scan(CODE.lower())
    until(lambda: machine.panel.words, "the citizen who scans again is told")
    assert machine.panel.words == refusal("checked-in", "YA002").both


@pytest.mark.parametrize(
    ("minutes", "said"), [(60, "too-early"), (-16, "appointment-over")], ids=["an hour early", "16 minutes late"]
)
def test_who_comes_early_or_late_is_told_the_time_in_both_languages(hall, machine, minutes, said):
    slot = book(hall, minutes=minutes)
    machine.scanner.scan(codes.in_qr(CODE))
    until(lambda: machine.panel.words, "words are there")
    opens = (datetime.strptime(slot, "%H:%M") - timedelta(minutes=30)).strftime("%H:%M")
    assert machine.panel.words == refusal(said, opens if said == "too-early" else slot).both
    assert machine.printer.slips == []


def test_a_slip_that_fails_leaves_the_appointment_open_and_the_next_scan_gets_a_ticket(hall, machine):
    book(hall)

    def run_out(panel) -> None:
        machine.printer.paper_out |= panel.doing == "asking"

    machine.on_panel = run_out
    machine.scanner.scan(CODE)
    until(lambda: "YA001" in hall.desk.today(hall.name).tickets, "the number was given")
    until(lambda: hall.desk.today(hall.name).tickets["YA001"].phase == "cancelled", "there is no ghost in the queue")
    until(lambda: "缺纸" in machine.panel.words, "the citizen is told")
    assert phase(hall) == "booked"
    machine.on_panel, machine.printer.paper_out = None, False
    until(lambda: machine.panel.printer.state == "ready", "the paper is changed")
    machine.scanner.scan(codes.in_qr(CODE))
    (slip,) = until(lambda: machine.printer.slips, "a slip comes out")
    assert slip.number == "YA002"
    until(lambda: hall.desk.today(hall.name).tickets["YA002"].confirmed, "the hub knows")
    assert phase(hall) == "kept"


def test_a_card_before_anything_is_chosen_checks_in(hall, machine):
    book(hall)
    machine.reader.put(CARD)
    (slip,) = until(lambda: machine.printer.slips, "a slip comes out")
    assert slip.number == "YA001"
    assert any("测*" in line for line in slip.lines)


def test_a_card_for_a_real_name_service_gets_the_ticket_of_its_appointment(hall, machine):
    """The card comes before the time to check in, and is asked for again with the service."""
    machine.press("B")
    until(lambda: machine.panel.doing == "card", "the card is asked for")
    told = {"service": "B", "minutes": 30, "capacity": 5, "via": "phone", "person": PERSON}
    yesterday = datetime.now(UTC) - timedelta(days=1)
    do(hall, ac.Book, at=yesterday, day=hall.desk.today(hall.name).day, code=CODE, slot=clock(hall, 10), **told)
    machine.reader.put(CARD)
    (slip,) = until(lambda: machine.printer.slips, "a slip comes out")
    assert slip.number == "YB001"


def test_a_card_without_an_appointment_goes_on_to_choose(hall, machine):
    machine.reader.put(CARD)
    until(lambda: machine.panel.doing == "idle" and machine.panel.name, "the hub knows of no appointment")
    assert machine.panel.words == ""
    machine.press("B")
    (slip,) = until(lambda: machine.printer.slips, "a slip comes out")
    assert slip.number == "B001"


def test_the_same_check_in_delivered_twice_is_one_ticket(hall, device):
    book(hall)
    machine = device("machine-1")
    scan = CheckIn(id="b-1", code=CODE, at=datetime.now(timezone(timedelta(hours=8))))
    assert machine.say(scan).slip.number == "YA001"
    machine.replies.clear()
    again = machine.say(scan)
    assert (again.ok, again.slip.number) == (True, "YA001")
    assert list(hall.desk.today(hall.name).tickets) == ["YA001"]
