"""A look at a hall that serves all who watch it, on whatever page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from fastapi import Request
from fastapi.responses import Response

from hub.http.routes import Router
from hub.web.site import AT_MONITOR, Site, language
from hub.web.texts import Texts

GAP_S = 1.0  # between two looks of one page; a look that is younger than half of it is as good as a new one
Looked: TypeAlias = Callable[[Texts, str], Awaitable[dict[str, Any]]]
"""What a page's script draws, by language and hall."""


class Look:
    """`at` may be asked by any number of readers. `made(texts, hall)`: a new one."""

    def __init__(self, made: Looked) -> None:
        self._made = made
        self._looks: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}

    async def at(self, texts: Texts, hall: str) -> dict[str, Any]:
        """Not to be changed: others have the same. While one looks, the others wait for what they see."""
        key, clock = (hall, texts.language), asyncio.get_running_loop().time
        async with self._turns.setdefault(key, asyncio.Lock()):
            at, look = self._looks.get(key, (float("-inf"), {}))
            if clock() - at >= GAP_S / 2:
                look = await self._made(texts, hall)
                self._looks[key] = clock(), look
            return look


def add_live(router: Router, site: Site, look: Looked) -> None:
    """`/live`: a stream of looks at the hall, for those who may see its monitor."""

    @router.get("/live")
    async def live(request: Request, hall: str) -> Response:
        site.hall(hall)
        await site.need(request, *AT_MONITOR)
        texts = language(request)

        async def snapshot() -> dict[str, Any]:
            return await look(texts, hall)

        return await site.live.stream(request, snapshot, gap_s=GAP_S, poll_s=GAP_S, still=site.gate.still)
