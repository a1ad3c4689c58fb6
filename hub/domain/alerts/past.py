"""The past as facts that rules look at: of a day from its events, of devices from what was kept of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from halls.alerts import Alert
from halls.format import Hall
from hub.domain import events as e
from hub.domain import hours
from hub.domain.alerts.engine import is_high
from hub.domain.alerts.facts import Device, Facts, is_about, made_of
from hub.domain.alerts.replay import Raised, whole
from hub.domain.evolve import evolve
from hub.domain.state import Day, new_day

Source: TypeAlias = Literal["log", "ratings", "presence", "reports", ""]
"""Where a kind's figures are to be had from; empty: nobody keeps them."""
SOURCES: dict[str, Source] = {
    "long-wait": "log",
    "queue-limit": "log",
    "unserved": "log",
    "over-time": "log",
    "long-service": "log",
    "pause": "log",
    "rating": "ratings",
    "offline": "presence",
    "paper-low": "reports",
    "paper-out": "reports",
    "clock": "reports",
    "certificate": "",
    "influx": "",
}


class Was(msgspec.Struct, frozen=True, kw_only=True):
    """What became so of the device at a position: that it came or went, what its printer's paper is, by how much its
    clock is wrong. None: as it was."""

    position: str
    at: datetime
    online: bool | None = None
    paper: str | None = None
    behind_s: float | None = None


def midnight(hall: Hall, day: str) -> datetime:
    return hours.moment(new_day(hall, day), "00:00")


def of_day(base: Hall, day: str, events: Iterable[e.AnyEvent], day_off: bool, kinds: Sequence[str]) -> Iterator[Facts]:
    """`base`: the hall as its file has it; settings are among the events. One for each second in which something
    happened that figures of these kinds are made of. What came before the day began (appointments) or after it is over
    is taken in, and seen by nobody."""
    state = new_day(base, day)
    begins = midnight(base, day)
    ends = begins + timedelta(days=1)
    at, told, told_of = begins, False, made_of(kinds, state)
    for event in events:
        now = min(max(at, whole(event.at)), ends)
        if now > at:
            parts = made_of(kinds, state)
            if not told or day_off or parts != told_of:
                yield Facts(day=state, at=at, day_off=day_off)
                told, told_of = True, parts
            at = now
        state = _after(state, event)
    if at < ends:
        yield Facts(day=state, at=at, day_off=day_off)


def of_devices(
    hall: Hall, kinds: Mapping[str, str], was: Sequence[Was], since: datetime, days_off: frozenset[str]
) -> Iterator[Facts]:
    """`kinds`: of positions whose past is told; `was`: by time, also how they were before `since`. Opening hours are
    those of now, and nobody is taken to have been there on a day off."""
    devices = dict[str, Device]()
    days = dict[str, Day]()

    def facts(at: datetime) -> Facts:
        day = hours.local(hall, at).strftime("%Y-%m-%d")
        here = days.setdefault(day, new_day(hall, day))
        return Facts(day=here, at=at, devices=tuple(devices.values()), day_off=day in days_off)

    at = since
    for one in was:
        now = max(since, whole(one.at))
        for edge in _until(hall, at, now):
            yield facts(at)
            at = edge
        devices[one.position] = _device(devices.get(one.position), kinds[one.position], one)
    yield facts(at)


def of_ratings(rules: Iterable[Alert], day: str, rated: Iterable[e.Rated]) -> tuple[Raised, ...]:
    """They happen once: each is an alert of its own."""
    return tuple(
        Raised(rule=rule.id, subject=f"{day}/{one.number}", at=one.at, figure=float(one.level))
        for one in rated
        for rule in rules
        if rule.enabled and is_about(rule, one.service) and is_high(rule, float(one.level))
    )


def _after(state: Day, event: e.AnyEvent) -> Day:
    """An event that does not fit the hall's file any more changes nothing, as in the figures of the past."""
    try:
        return evolve(state, event)
    except Exception:
        return replace(state, version=state.version + 1)


def _until(hall: Hall, at: datetime, now: datetime) -> Iterator[datetime]:
    """The days that begin in between, and then `now`: whether it is a day off is another matter on each."""
    while (edge := hours.edges(hall, at)[-1]) < now:
        yield edge
        at = edge
    if now > at:
        yield now


def _device(before: Device | None, kind: str, one: Was) -> Device:
    known = before or Device(position=one.position, kind=kind, device="", online=None, seen_at=one.at)
    if one.online is not None and one.online != known.online:
        known = replace(known, online=one.online, seen_at=one.at)
    return replace(
        known,
        paper=known.paper if one.paper is None else one.paper,
        behind_s=known.behind_s if one.behind_s is None else one.behind_s,
    )
