"""How appointments are used: figures from counts, how many of those booked do not come, and how many more places that
would bear. docs/appointments.md has each formula in words."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate
from math import ceil, exp, floor, lgamma, log, sqrt

import msgspec

from halls.format import Appointments

LONGEST_DAYS = 400
"""Of a range that is asked for."""

_Z95 = 1.959963984540054  # both sides of the standard normal distribution leave 5 %

MOVED, NO_PLACE = frozenset({"moved", "not-moved"}), "no-place"
"""Reasons of cancellations that are nobody's change of mind: one of the two of a move to another day; no place came
free."""

NEVER_EMPTY = frozenset({"hall", "not-moved", NO_PLACE})
"""Reasons of cancellations that, however late, leave no place empty: nobody should have come, or had one."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Of a service, a day or all: tickets taken, those of them that came by appointment, and what became of
    appointments. `open`: booked, and their slot is not over; `late`: of the `cancelled` and `moved`, those given up so
    late that their place stayed empty; `reasons`: of the `cancelled`, a code → how many; `lead_h`: whole hours from
    booking to the slot → how many, of all with a place, ascending."""

    tickets: int = 0
    by_appointment: int = 0
    kept: int = 0
    missed: int = 0
    open: int = 0
    cancelled: int = 0
    moved: int = 0
    no_place: int = 0
    late: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    lead_h: tuple[tuple[int, int], ...] = ()

    @property
    def due(self) -> int:
        """Their slot is over: they came, or did not."""
        return self.kept + self.missed

    @property
    def seats(self) -> int:
        """Places that were given, of slots that are over."""
        return self.due + self.late

    @property
    def empty(self) -> int:
        """Of the `seats`: nobody came, or gave it up too late."""
        return self.missed + self.late

    @property
    def appointment_rate(self) -> float | None:
        """预约率: of the tickets taken, those that came by appointment. None: no tickets."""
        return _share(self.by_appointment, self.tickets)

    @property
    def fulfilment(self) -> float | None:
        """履约率: of those that were due, those who came."""
        return _share(self.kept, self.due)

    @property
    def miss_rate(self) -> float | None:
        """爽约率: of those that were due, those who did not come. A forgiven miss is a place that stayed empty, too."""
        return _share(self.missed, self.due)

    @property
    def cancel_rate(self) -> float | None:
        """取消率: of those with a place that are decided, those given up. Moved to another day is not given up."""
        return _share(self.cancelled, self.due + self.cancelled)

    def lead(self, part: float) -> int | None:
        """Whole hours before the slot at which this part (0 to 1) of them was booked at the most: the nearest rank."""
        wanted = max(1, ceil(part * sum(count for _, count in self.lead_h)))
        so_far = accumulate(count for _, count in self.lead_h)
        return next((hours for (hours, _), count in zip(self.lead_h, so_far, strict=True) if count >= wanted), None)


def together(counts: Iterable[Counts]) -> Counts:
    all_of = list(counts)
    reasons, leads = Counter[str](), Counter[int]()
    for one in all_of:
        reasons.update(dict(one.reasons))
        leads.update(dict(one.lead_h))
    sums = ("tickets", "by_appointment", "kept", "missed", "open", "cancelled", "moved", "no_place", "late")
    return Counts(
        **{name: sum(getattr(one, name) for one in all_of) for name in sums},
        reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        lead_h=tuple(sorted(leads.items())),
    )


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """`missed` of the `due` places stayed empty, `late` of them given up too late: about `share`, and with a
    probability of 95 % between `low` and `high`."""

    due: int
    missed: int
    late: int = 0
    share: float
    low: float
    high: float


def estimate(due: int, missed: int, late: int = 0) -> Estimate | None:
    """Of those to come, by those of before. The interval is Wilson's (1927), which holds for few and for none as well.
    None: nobody was due."""
    if due <= 0:
        return None
    share, z2 = missed / due, _Z95**2
    middle = (share + z2 / (2 * due)) / (1 + z2 / due)
    half = _Z95 / (1 + z2 / due) * sqrt(share * (1 - share) / due + z2 / (4 * due * due))
    return Estimate(
        due=due, missed=missed, late=late, share=share, low=max(0.0, middle - half), high=min(1.0, middle + half)
    )


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """`more` places than the `places` of a slot; then in `crowded` of the full slots (0 to 1) more people come than
    there are places, by the low end of the estimate. `why`: a code where `more` is 0: `few`, `come`, `small`."""

    places: int
    more: int
    crowded: float
    why: str = ""


def suggestion(places: int, seen: Estimate | None, rules: Appointments) -> Suggestion:
    """On the careful side twice: it counts on the fewest empty places that the past allows, and stays under a bound.
    `rules`: the hall's `overbook_…`."""
    none = Suggestion(places=places, more=0, crowded=0.0)
    if seen is None or seen.due < rules.overbook_due_min:
        return msgspec.structs.replace(none, why="few")
    most = floor(round(places * rules.overbook_share, 9))  # 10 x 0.3 is three places, and not two
    if most < 1:
        return msgspec.structs.replace(none, why="small")
    more = bisect_right(
        range(1, most + 1), rules.overbook_crowded, key=lambda n: more_come(places, places + n, seen.low)
    )
    if not more:
        return msgspec.structs.replace(none, why="come")
    return Suggestion(places=places, more=more, crowded=more_come(places, places + more, seen.low))


def more_come(places: int, booked: int, absent: float) -> float:
    """The probability that more of the booked come than there are places, where each stays away with that probability,
    on their own. It grows with `booked`."""
    if booked <= places or absent >= 1:
        return 0.0
    if absent <= 0:
        return 1.0
    # In logarithms: of a thousand there are more ways than a float holds.
    come, away, booked_ways = log(1 - absent), log(absent), lgamma(booked + 1)

    def exactly(k: int) -> float:
        return exp(booked_ways - lgamma(k + 1) - lgamma(booked - k + 1) + k * come + (booked - k) * away)

    return min(1.0, sum(exactly(k) for k in range(places + 1, booked + 1)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
