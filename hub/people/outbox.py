"""Messages on their way to phones: in the database until the provider has taken them, or until they are of no use.

A hub that is killed while it sends does not know whether the message arrived; it sends it again under the same ident,
by which a provider that looks at it sends it once.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from hub.people.messages import MessageError, Messenger, NotNowError
from hub.people.sealing import BrokenSealError, Keys
from hub.rounds import LOOK_S, pause, retry_s
from hub.storage.messages import Messages, Waiting

HELD = timedelta(seconds=60)  # one try, at the longest; then another process may
REMEMBERED = timedelta(days=7)  # after its expiry: so long an ident is known
_BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
_RETRY_S_MAX = 600.0
_AT_ONCE = 8

log = logging.getLogger(__name__)


class Letter(msgspec.Struct, frozen=True):
    phone: str
    text: str

    def __repr__(self) -> str:
        return "Letter()"


class Outbox:
    """`put` from any thread; `run` in the loop, one for each process. `now`: the hub's clock."""

    def __init__(self, stored: Messages, keys: Keys, messenger: Messenger, now: Callable[[], datetime]) -> None:
        self._stored, self._keys, self._messenger, self._now = stored, keys, messenger, now
        self._news = asyncio.Event()

    def put(self, phone: str, text: str, *, ident: str, expires_at: datetime, now: datetime, person: str = "") -> bool:
        """False: one with that ident was there before. `person`: with whom it goes when they are erased."""
        wrapped, sealed = self._keys.seal(_row(ident), msgspec.json.encode(Letter(phone, text)))
        return self._stored.add(
            ident=ident, person=person, wrapped=wrapped, sealed=sealed, due_at=now, expires_at=expires_at
        )

    def wake(self) -> None:
        """Something was put; from the loop."""
        self._news.set()

    async def run(self) -> None:
        while True:
            try:
                if not await self.deliver():
                    await pause(self._news, await asyncio.to_thread(self._stored.next_due), self._now())
            except Exception:
                log.exception("messages could not be looked at; trying again")
                await asyncio.sleep(LOOK_S)

    async def deliver(self) -> int:
        """Tries all that is due, once; how many there were."""
        now = self._now()
        due = await asyncio.to_thread(self._stored.claim, now, now + HELD, _AT_ONCE)
        await asyncio.gather(*map(self._try, due))
        return len(due)

    def sweep(self, now: datetime) -> None:
        self._stored.forget(now - REMEMBERED)

    async def close(self) -> None:
        await self._messenger.close()

    async def _try(self, one: Waiting) -> None:
        if one.expires_at <= self._now():
            await asyncio.to_thread(self._stored.end, one.ident, "expired")
            return
        try:
            letter = self._letter(one)
            async with asyncio.timeout(HELD.total_seconds() / 2):
                await self._messenger.send(letter.phone, letter.text, ident=one.ident)
        except (NotNowError, TimeoutError, OSError) as error:
            await self._later(one, error)
        except (MessageError, BrokenSealError) as error:
            log.error("a message is given up: %s", error)
            await asyncio.to_thread(self._stored.end, one.ident, "refused")
        else:
            await asyncio.to_thread(self._stored.end, one.ident, "sent")

    def _letter(self, one: Waiting) -> Letter:
        return msgspec.json.decode(self._keys.unseal(_row(one.ident), one.wrapped, one.sealed), type=Letter)

    async def _later(self, one: Waiting, error: Exception) -> None:
        asked_s = error.retry_s if isinstance(error, NotNowError) else None
        wait_s = retry_s(_BACK_OFF_S, one.tries, asked_s, _RETRY_S_MAX)
        log.warning("a message waits for its %d. try: %s", one.tries + 2, error or type(error).__name__)
        await asyncio.to_thread(self._stored.again, one.ident, self._now() + timedelta(seconds=wait_s))


def _row(ident: str) -> str:
    return f"message/{ident}"
