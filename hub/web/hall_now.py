"""A hall as it is now, for the dashboards and the wall: the monitor's look, and what they show beside it.

One look a second serves all who watch, whatever they watch it on.
"""

import asyncio
from typing import Any

from halls.format import Service
from hub.domain.asset_figures import shares
from hub.domain.state import Day
from hub.history.history import Asked
from hub.web.inventory import Inventory
from hub.web.monitor import shown
from hub.web.site import Site, millis
from hub.web.texts import Texts

GAP_S = 1.0
_INSTALLED_S = 60.0  # hardware is not installed more often


class HallNow:
    """`at` may be asked by any number of readers."""

    def __init__(self, site: Site, inventory: Inventory, past: Asked) -> None:
        self._site, self._inventory, self._past = site, inventory, past
        self._looks: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self._rates: dict[str, tuple[float, float | None]] = {}
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}

    async def at(self, texts: Texts, hall: str) -> dict[str, Any]:
        """Times in milliseconds since 1970. `moved` rises with whatever happens."""
        key, clock = (hall, texts.language), asyncio.get_running_loop().time
        async with self._turns.setdefault(key, asyncio.Lock()):
            at, look = self._looks.get(key, (float("-inf"), {}))
            if clock() - at >= GAP_S / 2:
                look = await self._look(texts, hall)
                self._looks[key] = clock(), look
            return look

    async def _look(self, texts: Texts, hall: str) -> dict[str, Any]:
        site = self._site
        all_panels = await shown(site, texts, hall)
        day = site.desk.today(hall)
        return {
            "moved": site.book.count,
            "day": day.day,
            "figures": {
                **all_panels["figures"],
                "installed": await self._installed(hall),
                "events": site.desk.position,
                "unread": len(self._past.unread(hall)),
                "epoch": site.desk.epoch,
                "readers": site.live.open,
                "turned_away": all_panels["turned_away"],
            },
            "counters": all_panels["counters"],
            "lines": [_line(day, service) for service in day.hall.service],
            "devices": all_panels["devices"],
            "offline": all_panels["offline"]["count"],
            "warnings": all_panels["warnings"],
        }

    async def _installed(self, hall: str) -> float | None:
        """The install rate, 0 to 1; None where nothing was bought."""
        clock = asyncio.get_running_loop().time()
        at, rate = self._rates.get(hall, (float("-inf"), None))
        if clock - at >= _INSTALLED_S:
            rate = await asyncio.to_thread(self._rate, hall)
            self._rates[hall] = clock, rate
        return rate

    def _rate(self, hall: str) -> float | None:
        return shares(self._inventory.books.assets.all(hall), lambda one: False)[-1].rate


def _line(day: Day, service: Service) -> dict[str, Any]:
    first = min((ticket.taken_at for ticket in day.waiting(service.letter)), default=None)
    return {"letter": service.letter, "count": day.count_waiting(service.letter), "since": millis(first)}
