"""What the inventory tells a manager: how much of what was bought is in use, what lies idle, what ends when.

设备安装率 install rate = (installed + in service + faulty or in repair after having been installed) / all that was
bought and is not retired. Money is in fen, days are whole ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, TypeAlias, get_args

import msgspec

from halls.items import Inventory, Kind
from hub.domain.assets import IN_PLACE, UNPLACED, Asset

Worry: TypeAlias = Literal["idle", "never-online", "silent", "warranty-ends", "life-ends"]
OVERDUE = ""  # the quarter of what should have been replaced already
_YEAR_D = 365.2425


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind of hardware, or of all (`kind` ""). `rate`: 0-1, None where nothing was bought; `never`: bought and
    never installed, `never_fen`: what they cost, as far as it is known; `wasted`: retired and never installed."""

    kind: str
    bought: int
    installed: int
    in_service: int
    online: int
    broken: int
    never: int
    never_fen: int
    wasted: int

    @property
    def rate(self) -> float | None:
        return self.installed / self.bought if self.bought else None

    @property
    def online_rate(self) -> float | None:
        """Of those in service."""
        return self.online / self.in_service if self.in_service else None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """`days`: for so long already; or until it ends, where that is what it is about (negative: it has ended)."""

    worry: Worry
    serial: str
    kind: Kind
    position: str
    days: int


class Quarter(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: 2027Q3. `warranties` end in it; `lives` do, and to replace those costs `cost_fen` at the price they had
    (of `unpriced` none is known)."""

    name: str
    warranties: int
    lives: int
    cost_fen: int
    unpriced: int


def shares(assets: Iterable[Asset], online: Callable[[Asset], bool]) -> list[Share]:
    """Of each kind that there is, in the order of kinds, and of all at the end."""
    every = list(assets)
    kinds = [kind for kind in get_args(Kind) if any(one.details.kind == kind for one in every)]
    rows = [_share(kind, [one for one in every if one.details.kind == kind], online) for kind in kinds]
    return [*rows, _share("", every, online)]


def alerts(
    assets: Iterable[Asset], seen: Mapping[str, datetime], limits: Inventory, now: datetime, zone: tzinfo
) -> list[Alert]:
    """The longest first. `seen`: when each was last online."""
    found = [
        Alert(worry=worry, serial=one.serial, kind=one.details.kind, position=one.position, days=days)
        for one in assets
        for worry, days in _worries(one, seen.get(one.serial), limits, now, zone)
    ]
    order = {worry: number for number, worry in enumerate(get_args(Worry))}
    return sorted(
        found, key=lambda one: (order[one.worry], -one.days if order[one.worry] < 3 else one.days, one.serial)
    )


def forecast(assets: Iterable[Asset], limits: Inventory, now: datetime, zone: tzinfo, quarters: int) -> list[Quarter]:
    """From this quarter on, so many; before them, where there is any, what is overdue (OVERDUE)."""
    today = now.astimezone(zone).date()
    names = _names(today, quarters)
    warranties, lives, cost, unpriced = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for one in assets:
        if one.state == "retired":
            continue
        if (until := one.details.warranty_until) is not None and until >= today:
            warranties[quarter(until)] += 1
        if (end := life_ends(one, limits, zone)) is not None:
            name = quarter(end) if end >= today else OVERDUE
            lives[name] += 1
            cost[name] += one.details.price_fen or 0
            unpriced[name] += one.details.price_fen is None
    return [
        Quarter(name=name, warranties=warranties[name], lives=lives[name], cost_fen=cost[name], unpriced=unpriced[name])
        for name in ([OVERDUE] if lives[OVERDUE] else []) + names
    ]


def life_ends(one: Asset, limits: Inventory, zone: tzinfo) -> date | None:
    """Counted from when it was first in service; None: it never was."""
    if one.commissioned_at is None:
        return None
    years = one.details.life_years or limits.life_years
    return one.commissioned_at.astimezone(zone).date() + timedelta(days=round(years * _YEAR_D))


def quarter(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _share(kind: str, every: list[Asset], online: Callable[[Asset], bool]) -> Share:
    kept = [one for one in every if one.state != "retired"]
    never = [one for one in kept if one.installed_at is None]
    broken = [one for one in kept if one.state in ("faulty", "in-repair") and one.installed_at is not None]
    in_service = [one for one in kept if one.state == "in-service"]
    return Share(
        kind=kind,
        bought=len(kept),
        installed=sum(one.state in IN_PLACE for one in kept) + len(broken),
        in_service=len(in_service),
        online=sum(map(online, in_service)),
        broken=len(broken),
        never=len(never),
        never_fen=sum(one.details.price_fen or 0 for one in never),
        wasted=sum(one.state == "retired" and one.installed_at is None for one in every),
    )


def _worries(
    one: Asset, seen: datetime | None, limits: Inventory, now: datetime, zone: tzinfo
) -> Iterable[tuple[Worry, int]]:
    if one.state == "retired":
        return
    today, waited = now.astimezone(zone).date(), (now - one.since).days
    if one.state in UNPLACED:
        idle = (today - one.details.bought_on).days if one.details.bought_on and one.installed_at is None else waited
        if idle > limits.idle_days:
            yield "idle", idle
    if one.state == "installed" and waited > limits.online_days:
        yield "never-online", waited
    if one.state == "in-service" and (silent := (now - (seen or one.since)).days) > limits.silent_days:
        yield "silent", silent
    if (until := one.details.warranty_until) is not None and 0 <= (until - today).days <= limits.warn_days:
        yield "warranty-ends", (until - today).days
    if (end := life_ends(one, limits, zone)) is not None and (end - today).days <= limits.warn_days:
        yield "life-ends", (end - today).days


def _names(today: date, quarters: int) -> list[str]:
    first = today.year * 4 + (today.month - 1) // 3
    return [f"{number // 4}Q{number % 4 + 1}" for number in range(first, first + quarters)]
