"""When an alert is raised and when it is cleared: (rules, what they see, what is open, since when) → changes.

A figure that is at `raise_at` or beyond for `raise_s` raises, one that is back at `clear_at` for `clear_s` clears;
between the two thresholds both clocks stand at nothing, so that a figure that trembles around one of them changes
nothing. What is not known now (None) changes nothing either, and stops no clock.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec
from immutables import Map

from halls.alerts import KINDS, Alert

Key: TypeAlias = tuple[str, str]
"""A rule's id, and what it is about: a service, a counter, a position, a ticket …"""


class Seen(msgspec.Struct, frozen=True):
    """What one rule sees. `figures`: by subject, None: not known now. A subject that is not among them is calm, unless
    nothing is `known` at all: the hall is closed."""

    rule: Alert
    figures: Mapping[str, float | None] = {}
    known: bool = True


class Watch(msgspec.Struct, frozen=True):
    """Since when something has been too much, or well again. A key is in one of both at the most."""

    high: Map[Key, datetime] = Map()
    calm: Map[Key, datetime] = Map()


class Since(msgspec.Struct, frozen=True):
    """One entry of a watch."""

    at: datetime
    calm: bool


def lasting(watch: Watch, until: datetime) -> dict[Key, Since]:
    """What has lasted since `until`, or longer."""
    both = ((watch.high, False), (watch.calm, True))
    return {key: Since(at, calm) for clock, calm in both for key, at in clock.items() if at <= until}


def resumed(since: Mapping[Key, Since]) -> Watch:
    """A watch that goes on from there."""
    high = {key: one.at for key, one in since.items() if not one.calm}
    calm = {key: one.at for key, one in since.items() if one.calm}
    return Watch(Map(high), Map(calm))


class Change(msgspec.Struct, frozen=True):
    """`figure`: at that moment; None where there is none any more. `why`: "rule": there is no such rule any more."""

    what: Literal["raise", "clear"]
    rule: str
    subject: str
    figure: float | None = None
    why: Literal["", "rule"] = ""


def step(seen: Iterable[Seen], watch: Watch, opened: Collection[Key], at: datetime) -> tuple[Watch, tuple[Change, ...]]:
    """`opened`: what is open, of all rules but those of which each happens once; those are not asked for here."""
    high, calm = dict[Key, datetime](), dict[Key, datetime]()
    changes: list[Change] = []
    looks = {one.rule.id: one for one in seen if one.rule.enabled and not KINDS[one.rule.kind].once}
    of_rule: dict[str, set[str]] = {}
    for rule, subject in opened:
        of_rule.setdefault(rule, set()).add(subject)
    for ident, look in looks.items():
        here = of_rule.pop(ident, set())
        for subject in sorted(here | set(look.figures)):
            key, figure = (ident, subject), look.figures.get(subject)
            is_known = look.known and (subject not in look.figures or figure is not None)
            clock, before = (calm, watch.calm) if subject in here else (high, watch.high)
            if not is_known:
                if key in before:
                    clock[key] = before[key]
                continue
            rises = subject not in here
            if not (is_high(look.rule, figure) if rises else is_calm(look.rule, figure)):
                continue
            since = before.get(key, at)
            wanted_s = look.rule.raise_s if rises else look.rule.clear_s
            if at - since >= timedelta(seconds=wanted_s):
                changes.append(Change("raise" if rises else "clear", ident, subject, figure))
            else:
                clock[key] = since
    gone = [Change("clear", rule, subject, why="rule") for rule, all_ in of_rule.items() for subject in sorted(all_)]
    return Watch(Map(high), Map(calm)), (*changes, *gone)


def is_high(rule: Alert, figure: float | None) -> bool:
    """Whether it raises, if it stays so."""
    if figure is None:
        return False
    return figure >= rule.raise_at if KINDS[rule.kind].rising else figure <= rule.raise_at


def is_calm(rule: Alert, figure: float | None) -> bool:
    """Whether it clears, if it stays so. What is not there any more is calm."""
    if figure is None:
        return True
    return figure <= rule.clear_at if KINDS[rule.kind].rising else figure >= rule.clear_at
