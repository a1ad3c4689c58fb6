"""A day to drive by hand: `Script` holds a state and a clock, and does commands by name."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from halls.format import Hall, parse
from hub.domain import commands as c
from hub.domain.events import AnyEvent, Refused
from hub.domain.evolve import evolve
from hub.domain.queue import decide, validate
from hub.domain.state import Day, new_day

SMALL = Path(__file__).parents[2] / "halls" / "small.toml"
MORNING = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # 09:00 in Beijing


@cache
def small_hall() -> Hall:
    """Read once: it cannot be changed, and many tests ask for it."""
    return parse(SMALL.read_text("utf-8"), str(SMALL))


def at_noon(hall_file: str) -> str:
    """In a time zone in which it is about noon: for tests by the real clock, whose day else ends while they run. Near
    midnight no slot lies far enough ahead, either."""
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"  # POSIX: west of Greenwich is positive
    return hall_file.replace("[hall]\n", f'[hall]\ntimezone = "{zone}"\n', 1)


@cache
def hall_at_noon() -> Hall:
    return parse(at_noon(SMALL.read_text("utf-8")), str(SMALL))


class Script:
    def __init__(self, hall: Hall | None = None) -> None:
        self.hall = hall or small_hall()
        self.state: Day = new_day(self.hall, "2026-01-05")
        self.now = MORNING
        self.events: list[AnyEvent] = []
        self._count = 0

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def do(self, kind: type[c.Command], **fields: object) -> tuple[AnyEvent, ...]:
        """The events that the command led to, which the state has taken in."""
        self._count += 1
        command = kind(**{"id": f"c{self._count}", "at": self.now, "by": "test", **fields})
        validate(self.state, command)
        happened = decide(self.state, command)
        for event in happened:
            self.state = evolve(self.state, event)
        self.events += happened
        return happened

    def refused(self, kind: type[c.Command], **fields: object) -> str:
        """The code with which the command is refused; fails when it is not."""
        last = self.do(kind, **fields)[-1]
        assert isinstance(last, Refused), f"not refused: {last}"
        return last.code

    def take(self, service: str, *, printer: bool = False) -> str:
        return self.do(c.TakeTicket, service=service, printer=printer)[0].number

    def sign_on(self, counter: str, clerk: str) -> None:
        self.do(c.SignOn, counter=counter, clerk=clerk)

    def phase(self, number: str) -> str:
        return self.state.tickets[number].phase
