"""Deliveries on their way: tried until they are taken, for three days; of each appointment one at a time.

A hub that is killed while it sends does not know whether it arrived; it is sent again under the same id, by which who
hears it twice can tell.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from hub.people.sealing import BrokenSealError, Keys
from hub.storage.webhook_deliveries import Deliveries, Delivery
from hub.storage.webhooks import Webhook, Webhooks
from hub.webhooks.sending import Answer, Sender, seconds
from hub.webhooks.signing import Secrets, signed

HELD = timedelta(seconds=60)  # one try, at the longest; then another process may
PATIENCE = timedelta(days=3)  # then the webhook is disabled
_BACK_OFF_S = (5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0)
_RETRY_S_MAX = 6 * 3600.0
_AT_ONCE = 4  # to one webhook
_LOOK_S = 5.0  # for what other processes left
_GONE = 410

log = logging.getLogger(__name__)


class Courier:
    """`run` in the loop, one for each process. `now`: the hub's clock."""

    def __init__(
        self, hooks: Webhooks, stored: Deliveries, keys: Keys, sender: Sender, now: Callable[[], datetime]
    ) -> None:
        self._hooks, self._stored, self._keys, self._sender, self._now = hooks, stored, keys, sender, now
        self._news = asyncio.Event()
        self._busy: dict[str, asyncio.Task[int]] = {}  # webhooks that are being told; a slow one holds up no other

    def wake(self) -> None:
        """Something was noted, or enabled; from the loop."""
        self._news.set()

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._begin_rounds()
                    await self._pause()
                except Exception:
                    log.exception("what waits for webhooks could not be looked at; trying again")
                    await asyncio.sleep(_LOOK_S)
        finally:
            for task in self._busy.values():
                task.cancel()

    async def deliver(self) -> int:
        """Tries what is due, once; how many there were."""
        due = await asyncio.to_thread(self._stored.due, self._now())
        return sum(await asyncio.gather(*map(self._round, due)))

    async def _begin_rounds(self) -> None:
        for ident in await asyncio.to_thread(self._stored.due, self._now()):
            if ident not in self._busy:
                self._busy[ident] = asyncio.create_task(self._guarded(ident), name=f"webhook {ident}")

    async def _guarded(self, ident: str) -> int:
        try:
            return await self._round(ident)
        except Exception:
            log.exception("webhook %s could not be told; trying again", ident)
            await asyncio.sleep(_LOOK_S)
            return 0
        finally:
            self._busy.pop(ident, None)
            self._news.set()

    async def _round(self, ident: str) -> int:
        now = self._now()
        due = await asyncio.to_thread(self._stored.claim, ident, now, now + HELD, _AT_ONCE)
        hook = await asyncio.to_thread(self._hooks.by_id, ident) if due else None
        if hook is not None:
            await asyncio.gather(*(self._try(hook, one) for one in due))
        return len(due)

    async def _try(self, hook: Webhook, one: Delivery) -> None:
        try:
            known = secrets_of(self._keys, hook)
        except BrokenSealError as error:
            await self._fail(hook, one, Answer(error=f"its secret cannot be opened: {error}"), for_good=True)
            return
        headers = signed(known, one.id, self._now(), one.body)
        answer = await self._sender.send(hook.url, one.body, headers)
        if answer.ok:
            await asyncio.to_thread(self._stored.done, one, self._now())
        else:
            await self._fail(hook, one, answer, for_good=answer.status == _GONE)

    async def _fail(self, hook: Webhook, one: Delivery, answer: Answer, *, for_good: bool) -> None:
        now = self._now()
        wait = timedelta(seconds=wait_s(one.tries, seconds(answer.retry_after, now)))
        await asyncio.to_thread(self._stored.again, one, now + wait, answer.told(), now)
        if for_good or (one.failing_since is not None and now - one.failing_since >= PATIENCE):
            why = answer.told() if for_good else f"{answer.told()}, for {PATIENCE.days} days"
            log.error("the webhook of %s at %s is disabled: %s", hook.client, hook.host, why)
            await asyncio.to_thread(self._hooks.disable, hook, why, now)
        else:
            log.warning("%s at %s: %s; %s waits for its %d. try", hook.client, hook.host, answer.told(), one.id,
                        one.tries + 2)  # fmt: skip

    async def _pause(self) -> None:
        due = await asyncio.to_thread(self._stored.next_due, list(self._busy))
        wait = _LOOK_S if due is None else min(_LOOK_S, max(0.05, (due - self._now()).total_seconds()))
        try:
            async with asyncio.timeout(wait):
                await self._news.wait()
        except TimeoutError:
            pass
        self._news.clear()


def secrets_of(keys: Keys, hook: Webhook) -> Secrets:
    """Raises BrokenSealError."""
    return msgspec.json.decode(keys.unseal(row_of(hook.id), hook.wrapped, hook.sealed), type=Secrets)


def row_of(ident: str) -> str:
    """What its secrets are sealed for."""
    return f"webhook/{ident}"


def wait_s(tries: int, asked_s: float | None) -> float:
    """Until the next try, after so many before the one that failed; `asked_s`: by whoever answered."""
    wait = _BACK_OFF_S[min(tries, len(_BACK_OFF_S) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311
    return wait if asked_s is None else max(wait, min(asked_s, _RETRY_S_MAX))
