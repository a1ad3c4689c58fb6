"""What the rules look at: a day, its devices and the hub itself, in figures by subject."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import attrgetter

import msgspec

from halls.alerts import KINDS, Alert
from halls.format import Hall, Service
from hub.domain import hours
from hub.domain.alerts.engine import Seen
from hub.domain.state import MARKS, Day, Ticket
from wire.messages import Health

HUB = "hub"  # the subject where it is the hub itself
HALL = "hall"
_GROUPS: dict[tuple[int, str, tuple[str, ...]], tuple[Hall | None, tuple[tuple[str, tuple[Service, ...]], ...]]] = {}
_FIRSTS: list[tuple[object, dict[str, tuple[datetime | None, tuple[str, ...]]]]] = [(None, {})]
"""Lines of a day, by identity, and of each service who came first and who was booked: they are the same until somebody
comes or goes, and looked at more often than that."""
_GROUPS_MAX = 64  # of halls and rules; with its hall, lest another one come to have its id


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A position and the device that fills it. `online` None: not known now, for the hub itself was cut off.

    `seen_at`: last heard; `paper`: ok, low, out, None: no printer or not known; `behind_s`: its clock, against the
    hub's; `not_after`: of its certificate.
    """

    position: str
    kind: str
    device: str
    online: bool | None
    seen_at: datetime
    paper: str | None = None
    behind_s: float | None = None
    not_after: datetime | None = None
    health: Health | None = None  # its last report


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that rules look at, at one moment. `trouble`: why metrics cannot be written; empty: they can.
    `day_off`: by the hall's calendar."""

    day: Day
    at: datetime
    devices: tuple[Device, ...] = ()
    trouble: str = ""
    day_off: bool = False


def seen(rules: Iterable[Alert], facts: Facts) -> tuple[Seen, ...]:
    is_open, known = hall_is_open(facts), dict[tuple[object, ...], dict[str, float | None]]()
    looks = []
    for rule in rules:
        what = (rule.kind, rule.per, rule.only)
        if what not in known:
            known[what] = figures(rule, facts)
        looks.append(Seen(rule, known[what], is_open or not rule.open_only))
    return tuple(looks)


def figures(rule: Alert, facts: Facts) -> dict[str, float | None]:
    """By subject. Empty for a kind that happens once: those are read from the log."""
    look = _LOOKS.get(rule.kind)
    return dict(look(rule, facts)) if look else {}


def hall_is_open(facts: Facts) -> bool:
    """Also on a day off, where people are there all the same."""
    day = facts.day
    if facts.day_off and not day.tickets and not any(one.clerk for one in day.counters.values()):
        return False
    clock = hours.local(day.hall, facts.at).strftime("%H:%M")
    return day.hall.policy.opens <= clock < day.hall.policy.closes


def is_about(rule: Alert, name: str, *also: str) -> bool:
    """Whether the rule is for that service, counter, position or kind."""
    return not rule.only or name in rule.only or any(one in rule.only for one in also)


def services(rule: Alert, day: Day, subject: str) -> tuple[Service, ...]:
    """Of a rule that has one alert for each service, area, or the hall: those that its subject stands for."""
    return dict(_grouped(rule, day)).get(subject, ())


def longest(day: Day, these: Iterable[Service]) -> list[Ticket]:
    """Those who wait for these services, who took a number first is first; who was booked for later, apart."""
    return sorted((ticket for one in these for ticket in day.waiting(one.letter)), key=lambda ticket: ticket.taken_at)


def served_by(day: Day, service: str) -> bool:
    """Whether a counter that calls people is there for it."""
    return any(service in one.services and day.is_open(one.id) for one in day.hall.counter)


def minutes(since: datetime, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds() / 60)


def _grouped(rule: Alert, day: Day) -> tuple[tuple[str, tuple[Service, ...]], ...]:
    """Subjects with their services, in the hall's order: the same for every look at a hall, so worked out once."""
    key = (id(day.hall), rule.per, rule.only)
    hall, known = _GROUPS.get(key, (None, ()))
    if hall is not day.hall:
        known = tuple(_groups(rule, day.hall))
        if len(_GROUPS) >= _GROUPS_MAX:
            _GROUPS.clear()
        _GROUPS[key] = day.hall, known
    return known


def _groups(rule: Alert, hall: Hall) -> Iterator[tuple[str, tuple[Service, ...]]]:
    subjects = {"service": [one.letter for one in hall.service], "area": [one.id for one in hall.area]}
    name = {"service": attrgetter("letter"), "area": attrgetter("area")}.get(rule.per, lambda one: HALL)
    for subject in subjects.get(rule.per, [HALL]):
        if these := tuple(one for one in hall.service if name(one) == subject and is_about(rule, one.letter)):
            yield subject, these


