"""What a message means when the clock of who sent it is wrong."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from halls.format import Position
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.mqtt.translation import ClockUnknownError, command
from hub.roster import Seat
from wire.base import Message
from wire.messages import Action, CheckIn, Issued, Printed, TakeTicket

AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
NIGHT_S = 15 * 3600.0


def at_machine(message: Message, behind_s: float | None = 0.0) -> c.Command:
    position = Position(id="machine-1", kind="ticket-machine", area="lobby", series="A")
    return command(
        Seat(hall="small", position=position, clock_behind_s=behind_s), "machine", "b-1", message, AT, str.lower
    )


def at_caller(message: Message) -> c.Command:
    position = Position(id="caller-1", kind="caller", area="lobby", counter="1")
    return command(Seat(hall="small", position=position), "caller", "b-1", message, AT, str.lower)


def issued(at: datetime) -> Issued:
    return Issued(id="b-1", number="AA01", service="A", at=at)


@pytest.mark.parametrize("expires_s", [-1e308, -1.0, 0.0])
def test_a_press_that_expires_before_it_was_made_is_late_unless_it_comes_at_once(expires_s):
    ago = Action(id="b-1", verb="call-next", at=AT - timedelta(seconds=1), expires_s=expires_s)
    assert isinstance(at_caller(ago), c.RefuseLate)
    assert isinstance(at_caller(Action(id="b-1", verb="call-next", at=AT, expires_s=expires_s)), c.CallNext)


def test_no_device_grants_itself_a_longer_life_for_a_press():
    late = TakeTicket(id="b-1", service="A", at=AT - timedelta(seconds=61), expires_s=1e308)
    assert isinstance(at_machine(late), c.RefuseLate)


def test_an_own_number_queues_by_the_time_it_was_taken_in_whatever_zone():
    taken_at = (AT - timedelta(minutes=20)).astimezone(timezone(timedelta(hours=8)))
    assert at_machine(issued(taken_at)).taken_at == AT - timedelta(minutes=20)


@pytest.mark.parametrize("behind_s", [0.0, -3600.0, 3600.0])
def test_a_time_in_the_future_is_now(behind_s):
    assert at_machine(issued(AT + timedelta(days=400)), behind_s).taken_at == AT


def test_a_board_that_slept_over_night_dates_by_last_evening_and_is_understood():
    """Its clock stood still for the night: what it gave "15 hours and 20 minutes ago" it gave 20 minutes ago."""
    said = AT - timedelta(seconds=NIGHT_S, minutes=20)
    assert at_machine(issued(said), NIGHT_S).taken_at == AT - timedelta(minutes=20)
    printed = Printed(id="b-1", number="AA01", outcome="printed", at=said)
    assert at_machine(printed, NIGHT_S).printed_at == AT - timedelta(minutes=20)


def test_a_board_whose_clock_is_right_means_what_it_says_of_yesterday():
    said = AT - timedelta(seconds=NIGHT_S)
    assert at_machine(issued(said), 0.2).taken_at == said


def test_what_is_dated_last_evening_waits_until_we_know_the_boards_clock():
    with pytest.raises(ClockUnknownError):
        at_machine(issued(AT - timedelta(seconds=NIGHT_S)), None)
    assert at_machine(issued(AT - timedelta(minutes=20)), None).taken_at == AT - timedelta(minutes=20)


@pytest.mark.parametrize("behind_s", [0.0, 1e300, -1e300])
@pytest.mark.parametrize(
    "said",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_time_of_another_age_is_now(said, behind_s):
    assert at_machine(issued(said), behind_s).taken_at == AT


@pytest.mark.parametrize(
    ("verb", "argument", "wanted"),
    [
        ("park", "", c.Park),
        ("undo", "", c.Undo),
        ("return", "", c.Return),
        ("return", "a012", c.Return),
        ("transfer", "b", c.Transfer),
        ("transfer", "02", c.Transfer),
        ("transfer", "7", c.Transfer),
    ],
)
def test_every_key_of_a_keypad_is_a_wish_of_its_counter(verb, argument, wanted):
    press = at_caller(Action(id="b-1", verb=verb, argument=argument, at=AT))
    assert (type(press), press.counter) == (wanted, "1")


def test_a_letter_after_transfer_is_a_service_and_digits_are_a_counter():
    def to(argument):
        return at_caller(Action(id="b-1", verb="transfer", argument=argument, at=AT))

    assert (to("b").service, to("b").to) == ("B", "")
    assert (to("02").service, to("02").to) == ("", "02")


def test_a_number_after_return_is_the_ticket_to_call_back():
    assert at_caller(Action(id="b-1", verb="return", argument="va012", at=AT)).number == "VA012"


def test_of_an_identity_number_the_command_has_the_pseudonym_only():
    wish = at_machine(TakeTicket(id="b-1", service="A", at=AT, more=("B",), priority="elder", person="110X"))
    assert (wish.more, wish.priority, wish.person) == (("B",), "elder", "110x")


@pytest.mark.parametrize(("ago_s", "kind"), [(5.0, c.TakeTicket), (20.0, c.RefuseLate)])
def test_a_press_dated_by_a_clock_that_is_hours_ahead_is_late_when_it_is(ago_s, kind):
    ahead_s = 7 * 3600.0
    said = AT - timedelta(seconds=ago_s) + timedelta(seconds=ahead_s)
    press = TakeTicket(id="b-1", service="A", at=said, expires_s=10.0)
    assert isinstance(at_machine(press, -ahead_s), kind)


def test_what_is_dated_in_the_future_is_late_as_long_as_nobody_knows_how_wrong_that_clock_is():
    assert isinstance(at_machine(TakeTicket(id="b-1", service="A", at=AT + timedelta(hours=7)), None), c.RefuseLate)


def test_a_reason_that_a_clerk_chose_at_the_keypad_is_the_calls_and_the_pauses():
    calls = [
        at_caller(Action(id="b-1", verb="call", argument="a012", at=AT, reason=why)) for why in ("补办", "", "长" * 99)
    ]
    assert [(one.number, one.reason) for one in calls] == [
        ("A012", "补办"),
        ("A012", "呼叫器指呼"),
        ("A012", "长" * 40),
    ]
    assert at_caller(Action(id="b-1", verb="pause", at=AT, reason="午休")).reason == "午休"
    assert at_caller(Action(id="b-1", verb="pause", at=AT)).reason == ""


@pytest.mark.parametrize("said", ["TXA:7KQ2M9XDAB", "txa:7kq2m9xdab", " 7kq2m 9xdab ", "7KQ2M-9XDAB", "7KQ2M9XDAB"])
def test_a_code_is_the_same_from_a_qr_code_and_as_anybody_types_it(said):
    told = at_machine(CheckIn(id="b-1", code=said, at=AT))
    assert isinstance(told, ac.CheckIn)
    assert (told.code, told.person, told.printer) == ("7KQ2M9XDAB", "", True)


def test_a_card_checks_in_by_its_pseudonym_and_what_came_late_is_refused():
    assert at_machine(CheckIn(id="b-1", code="", person="11X", at=AT)).person == "11x"
    late = at_machine(CheckIn(id="b-1", code="7KQ2M9XDAB", at=AT - timedelta(seconds=61)))
    assert (type(late), late.what) == (c.RefuseLate, "check-in")
