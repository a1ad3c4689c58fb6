"""A desk on a real database, for tests that need no broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

from halls.format import Hall
from hub.desk import Desk
from hub.storage.database import Where, open_database, open_log
from tests.support.day import small_hall


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def open_desk(
    database: Where, hall: Hall | None = None, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Desk]:
    """`database`: also a directory, for a file in it."""
    where = database / "hub.db" if isinstance(database, Path) and database.is_dir() else database
    open_database(where).dispose()
    log = open_log(where)
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
