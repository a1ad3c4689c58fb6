"""What was turned away at any door, counted: at once in memory, every few seconds on disk."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from hub.storage.refusal_counts import RefusalCounts

_FLUSH_S = 2.0

log = logging.getLogger(__name__)


class Refusals:
    """A press must not wait for a counter's disk write, and a flood of garbage must not become a flood of writes."""

    def __init__(self, counts: RefusalCounts, now: Callable[[], datetime]) -> None:
        self._counts, self._now = counts, now
        self._new: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def count(self, door: str, code: str, times: int = 1) -> None:
        """`door`: mqtt, http, est …; `code`: which refusal. Safe from any thread."""
        with self._lock:
            self._new[door, code] += times

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_S)
            try:
                await asyncio.to_thread(self.flush)
            except Exception:
                log.exception("what was refused could not be stored; trying again")

    def flush(self) -> None:
        """What cannot be stored now is kept for the next time."""
        with self._lock:
            fresh, self._new = self._new, Counter()
        try:
            while fresh:
                (door, code), times = next(iter(fresh.items()))
                self._counts.count(door, code, self._now(), times)
                del fresh[door, code]
        finally:
            with self._lock:
                self._new.update(fresh)
