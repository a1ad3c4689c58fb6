"""A hall as it is now, for the dashboards and the wall: the monitor's look, and what they show beside it."""

import asyncio
from functools import partial
from typing import Any

from halls.format import Service
from hub.domain.asset_figures import shares
from hub.domain.state import Day
from hub.history.history import Asked
from hub.web.inventory import Inventory
from hub.web.look import Look
from hub.web.monitor import shown
from hub.web.plan.now import Plans, moving
from hub.web.site import Site, millis
from hub.web.texts import Texts

_INSTALLED_S = 60.0  # hardware is not installed more often


class HallNow:
    """`at` may be asked by any number of readers. `look`: the monitor's, who shares it."""

    def __init__(self, site: Site, inventory: Inventory, past: Asked) -> None:
        self._site, self._inventory, self._past = site, inventory, past
        self.look = Look(partial(shown, site))
        self._made: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {}  # of which look
        self.plans = Plans()
        self._rates: dict[str, tuple[float, float | None]] = {}

    async def at(self, texts: Texts, hall: str) -> dict[str, Any]:
        """Times in milliseconds since 1970. `moved` rises with whatever happens."""
        look, key = await self.look.at(texts, hall), (hall, texts.language)
        of, made = self._made.get(key, ({}, {}))
        if of is not look:
            made = await self._beside(look, hall)
            self._made[key] = look, made
        return made

    async def _beside(self, all_panels: dict[str, Any], hall: str) -> dict[str, Any]:
        site = self._site
        day = site.desk.today(hall)
        _, plan = await asyncio.to_thread(self.plans.of, day.hall)  # a tenth of a second where it is another
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
            "plan": plan,
            **moving(day, site.roster.seats(hall)),
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
