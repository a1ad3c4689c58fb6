"""Who is told of an alert, and when: not in quiet hours, not while it is silenced, and others where nobody reacts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec

from halls.alerts import QUIET, ROLE, Alert
from halls.format import Hall
from hub.domain import hours

Telling: TypeAlias = Literal["raised", "escalated"]


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` empty: whatever the rule is about."""

    rule: str
    subject: str
    since: datetime
    until: datetime

    def covers(self, rule: str, subject: str, at: datetime) -> bool:
        return self.rule == rule and self.subject in ("", subject) and self.since <= at < self.until


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An open alert, as far as it matters here."""

    rule: str
    subject: str
    raised_at: datetime
    told_at: datetime | None
    escalated_at: datetime | None
    acknowledged_at: datetime | None


def due(one: Standing, rule: Alert, hall: Hall, silences: Iterable[Silence], at: datetime) -> tuple[Telling, ...]:
    """What is to be told of it now. What fell into quiet hours is told when they are over, if it is still so."""
    if one.acknowledged_at is not None:
        return ()
    if quiet_until(rule, hall, at) or any(silence.covers(one.rule, one.subject, at) for silence in silences):
        return ()
    late = rule.escalate_min > 0 and at - one.raised_at >= timedelta(minutes=rule.escalate_min)
    wanted: dict[Telling, bool] = {"raised": one.told_at is None, "escalated": late and one.escalated_at is None}
    return tuple(what for what, is_due in wanted.items() if is_due)


def waits_for(rule: Alert, escalated_at: datetime | None, acknowledged_at: datetime | None) -> tuple[str, ...]:
    """Roles: it was escalated to them, and nobody has taken it yet."""
    if escalated_at is None or acknowledged_at is not None:
        return ()
    return tuple(name.removeprefix(ROLE) for name in rule.escalate_to if name.startswith(ROLE))


def quiet_until(rule: Alert, hall: Hall, at: datetime) -> datetime | None:
    """When the quiet hours end that it is now; None: it is none."""
    here = hours.local(hall, at)
    clock = here.strftime("%H:%M")
    ends = []
    for time in rule.quiet:
        if (found := QUIET.match(time)) is None:
            continue
        begins, until = found[1], found[3]
        within = begins <= clock < until if begins < until else clock >= begins or clock < until
        if within:
            ends.append(_next(here, until))
    return max(ends, default=None)


def _next(here: datetime, clock: str) -> datetime:
    hour, minute = int(clock[:2]), int(clock[3:])
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    end = midnight + timedelta(hours=hour, minutes=minute)
    return end if end > here else end + timedelta(days=1)
