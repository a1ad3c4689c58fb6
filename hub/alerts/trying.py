"""Rules tried before they are saved: what other values would say now, and how often they would have raised.

The past is played through the engine that looks after the rules (hub.domain.alerts.replay), for the values in force
and for the others at once. What is looked at is bounded, the newest first, and it is told how far that went; days that
are over are remembered, so that asking again goes further.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import Engine

from halls.alerts import Alert as Rule
from halls.format import HallFileError, changed
from hub.desk import Desk
from hub.domain import events as e
from hub.domain.alerts import past
from hub.domain.alerts.engine import is_high
from hub.domain.alerts.facts import Facts, is_about, seen
from hub.domain.alerts.past import SOURCES, Source, Was
from hub.domain.alerts.replay import Raised, replay
from hub.domain.state import Day
from hub.storage.health import HealthHistory
from hub.storage.past_events import PastEvents
from hub.turns import Turns
from hub.waiting import UnavailableError

DAYS = (7, 28)
LISTED = 20  # of what would have been raised, the newest
EVENTS_MAX = 100_000  # of the log, played through for one question: some seconds' work
CHANGES_MAX = 10_000  # of devices
STEP_S = 900  # of reports, which are thinned to this when they are a day old
_REMEMBERED = 2000  # days, each of one rule
_NOW_SHOWN = 8
_LOOK = timedelta(seconds=1)  # what is so now is seen with the next look
_VALUES = ("kind", "raise_at", "clear_at", "raise_s", "clear_s", "per", "only", "open_only", "enabled")
BEFORE, AFTER = "before", "after"


class BadValuesError(ValueError):
    """These values cannot be; `problems`: why, each with its item."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class UnknownRuleError(ValueError):
    """There is no such rule."""


