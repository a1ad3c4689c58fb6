"""How soon a change at the printer is known: counted in questions and injected time, with no clock on the wall."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.ticket_printer.events import Printer
from edge.ticket_printer.printer_driver import PrinterDriver
from edge.ticket_printer.settings import Settings

ASK_S = 0.05  # four questions and answers at 9600 baud, with a USB adapter's delays
END_S = 30.0
OPEN = Printer("cover open")


class Clockwork:
    """A printer whose cover opens at `opens_at`, on a clock of its own. `tells`: by itself, too (ASB)."""

    def __init__(self, opens_at: float, tells: bool, claims_to_tell: bool) -> None:
        self.now, self.opens_at, self.questions = 0.0, opens_at, 0
        self._tells, self._news, self.tells = tells, tells, False
        self.driver = PrinterDriver(
            Settings(driver="serial", tells_changes=claims_to_tell), connect=lambda _: self, clock=lambda: self.now
        )
        self.noticed: list[tuple[float, Printer]] = []
        self.driver._emit = lambda make: self.noticed.append((self.now, make(0.0).printer))

    def run(self) -> None:
        self.driver.run()

    @property
    def _state(self) -> Printer:
        return OPEN if self.now >= self.opens_at else Printer("ready")

    def greet(self) -> None: ...

    def recover(self) -> None: ...

    def close(self) -> None: ...

    def ask(self) -> Printer:
        self.questions += 1
        self.now += ASK_S
        return self._state

    def rest(self, patience_s: float, bell: object) -> Printer | None:
        before = self._state
        until = self.now + patience_s
        if self._tells and (self._news or self.now < self.opens_at <= until):
            self.now = self.now if self._news else self.opens_at
            self._news, self.tells = False, True
            return self._state
        self.now = until
        if self.now >= END_S:
            self.driver.stopping = True
        assert patience_s > 0 or before == self._state, "no busy waiting"
        return None


@settings(max_examples=50)
@given(st.floats(0.2, 25.0))
def test_without_being_told_an_open_cover_is_noticed_within_a_second_by_asking_twice_a_second(opens_at):
    printer = Clockwork(opens_at, tells=False, claims_to_tell=False)
    printer.run()
    (_, ready), (noticed_at, opened) = printer.noticed
    assert (ready.state, opened) == ("ready", OPEN)
    assert noticed_at - opens_at < 1.0
    assert printer.questions <= END_S / 0.5 + 2


@settings(max_examples=50)
@given(st.floats(0.2, 25.0))
def test_a_printer_that_tells_is_heard_at_once_and_hardly_asked(opens_at):
    printer = Clockwork(opens_at, tells=True, claims_to_tell=True)
    printer.run()
    noticed_at, opened = printer.noticed[-1]
    assert opened == OPEN
    assert noticed_at - opens_at <= ASK_S
    assert printer.questions <= END_S / 10 + 2


def test_one_that_is_said_to_tell_and_does_not_is_asked_like_any_other():
    printer = Clockwork(7.3, tells=False, claims_to_tell=True)
    printer.run()
    assert printer.noticed[-1][0] - 7.3 < 1.0


def test_nobody_can_have_it_asked_more_seldom_than_that():
    import msgspec

    with pytest.raises(msgspec.ValidationError, match="poll_s"):
        msgspec.convert({"driver": "serial", "poll_s": 2.0}, Settings)
