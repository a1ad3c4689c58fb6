"""Messages of alerts on their way: tried until they are taken, for a day. What fails is shown.

A hub that is killed while it sends does not know whether it arrived; it is sent again under the same id.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from hub.alerts.messages import mail_of_many
from hub.alerts.smtp import Mailer, MailError
from hub.people.sealing import BrokenSealError, Keys
from hub.storage.alert_routes import Delivery, Routes, Target
from hub.webhooks.courier import wait_s
from hub.webhooks.sending import Answer, Sender, seconds
from hub.webhooks.signing import Secrets, signed

HELD = timedelta(seconds=60)  # one try, at the longest; then another process may
PATIENCE = timedelta(days=1)  # news of an alert that is older helps nobody
_AT_ONCE = 4  # to one webhook
_IN_ONE_MAIL = 50
_LOOK_S = 5.0  # for what other processes left
_GONE = 410
NO_MAIL = "this hub has no mail server: start it with --smtp FILE"

log = logging.getLogger(__name__)


class Courier:
    """`run` in the loop, one for each process. `mailer` None: the hub has no mail server. `now`: the hub's clock."""

    def __init__(
        self, routes: Routes, keys: Keys, sender: Sender, mailer: Mailer | None, now: Callable[[], datetime]
    ) -> None:
        self._routes, self._keys, self._sender, self.mailer, self._now = routes, keys, sender, mailer, now
        self._news = asyncio.Event()
        self._busy: dict[str, asyncio.Task[int]] = {}  # targets that are being told; a slow one holds up no other

    def wake(self) -> None:
        """Something waits to be sent; from the loop."""
        self._news.set()

    async def run(self) -> None:
        try:
            while True:
                try:
                    for ident in await asyncio.to_thread(self._routes.due, self._now(), list(self._busy)):
                        self._busy[ident] = asyncio.create_task(self._guarded(ident), name=f"alerts to {ident}")
                    await self._pause()
                except Exception:
                    log.exception("what waits to be sent of alerts could not be looked at; trying again")
                    await asyncio.sleep(_LOOK_S)
        finally:
            for task in self._busy.values():
                task.cancel()

    async def deliver(self) -> int:
        """Tries what is due, once; how many there were."""
        due = await asyncio.to_thread(self._routes.due, self._now())
        return sum(await asyncio.gather(*map(self._round, due)))

    async def send(self, target: Target, ident: str, body: bytes) -> Answer:
        """One try, now. `ident`: the same with every try."""
        if target.kind == "mail":
            return await self._mail(target, ident, [body])
        try:
            known = secrets_of(self._keys, target)
        except BrokenSealError as error:
            return Answer(error=f"its secret cannot be opened: {error}; remove this target and make it anew")
        return await self._sender.send(target.address, body, signed(known, ident, self._now(), body))

    async def _mail(self, target: Target, ident: str, bodies: Sequence[bytes]) -> Answer:
        if self.mailer is None:
            return Answer(error=NO_MAIL)
        subject, text = mail_of_many(bodies)
        try:
            await self.mailer.send(target.address, subject, text, ident=ident, at=self._now())
        except MailError as error:
            return Answer(status=_GONE if error.for_good else 0, error=str(error))
        return Answer(status=200)

    async def _guarded(self, ident: str) -> int:
        try:
            return await self._round(ident)
        except Exception:
            log.exception("%s could not be told of alerts; trying again", ident)
            await asyncio.sleep(_LOOK_S)
            return 0
        finally:
            self._busy.pop(ident, None)
            self._news.set()

    async def _round(self, ident: str) -> int:
        now = self._now()
        target = await asyncio.to_thread(self._routes.by_id, ident)
        if target is None:
            return 0
        at_once = _IN_ONE_MAIL if target.kind == "mail" else _AT_ONCE
        due = await asyncio.to_thread(self._routes.claim, ident, now, now + HELD, at_once)
        if target.kind == "mail" and due:
            answer = await self._mail(target, "+".join(one.id for one in due), [one.body for one in due])
            for one in due:
                await self._tried(target, one, answer)
        else:
            await asyncio.gather(*(self._try(target, one) for one in due))
        return len(due)

    async def _try(self, target: Target, one: Delivery) -> None:
        await self._tried(target, one, await self.send(target, one.id, one.body))

    async def _tried(self, target: Target, one: Delivery, answer: Answer) -> None:
        now = self._now()
        if answer.ok:
            await asyncio.to_thread(self._routes.done, one, now)
            return
        wait = timedelta(seconds=wait_s(one.tries, seconds(answer.retry_after, now)))
        for_good = answer.status == _GONE or now + wait - one.made_at > PATIENCE
        log.warning("an alert for %s: %s%s", target.shown, answer.told(), "; it is given up" if for_good else "")
        await asyncio.to_thread(self._routes.again, one, None if for_good else now + wait, answer.told(), now)

    async def _pause(self) -> None:
        due = await asyncio.to_thread(self._routes.next_due, list(self._busy))
        wait = _LOOK_S if due is None else min(_LOOK_S, max(0.05, (due - self._now()).total_seconds()))
        try:
            async with asyncio.timeout(wait):
                await self._news.wait()
        except TimeoutError:
            pass
        self._news.clear()


def secrets_of(keys: Keys, target: Target) -> Secrets:
    """Raises BrokenSealError."""
    return msgspec.json.decode(keys.unseal(row_of(target.id), target.wrapped, target.sealed), type=Secrets)


def row_of(ident: str) -> str:
    """What its secrets are sealed for."""
    return f"alert-target/{ident}"