class Now(msgspec.Struct, frozen=True):
    """`high`: it raises, if it stays so for `raise_s`."""

    subject: str
    figure: float
    high: bool


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of both. `now`: the most alarming; `raised`: the newest of `count`; `days`: day → how many, of those with
    any."""

    rule: Rule
    now: tuple[Now, ...]
    count: int
    raised: tuple[Raised, ...]
    days: dict[str, int]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """`before`: the values in force; `after`: the others. `first`, `last`: days asked for; `since`: the earliest that
    was looked at; `looked_at`: how many events, or changes of devices; `source` empty: nobody keeps the past of these.
    `known`: whether these are looked at now; else the hall is closed."""

    before: Side
    after: Side
    first: str
    last: str
    since: str
    looked_at: int
    source: Source
    known: bool

    @property
    def is_whole(self) -> bool:
        return self.since <= self.first


_T = TypeVar("_T")


def edited(day: Day, rule: str, values: Mapping[str, Any]) -> Rule:
    """The rule with these values, by key, as JSON has them; None: the file's.

    Raises UnknownRuleError, BadValuesError.
    """
    if rule not in {one.id for one in day.hall.alert}:
        raise UnknownRuleError(f"this hall has no rule {rule!r}")
    try:
        hall = changed(day.base, {**day.settings, **{f"alert.{rule}.{key}": value for key, value in values.items()}})
    except HallFileError as error:
        raise BadValuesError(error.problems) from error
    return next(one for one in hall.alert if one.id == rule)


class Trials:
    """`facts(hall)`: what rules look at now, of the loop; `day_off(hall, day)`: by its calendar, read in a thread."""

    def __init__(
        self, engine: Engine, desk: Desk, facts: Callable[[str], Facts], day_off: Callable[[str, str], bool]
    ) -> None:
        self._desk, self._facts, self._day_off = desk, facts, day_off
        self._events, self._health = PastEvents(engine), HealthHistory(engine)
        self._closed = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="rules tried")  # one question at a time
        self._known: OrderedDict[tuple[object, ...], tuple[Raised, ...]] = OrderedDict()

    async def ask(self, hall: str, rule: str, values: Mapping[str, Any], days: int) -> Trial:
        """Today and the days before it. Raises UnknownRuleError, BadValuesError."""
        day = self._desk.today(hall)
        after = replace(edited(day, rule, values), enabled=True)
        before = next(one for one in day.hall.alert if one.id == rule)
        facts = self._facts(hall)
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._try, before, after, facts, days)
        return await work

    def close(self) -> None:
        """Who waits for an answer gets none."""
        self._closed = True
        self._pool.shutdown(cancel_futures=True)

    # In a thread.

    def _each(self, some: Iterable[_T]) -> Iterator[_T]:
        """Gives way to the loop, and ends with the hub."""
        for one in Turns().each(some):
            if self._closed:
                raise UnavailableError("the hub is closing")
            yield one

    def _try(self, before: Rule, after: Rule, facts: Facts, many: int) -> Trial:
        last = date.fromisoformat(facts.day.day)
        days = [(last - timedelta(days=back)).isoformat() for back in range(many)]
        rules = {BEFORE: replace(before, id=BEFORE), AFTER: replace(after, id=AFTER)}
        source = SOURCES[before.kind]
        look = {"log": self._of_log, "ratings": self._of_ratings, "presence": self._of_devices,
                "reports": self._of_devices}.get(source)  # fmt: skip
        raised, since, looked_at = look(rules, facts, days) if look else ((), days[-1], 0)
        sides = {of: _side(rule, of, facts, raised) for of, rule in ((BEFORE, before), (AFTER, after))}
        return Trial(
            before=sides[BEFORE], after=sides[AFTER], first=days[-1], last=days[0], since=since, looked_at=looked_at,
            source=source, known=all(one.known for one in seen((after,), facts)),
        )  # fmt: skip

    def _of_log(self, rules: Mapping[str, Rule], facts: Facts, days: Sequence[str]) -> "_Found":
        def play(day: str, these: Sequence[Rule]) -> tuple[Raised, ...]:
            events = self._each(self._events.of(hall, day))
            told = past.of_day(facts.day.base, day, events, self._day_off(hall, day), [one.kind for one in these])
            return replay(these, told, min(facts.at + _LOOK, past.midnight(facts.day.base, day) + timedelta(days=1)))

        hall = facts.day.hall.hall.id
        return self._by_day(rules, facts, days, play, EVENTS_MAX)

    def _of_ratings(self, rules: Mapping[str, Rule], facts: Facts, days: Sequence[str]) -> "_Found":
        def play(day: str, these: Sequence[Rule]) -> tuple[Raised, ...]:
            found = self._each(self._events.of(facts.day.hall.hall.id, day, e.Rated))
            return past.of_ratings(these, day, (one for one in found if isinstance(one, e.Rated)))

        return self._by_day(rules, facts, days, play, None)

    def _by_day(
        self, rules: Mapping[str, Rule], facts: Facts, days: Sequence[str], play: "_Play", most: int | None
    ) -> "_Found":
        """The newest day first, as far as it goes."""
        hall, raised, looked_at = facts.day.hall.hall.id, list[Raised](), 0
        counts = self._events.counts(hall, days)
        for at, day in enumerate(days):
            keys = {of: (hall, day, counts.get(day, 0), *_values(rule)) for of, rule in rules.items()}
            wanted = [rules[of] for of, key in keys.items() if key not in self._known and day in counts]
            if wanted and looked_at and most is not None and looked_at + counts[day] > most:
                return raised, days[at - 1], looked_at
            found = play(day, wanted) if wanted else ()
            looked_at += counts[day] if wanted else 0
            for of, key in keys.items():
                mine = self._known.get(key)
                if mine is None:
                    mine = tuple(one for one in found if one.rule == of)
                    if day < facts.day.day:
                        self._keep(key, mine)
                raised += [replace(one, rule=of) for one in mine]
        return raised, days[-1], looked_at

    def _keep(self, key: tuple[object, ...], found: tuple[Raised, ...]) -> None:
        self._known[key] = found
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _of_devices(self, rules: Mapping[str, Rule], facts: Facts, days: Sequence[str]) -> "_Found":
        hall, first = facts.day.hall, days[-1]
        wanted = {one.id: one.kind for one in hall.position if any(_is_for(rule, one) for rule in rules.values())}
        while True:
            since = past.midnight(hall, first)
            was = [one for one in self._was(rules, hall.hall.id, since, facts.at) if one.position in wanted]
            was = _worth_a_look(was, since)
            recent = [one for one in was if one.at >= since]
            if len(recent) <= CHANGES_MAX or first == days[0]:
                break
            first = min(days[0], _day_after(facts, recent[-CHANGES_MAX].at))
        off = frozenset(day for day in days if self._day_off(hall.hall.id, day))
        raised: list[Raised] = []
        of: dict[str, list[Was]] = {}
        for one in was:
            of.setdefault(one.position, []).append(one)
        for mine in of.values():  # no device's alert depends on another's
            told = self._each(past.of_devices(hall, wanted, mine, since, off))
            raised += replay(tuple(rules.values()), told, facts.at + _LOOK)
        return raised, first, len(recent)

    def _was(self, rules: Mapping[str, Rule], hall: str, since: datetime, until: datetime) -> list[Was]:
        came = self._health.changes_between(hall, since, until)
        was = [Was(position=one.position, at=one.at, online=one.online) for one in came]
        if SOURCES[rules[AFTER].kind] == "reports":
            bound_ms = 1000 * min(one.clear_at for one in rules.values()) if rules[AFTER].kind == "clock" else 1e12
            begin = int(since.timestamp())
            steps = self._health.notable_between(hall, begin, int(until.timestamp()), STEP_S, bound_ms)
            was += _of_steps(begin, steps)
        return sorted(was, key=lambda one: one.at)


_Found: TypeAlias = tuple[Sequence[Raised], str, int]
_Play: TypeAlias = Callable[[str, Sequence[Rule]], tuple[Raised, ...]]


def _values(rule: Rule) -> tuple[object, ...]:
    """What of a rule decides when it raises."""
    return tuple(getattr(rule, name) for name in _VALUES)


def _side(rule: Rule, of: str, facts: Facts, raised: Iterable[Raised]) -> Side:
    mine = sorted((one for one in raised if one.rule == of), key=lambda one: one.at, reverse=True)
    days: dict[str, int] = {}
    for one in mine:
        day = one.at.astimezone(past.midnight(facts.day.base, facts.day.day).tzinfo).strftime("%Y-%m-%d")
        days[day] = days.get(day, 0) + 1
    seen_now = [Now(subject, figure, is_high(rule, figure)) for subject, figure in _figures(rule, facts)]
    seen_now.sort(key=lambda one: (not one.high, -abs(one.figure), one.subject))
    return Side(rule=rule, now=tuple(seen_now[:_NOW_SHOWN]), count=len(mine), raised=tuple(mine[:LISTED]), days=days)


def _figures(rule: Rule, facts: Facts) -> Iterator[tuple[str, float]]:
    for look in seen((rule,), facts):
        yield from ((subject, figure) for subject, figure in look.figures.items() if figure)


def _is_for(rule: Rule, position: Any) -> bool:
    return is_about(rule, position.id, position.kind)


def _day_after(facts: Facts, at: datetime) -> str:
    zone = past.midnight(facts.day.base, facts.day.day).tzinfo
    return (at.astimezone(zone) + timedelta(days=1)).strftime("%Y-%m-%d")


def _worth_a_look(was: Sequence[Was], since: datetime) -> list[Was]:
    """Without the devices that were there all the time and had nothing: they are calm."""
    busy = {one.position for one in was if one.at >= since or one.online is False}
    return [one for one in was if one.position in busy]


def _of_steps(begin: int, steps: Iterable[tuple[str, int, str, float]]) -> Iterator[Was]:
    """A step that has nothing to tell ends what the one before it told."""
    known: dict[str, int] = {}

    def at(step: int) -> datetime:
        return datetime.fromtimestamp(begin + step * STEP_S, UTC)

    for position, step, paper, clock_ms in steps:
        if position in known and known[position] + 1 < step:
            yield Was(position=position, at=at(known[position] + 1), paper="ok", behind_s=0.0)
        yield Was(position=position, at=at(step), paper=paper, behind_s=clock_ms / 1000)
        known[position] = step
    for position, step in known.items():
        yield Was(position=position, at=at(step + 1), paper="ok", behind_s=0.0)
