"""Which figures stand together in one table, of each dimension that they know."""

import msgspec

from hub.domain.speech import Words
from hub.history.asking import By
from hub.history.figures import BY_IDENT, FIGURES
from hub.history.relations import Relation


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """`lead`: the figure that is compared line by line; `drawn`: those of the chart, of one unit."""

    ident: str
    name: Words
    figures: tuple[str, ...]
    lead: str
    drawn: tuple[str, ...]

    def known(self, by: By) -> tuple[str, ...]:
        """Of its figures those that can be split by that."""
        return tuple(ident for ident in self.figures if by in BY_IDENT[ident].by)


def _of(*relations: Relation) -> tuple[str, ...]:
    return tuple(one.ident for one in FIGURES if one.relation in relations and one.over is None)


_TIMES = tuple(f"{time}_{spread}" for time in ("wait", "walk", "service") for spread in ("mean", "p50", "p90", "max"))
_IDLE = ("idle_p50", "idle_p90")
_ESTIMATES = tuple(ident for ident in _of("tickets") if ident.startswith("estimate"))
UNEQUAL = tuple(one.ident for one in FIGURES if one.over is not None)
"""Gini's coefficients."""

THEMES: tuple[Theme, ...] = (
    Theme(
        ident="work",
        name=Words("工作量", "Work"),
        figures=tuple(one for one in _of("tickets", "turns") if one not in (*_TIMES, *_IDLE, *_ESTIMATES)),
        lead="served",
        drawn=("taken", "served"),
    ),
    Theme(
        ident="times",
        name=Words("等候、走动、办理时长", "Waiting, walking and service"),
        figures=_TIMES,
        lead="wait_mean",
        drawn=("wait_p50", "wait_p90"),
    ),
    Theme(
        ident="idle",
        name=Words("空闲间隔", "Idle before a call"),
        figures=("called", *_IDLE),
        lead="idle_p90",
        drawn=_IDLE,
    ),
    Theme(
        ident="use",
        name=Words("窗口时间：办理、空闲、暂停", "Counters' time: serving, idle, paused"),
        figures=_of("stretches"),
        lead="busy_share",
        drawn=("serving_s", "idle_s"),
    ),
    Theme(
        ident="ratings",
        name=Words("满意度", "Ratings"),
        figures=tuple(one for one in _of("ratings") if not one.endswith("_phone")),
        lead="good_share",
        drawn=("rated_share", "good_share"),
    ),
    Theme(
        ident="bookings",
        name=Words("预约", "Appointments"),
        figures=_of("bookings"),
        lead="bookings",
        drawn=("kept_share", "missed_booking_share"),
    ),
    Theme(
        ident="estimates",
        name=Words("等候预估偏差", "Error of our estimates"),
        figures=_ESTIMATES,
        lead="estimate_error_p50",
        drawn=("estimate_error_p50",),
    ),
)
SPREAD = ("served", "items", "service_p50", "open_s", "idle_s", "busy_share")
"""What stands beside each counter and clerk, to see what a coefficient is made of."""
