"""What was turned away at any door, counted: at once in memory, every few seconds on disk."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from hub.storage.registry import Registry

_FLUSH_S = 2.0


class Refusals:
    """A press must not wait for a counter's disk write, and a flood of garbage must not become a flood of writes."""

    def __init__(self, registry: Registry, now: Callable[[], datetime]) -> None:
        self._registry, self._now = registry, now
        self._new: Counter[tuple[str, str]] = Counter()

    def count(self, door: str, code: str) -> None:
        """`door`: mqtt, http or est; `code`: which refusal. Safe from any thread."""
        self._new[door, code] += 1

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_S)
            await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        fresh, self._new = self._new, Counter()
        for (door, code), times in fresh.items():
            self._registry.count_refusal(door, code, self._now(), times)
