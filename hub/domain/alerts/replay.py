"""What rules would have raised: the engine of alerts over a past that is told as facts, each with when it began.

Between two of those every figure goes one way only (people grow older, nobody comes or goes), so that the moments at
which something is decided can be found without a look at each second: where one is crossed, where it has lasted long
enough, where the hall opens and closes. Whole seconds, as the hub looks.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from halls.alerts import KINDS, Alert
from halls.format import Hall
from hub.domain import hours
from hub.domain.alerts.engine import Key, Seen, Watch, is_calm, is_high, step
from hub.domain.alerts.facts import Facts, seen

_SECOND = timedelta(seconds=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that would have been. `figure`: at its raising; `until` None: it was so still when the past ended."""

    rule: str
    subject: str
    at: datetime
    figure: float
    until: datetime | None = None


def replay(rules: Iterable[Alert], told: Iterable[Facts], until: datetime) -> tuple[Raised, ...]:
    """By when they were raised. `told`: by time; each holds until the next, the last one until `until`. Rules of what
    happens once raise nothing here."""
    run, before = _Run(tuple(rules)), None
    for facts in told:
        facts = replace(facts, at=whole(facts.at))
        if before is not None:
            run.through(before, facts.at)
        before = facts
    if before is not None:
        run.through(before, whole(until))
    return tuple(sorted((*run.over, *run.opened.values()), key=lambda one: (one.at, one.rule, one.subject)))


def whole(at: datetime) -> datetime:
    """The first look at what is so since then: as the hub looks once a second, it sees it up to a second later."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + _SECOND


_State: TypeAlias = Mapping[Key, tuple[bool, bool]]


class _Run:
    def __init__(self, rules: tuple[Alert, ...]) -> None:
        self._rules = rules
        self._waits = {rule.id: (timedelta(seconds=rule.raise_s), timedelta(seconds=rule.clear_s)) for rule in rules}
        self._passing = any(KINDS[rule.kind].passing for rule in rules)
        self._watch = Watch()
        self._state: _State | None = None
        self._due = _NEVER  # when what lasts has lasted long enough
        self._edge: tuple[Hall, datetime] | None = None  # when a hall next opens, closes, or begins a day
        self.opened: dict[Key, Raised] = {}
        self.over: list[Raised] = []

    def through(self, facts: Facts, end: datetime) -> None:
        """From `facts.at` on until `end`, in which nothing comes to pass but time."""
        while facts.at < end:
            self._look(facts)
            facts = replace(facts, at=self._next(facts, end))

    def _look(self, facts: Facts) -> None:
        looks = seen(self._rules, facts)
        state = _state(looks)
        if state == self._state and facts.at < self._due:
            return  # a step would change nothing
        self._watch, changes = step(looks, self._watch, self.opened.keys(), facts.at)
        for one in changes:
            key = (one.rule, one.subject)
            if one.what == "raise":
                self.opened[key] = Raised(rule=one.rule, subject=one.subject, at=facts.at, figure=one.figure or 0.0)
            else:
                self.over.append(replace(self.opened.pop(key), until=facts.at))
        self._state = state
        self._due = min((one for one in self._lasted() if one > facts.at), default=_NEVER)

    def _next(self, facts: Facts, end: datetime) -> datetime:
        """When something may change: at the latest `end`."""
        low, high = facts.at, min(end, self._due, self._next_edge(facts))
        if self._passing and high - low > _SECOND and self._at(facts, high) != self._state:
            while high - low > _SECOND:
                middle = low + (high - low) // _SECOND // 2 * _SECOND
                low, high = (middle, high) if self._at(facts, middle) == self._state else (low, middle)
        return high

    def _at(self, facts: Facts, at: datetime) -> _State:
        return _state(seen(self._rules, replace(facts, at=at)))

    def _lasted(self) -> Iterator[datetime]:
        """When what lasts now has lasted long enough."""
        for (rule, _), since in self._watch.high.items():
            yield whole(since + self._waits[rule][0])
        for (rule, _), since in self._watch.calm.items():
            yield whole(since + self._waits[rule][1])

    def _next_edge(self, facts: Facts) -> datetime:
        hall, at = facts.day.hall, facts.at
        if self._edge is None or self._edge[0] is not hall or self._edge[1] <= at:
            self._edge = hall, next(one for one in hours.edges(hall, at) if one > at)
        return self._edge[1]


def _state(looks: Iterable[Seen]) -> _State:
    """Of each figure that is known now, on which side of both thresholds it is."""
    return {
        (look.rule.id, subject): (is_high(look.rule, figure), is_calm(look.rule, figure))
        for look in looks
        if look.known
        for subject, figure in look.figures.items()
        if figure is not None
    }
