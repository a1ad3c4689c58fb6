"""What an observer knows of the hall: what is durably in the log, what people hold, saw and were told.

Kept from the outside: the days here are made from the log's own events, never from what a hub has in memory.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from halls.format import Hall
from hub.domain.events import AnyEvent, TicketAdmitted, TicketCancelled, TicketReserved
from hub.domain.evolve import evolve
from hub.domain.state import Day, new_day
from hub.storage.event_log import Recorded
from simulation.trace import Trace
from wire import codec
from wire.messages import Action, Issued, Printed, Rating, Reply, Slip, TakeTicket, UpMessage

_OF_THE_MOMENT = (
    "unavailable", "no-position", "unknown-action", "unknown-clerk", "unknown-counter", "unknown-service", "bad-number",
    "bad-level", "reason-missing",
)  # fmt: skip
"""Refusals at the door, not by the rules: no event, and another answer may come when the wish is repeated."""


class ViolationError(AssertionError):
    """`invariant`: the name of the one that does not hold."""

    def __init__(self, invariant: str, text: str) -> None:
        super().__init__(f"{invariant}: {text}")
        self.invariant, self.text = invariant, text


class Wish(msgspec.Struct, frozen=True):
    """What a device asked for or reported, and when it did so first (true seconds)."""

    device: str
    message: UpMessage
    at: float
    is_journaled: bool


class Held(msgspec.Struct, frozen=True):
    """A slip in somebody's hand; `day`: by the hall's calendar, when it came out, or the hub gave its number."""

    machine: str
    slip: Slip
    at: datetime
    day: str


class Answer(msgspec.Struct, frozen=True):
    command: str
    ok: bool
    code: str
    number: str


class Seen(msgspec.Struct, frozen=True):
    """One event as it became durable: the day before and after it, and whether its command was in the log before."""

    recorded: Recorded
    before: Day
    after: Day
    is_new: bool

    @property
    def event(self) -> AnyEvent:
        return self.recorded.event


class Books:
    """`checks`: asked of every event, answer, view and slip; the first complaint is kept in `violation`."""

    def __init__(self, hall: Hall, true: Callable[[], float], wall: Callable[[], datetime], trace: Trace) -> None:
        self.hall, self.true, self.wall, self._trace = hall, true, wall, trace
        self._zone = ZoneInfo(hall.hall.timezone)
        self.days: dict[str, Day] = {}
        self.commands: dict[str, list[AnyEvent]] = {}
        self.position = 0
        self.numbers: set[tuple[str, str]] = set()  # (day, number) that were given
        self.cancelled: dict[tuple[str, str], str] = {}  # → the reason
        self.wishes: dict[str, Wish] = {}  # command → what was asked for
        self.passed_over: dict[tuple[str, str], int] = {}  # (counter, number) → times in a row
        self.without_slip: set[tuple[str, str]] = set()  # (day, number) that the hub knows nobody holds
        self.answers: dict[str, Answer] = {}  # command → the first lasting answer
        self.thanked: list[str] = []  # commands
        self.held: list[Held] = []
        self.on_seen: list[Callable[[Books, Seen], str]] = []
        self.on_answer: list[Callable[[Books, Answer], str]] = []
        self.on_slip: list[Callable[[Books, Held], str]] = []
        self._shown: dict[str, tuple[object, tuple[int, int]]] = {}
        self.violation: ViolationError | None = None

    def violated(self, invariant: str, text: str) -> None:
        self.violation = self.violation or ViolationError(invariant, text)

    def since_began(self, at: datetime) -> float:
        """True seconds of a moment on the wall."""
        return self.true() - (self.wall() - at).total_seconds()

    # Told by the storage.

    def committed(self, recorded: Sequence[Recorded]) -> None:
        new = {one.event.command for one in recorded} - self.commands.keys()
        for one in recorded:
            self._trace.note("log", f"{one.position} {one.day}/{one.version} {_said(one.event)}")
            before = self.days.get(one.day) or new_day(self.hall, one.day)
            after = evolve(before, one.event)
            seen = Seen(one, before, after, one.event.command in new)
            for check in self.on_seen:
                self._judge(check, seen)
            self._take_in(one, after)

    def _take_in(self, one: Recorded, after: Day) -> None:
        self.days[one.day] = after
        self.position = one.position
        self.commands.setdefault(one.event.command, []).append(one.event)
        if isinstance(one.event, TicketReserved | TicketAdmitted):
            self.numbers.add((one.day, one.event.number))
        elif isinstance(one.event, TicketCancelled):
            self.cancelled[one.day, one.event.number] = one.event.reason

    # Told by devices and hubs.

    def sent(self, device: str, kind: str, payload: bytes, journaled: Callable[[str], bool]) -> None:
        if kind == "health":
            return
        message = codec.decode_up(kind, payload)
        command = f"{device}/{message.id}"
        if command not in self.wishes:
            self._trace.note(device, payload.decode())
            self.wishes[command] = Wish(device, message, self.true(), journaled(message.id))

    def replied(self, device: str, payload: bytes) -> None:
        reply = codec.decode_reply(payload)
        command = f"{device}/{reply.to}"
        if command in self.wishes and reply.code not in _OF_THE_MOMENT:
            self.answered(_answer(command, reply))

    def answered(self, answer: Answer) -> None:
        """Also by those who ask a desk without a device."""
        for check in self.on_answer:
            self._judge(check, answer)
        self.answers.setdefault(answer.command, answer)

    def slip(self, machine: str, slip: Slip) -> None:
        self._trace.note(machine, f"slip {slip.number} is out")
        at = self.wall()
        is_own = slip.ahead < 0  # by a board's clock, then
        given = at if is_own else slip.taken_at
        held = Held(machine, slip, at, given.astimezone(self._zone).strftime("%Y-%m-%d"))
        for check in self.on_slip:
            self._judge(check, held)
        self.held.append(held)

    def thanks(self, command: str) -> None:
        if command not in self.thanked:
            self._trace.note("evaluator", f"thanks for {command}")
            self.thanked.append(command)

    def showing(self, start: object, what: str, version: tuple[int, int]) -> None:
        """What a device shows now; `start`: which of its starts it is."""
        before_start, before = self._shown.get(what, (start, version))
        if start is before_start and version < before:
            self.violated("views_never_go_back", f"{what} was at {before} and is at {version}")
        self._shown[what] = (start, version)

    def replaces(self, command: str) -> str:
        """The command in whose place the machine gave that ticket of its own, or ""."""
        wish = self.wishes.get(command)
        instead_of = wish.message.instead_of if wish and isinstance(wish.message, Issued) else ""
        return f"{wish.device}/{instead_of}" if wish and instead_of else ""

    def has_failed(self, command: str) -> bool:
        """Whether that is a machine's report of a slip that did not come out."""
        wish = self.wishes.get(command)
        return wish is not None and isinstance(wish.message, Printed) and wish.message.outcome == "failed"

    def said(self, kind: type[Action | Issued | Printed | Rating | TakeTicket]) -> list[tuple[str, Wish]]:
        return [(command, wish) for command, wish in self.wishes.items() if isinstance(wish.message, kind)]

    def _judge(self, check: Callable[..., str], about: object) -> None:
        """Whoever told us is the real code, which must not hear of an error of ours."""
        try:
            complaint = check(self, about)
        except Exception as error:
            complaint = f"cannot be checked: {error!r}"
        if complaint:
            self.violated(check.__name__, complaint)


def _answer(command: str, reply: Reply) -> Answer:
    return Answer(command, reply.ok, reply.code, reply.slip.number if reply.slip else "")


def _said(event: AnyEvent) -> str:
    """Kind and what it is about."""
    about = [str(getattr(event, name)) for name in ("number", "counter", "code", "reason") if getattr(event, name, "")]
    return " ".join([str(event.__struct_config__.tag), *about, f"({event.command})"])
