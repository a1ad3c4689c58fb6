"""Deliveries on their way: tried until they are taken, for three days; of each appointment one at a time.

A hub that is killed while it sends does not know whether it arrived; it is sent again under the same id, by which who
hears it twice can tell.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.people.sealing import BrokenSealError
from hub.rounds import Rounds
from hub.storage.webhook_deliveries import Deliveries, Delivery
from hub.storage.webhooks import Webhook, Webhooks
from hub.webhooks.sending import GONE, HELD, Answer, Sender, until_next
from hub.webhooks.signing import SealedSecrets, signed

PATIENCE = timedelta(days=3)  # then the webhook is disabled
_AT_ONCE = 4  # to one webhook

log = logging.getLogger(__name__)


class Courier(Rounds):
    """Its rounds are those to one webhook. `now`: the hub's clock."""

    def __init__(
        self,
        hooks: Webhooks,
        stored: Deliveries,
        sealed: SealedSecrets,
        sender: Sender,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("webhooks", due=stored.due, next_due=stored.next_due, now=now)
        self._hooks, self._stored, self._sealed, self._sender = hooks, stored, sealed, sender

    async def take_to(self, who: str) -> int:
        now = self.now()
        due = await asyncio.to_thread(self._stored.claim, who, now, now + HELD, _AT_ONCE)
        hook = await asyncio.to_thread(self._hooks.by_id, who) if due else None
        if hook is not None:
            await asyncio.gather(*(self._try(hook, one) for one in due))
        return len(due)

    async def _try(self, hook: Webhook, one: Delivery) -> None:
        try:
            known = self._sealed.open(hook)
        except BrokenSealError as error:
            await self._fail(hook, one, Answer(error=f"its secret cannot be opened: {error}"), for_good=True)
            return
        headers = signed(known, one.id, self.now(), one.body)
        answer = await self._sender.send(hook.url, one.body, headers)
        if answer.ok:
            await asyncio.to_thread(self._stored.done, one, self.now())
        else:
            await self._fail(hook, one, answer, for_good=answer.status == GONE)

    async def _fail(self, hook: Webhook, one: Delivery, answer: Answer, *, for_good: bool) -> None:
        now = self.now()
        due_at = now + until_next(one.tries, answer, now)
        await asyncio.to_thread(self._stored.again, one, due_at, answer.told(), now)
        if for_good or (one.failing_since is not None and now - one.failing_since >= PATIENCE):
            why = answer.told() if for_good else f"{answer.told()}, for {PATIENCE.days} days"
            log.error("the webhook of %s at %s is disabled: %s", hook.client, hook.host, why)
            await asyncio.to_thread(self._hooks.disable, hook, why, now)
        else:
            log.warning("%s at %s: %s; %s waits for its %d. try", hook.client, hook.host, answer.told(), one.id,
                        one.tries + 2)  # fmt: skip
