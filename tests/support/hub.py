"""A desk on a real database, for tests that need no broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

from halls.format import Hall
from hub.desk import Desk
from hub.storage.database import open_database, open_log
from tests.support.day import small_hall


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def open_desk(
    directory: Path, hall: Hall | None = None, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Desk]:
    path = directory / "hub.db"
    open_database(path).dispose()
    log = open_log(path)
    desk = Desk([hall or small_hall()], log, now)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()
        log.close()


def run(work):
    """Run a coroutine function's result to its end; a test that hangs fails after a minute."""

    async def bounded():
        async with asyncio.timeout(60):
            return await work

    return asyncio.run(bounded())