def _long_wait(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    for subject, these in _grouped(rule, facts.day):
        yield subject, minutes(min((_first(facts, one.letter) for one in these), default=facts.at), facts.at)


def _first(facts: Facts, service: str) -> datetime:
    """Since when whoever came first waits for it; now, where nobody does."""
    day, at = facts.day, facts.at
    lines, known = _FIRSTS[0]
    if lines is not day.lines:
        known = {}
        _FIRSTS[0] = day.lines, known
    if service not in known:
        known[service] = _came_first(day, service), day.lines.get("Y" + service, ())
    first, booked = known[service]
    for number in booked:
        since = waits_since(day.tickets[number], at)
        first = since if first is None or since < first else first
    return at if first is None else first


def _came_first(day: Day, service: str) -> datetime | None:
    """When whoever came first of those who came by themselves took a number."""
    numbers = (number for mark in MARKS if mark != "Y" for number in day.lines.get(mark + service, ()))
    return min((day.tickets[number].taken_at for number in numbers), default=None)


def waits_since(ticket: Ticket, at: datetime) -> datetime:
    """Who was booked for later waits from their slot on."""
    if ticket.slot_at is None:
        return ticket.taken_at
    return min(at, max(ticket.taken_at, ticket.slot_at))


def _waiting(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    for subject, these in _grouped(rule, facts.day):
        yield subject, float(sum(facts.day.count_waiting(one.letter) for one in these))


def _unserved(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    day = facts.day
    for subject, these in _grouped(rule, day):
        yield (
            subject,
            float(sum(day.count_waiting(one.letter) for one in these if not served_by(day, one.letter))),
        )


def _in_service(rule: Alert, facts: Facts) -> Iterator[tuple[Ticket, float]]:
    for counter in facts.day.counters.values():
        ticket = facts.day.tickets[counter.number] if counter.number else None
        if ticket and ticket.phase == "serving" and ticket.serving_at and is_about(rule, ticket.service):
            yield ticket, minutes(ticket.serving_at, facts.at)


def _over_time(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    p90 = {one.letter: one.service_min_p90 for one in facts.day.hall.service}
    for ticket, lasted in _in_service(rule, facts):
        yield ticket.number, lasted / p90[ticket.service]


def _long_service(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    for ticket, lasted in _in_service(rule, facts):
        yield ticket.number, lasted


def _pause(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    for ident, counter in facts.day.counters.items():
        if counter.paused and counter.paused_at and not counter.paused_why and is_about(rule, ident):
            yield ident, minutes(counter.paused_at, facts.at)


def _of_devices(figure: Callable[[Device, datetime], float | None]) -> "_Look":
    def look(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
        for one in facts.devices:
            if is_about(rule, one.position, one.kind):
                yield one.position, figure(one, facts.at)

    return look


def _silent_s(one: Device, at: datetime) -> float | None:
    if one.online is None:
        return None
    return 0.0 if one.online else max(0.0, (at - one.seen_at).total_seconds())


def _paper(word: str) -> Callable[[Device, datetime], float | None]:
    """What a printer that is away last said is not known to be so still."""

    def is_so(one: Device, at: datetime) -> float | None:
        return float(one.paper == word) if one.online and one.paper is not None else None

    return is_so


def _wrong_s(one: Device, at: datetime) -> float | None:
    return None if one.behind_s is None or not one.online else abs(one.behind_s)


def _days_left(one: Device, at: datetime) -> float | None:
    return None if one.not_after is None else (one.not_after - at).total_seconds() / 86400


def _influx(rule: Alert, facts: Facts) -> Iterator[tuple[str, float | None]]:
    yield HUB, float(bool(facts.trouble))


def made_of(kinds: Iterable[str], day: Day) -> tuple[object, ...]:
    """What of a day figures of these kinds are made of. Where it is the same, they differ by the time that passed
    alone: whoever looks at the past need not look at each event."""
    return day.hall, *(_MADE_OF[kind](day) if kind in _MADE_OF else None for kind in kinds)


def _in_line(day: Day) -> object:
    return _Same(day.lines)


def _in_line_and_open(day: Day) -> object:
    return _Same(day.lines), tuple(one for one in day.counters if day.is_open(one))


def _served(day: Day) -> object:
    tickets = [day.tickets[one.number] for one in day.counters.values() if one.number]
    return tuple((one.number, one.service, one.serving_at) for one in tickets if one.phase == "serving")


def _paused(day: Day) -> object:
    return tuple((ident, one.paused_at, one.paused_why) for ident, one in day.counters.items() if one.paused)


class _Same:
    """Equal to itself alone: what is frozen is shared until it changes."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._value is other._value

    __hash__ = None  # type: ignore[assignment]


_MADE_OF: dict[str, Callable[[Day], object]] = {
    "long-wait": _in_line,
    "queue-limit": _in_line,
    "unserved": _in_line_and_open,
    "over-time": _served,
    "long-service": _served,
    "pause": _paused,
}
_Look = Callable[[Alert, Facts], Iterable[tuple[str, float | None]]]
_LOOKS: dict[str, _Look] = {
    "long-wait": _long_wait,
    "queue-limit": _waiting,
    "unserved": _unserved,
    "over-time": _over_time,
    "long-service": _long_service,
    "pause": _pause,
    "offline": _of_devices(_silent_s),
    "paper-low": _of_devices(_paper("low")),
    "paper-out": _of_devices(_paper("out")),
    "clock": _of_devices(_wrong_s),
    "certificate": _of_devices(_days_left),
    "influx": _influx,
}
assert {kind for kind, about in KINDS.items() if not about.once} == set(_LOOKS)
