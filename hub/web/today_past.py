"""What the wall shows of today's figures of the past: curves, ranking, satisfaction. Counted now and then, for all."""

import asyncio
import logging
from typing import Any

from hub.history.asking import By, NotReadyError, Question, Row
from hub.history.history import Asked

_FRESH_S = 10.0
_TOTALS = ("wait_mean", "service_mean", "booked_share", "missed_share", "good_share", "rated_share", "level_mean")
_RANKED = 7

log = logging.getLogger(__name__)


class TodayPast:
    """`at` never fails: what cannot be counted now is as it was last, and `old` says so."""

    def __init__(self, past: Asked) -> None:
        self._past = past
        self._known: dict[str, tuple[float, str, dict[str, Any]]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def at(self, hall: str, day: str) -> dict[str, Any]:
        """`making`: [done, total] events while history is being made; `curve`: [minute, taken, served, median wait]."""
        clock = asyncio.get_running_loop().time
        async with self._turns.setdefault(hall, asyncio.Lock()):
            at, of, known = self._known.get(hall, (float("-inf"), "", _nothing()))
            if of != day:
                at, known = float("-inf"), _nothing()
            if clock() - at >= _FRESH_S:
                known = await self._asked(hall, day, known)
                self._known[hall] = clock(), day, known
            return known

    async def _asked(self, hall: str, day: str, known: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._counted(hall, day)
        except NotReadyError as error:
            return known | {"making": [error.done, error.total]}
        except Exception:
            log.exception("the wall's figures of %s cannot be counted now; it shows those of before", hall)
            return known | {"old": True}

    async def _counted(self, hall: str, day: str) -> dict[str, Any]:
        async def rows(figures: tuple[str, ...], *by: By) -> tuple[Row, ...]:
            question = Question(hall=hall, first=day, last=day, figures=figures, by=by, step_min=30)
            return (await self._past.ask(question)).rows

        totals = await rows(_TOTALS)
        curve = await rows(("taken", "served", "wait_p50"), "time")
        services = await rows(("served", "wait_mean"), "service")
        counters = await rows(("served",), "counter")
        centres = await rows(("taken", "served", "wait_mean"), "centre")
        return _nothing() | {
            "totals": totals[0].values if totals else {},
            "curve": [[_minute(one.key[0]), *one.values.values()] for one in curve],
            "services": _ranked(services),
            "counters": _ranked(counters),
            "centres": [[one.key[0], *one.values.values()] for one in centres if one.key[0]],
        }


def _nothing() -> dict[str, Any]:
    empty: dict[str, Any] = {"totals": {}, "curve": [], "services": [], "counters": [], "centres": []}
    return empty | {"making": None, "old": False}


def _ranked(rows: tuple[Row, ...]) -> list[list[Any]]:
    """The first of the values decides; those with nothing are left out."""
    some: list[list[Any]] = [[one.key[0], *one.values.values()] for one in rows if one.values["served"] and one.key[0]]
    return sorted(some, key=lambda one: (-one[1], one[0]))[:_RANKED]


def _minute(key: str) -> int:
    hours, minutes = key.split(" ")[1].split(":")
    return int(hours) * 60 + int(minutes)
