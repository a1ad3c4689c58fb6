"""What was done about screens is told to the hall's log: who, when, and everybody hears of it. A wish is done once."""

import hashlib

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain.events import ScreensChanged, ScreensWhat
from hub.http.problems import ProblemError
from hub.http.wishes import Wish


def ident_of(wish: Wish) -> str:
    """The same wish again makes the same thing, not a second one."""
    return hashlib.sha256(wish.id.encode()).hexdigest()[:16]


async def is_repeat(desk: Desk, hall: str, wish: Wish, what: ScreensWhat, ident: str) -> bool:
    """Whether this wish was done before. Raises ProblemError when its key was another's: before anything is changed."""
    known = await desk.known(wish.id)
    if not known:
        return False
    event = known[0].event
    same = isinstance(event, ScreensChanged) and (event.what, event.ident, known[0].hall) == (what, ident, hall)
    if not same:
        raise ProblemError("idempotency-key-reused", "the Idempotency-Key was used for another request")
    return True


async def record(desk: Desk, hall: str, wish: Wish, what: ScreensWhat, ident: str, name: str) -> None:
    """It is stored: now the log, and by it every process of the hub."""
    await desk.handle(hall, c.RecordScreens(what=what, ident=ident, name=name, **wish.stamp))
