"""Messages of alerts on their way: tried until they are taken, for a day. What fails is shown.

A hub that is killed while it sends does not know whether it arrived; it is sent again under the same id.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hub.alerts.messages import mail_of_many
from hub.alerts.smtp import Mailer, MailError
from hub.people.sealing import BrokenSealError
from hub.rounds import Rounds
from hub.storage.alert_routes import Delivery, Routes, Target
from hub.webhooks.sending import GONE, HELD, Answer, Sender, until_next
from hub.webhooks.signing import SealedSecrets, signed

PATIENCE = timedelta(days=1)  # news of an alert that is older helps nobody
_AT_ONCE = 4  # to one webhook
_IN_ONE_MAIL = 50
NO_MAIL = "this hub has no mail server: start it with --smtp FILE"

log = logging.getLogger(__name__)


class Courier(Rounds):
    """Its rounds are those to one target. `mailer` None: the hub has no mail server. `now`: the hub's clock."""

    def __init__(
        self,
        routes: Routes,
        sealed: SealedSecrets,
        sender: Sender,
        mailer: Mailer | None,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("alerts", due=routes.due, next_due=routes.next_due, now=now)
        self._routes, self._sealed, self._sender, self.mailer = routes, sealed, sender, mailer

    async def send(self, target: Target, ident: str, body: bytes) -> Answer:
        """One try, now. `ident`: the same with every try."""
        if target.kind == "mail":
            return await self._mail(target, ident, [body])
        try:
            known = self._sealed.open(target)
        except BrokenSealError as error:
            return Answer(error=f"its secret cannot be opened: {error}; remove this target and make it anew")
        return await self._sender.send(target.address, body, signed(known, ident, self.now(), body))

    async def _mail(self, target: Target, ident: str, bodies: Sequence[bytes]) -> Answer:
        if self.mailer is None:
            return Answer(error=NO_MAIL)
        subject, text = mail_of_many(bodies)
        try:
            await self.mailer.send(target.address, subject, text, ident=ident, at=self.now())
        except MailError as error:
            return Answer(status=GONE if error.for_good else 0, error=str(error))
        return Answer(status=200)

    async def take_to(self, who: str) -> int:
        now = self.now()
        target = await asyncio.to_thread(self._routes.by_id, who)
        if target is None:
            return 0
        at_once = _IN_ONE_MAIL if target.kind == "mail" else _AT_ONCE
        due = await asyncio.to_thread(self._routes.claim, who, now, now + HELD, at_once)
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
        now = self.now()
        if answer.ok:
            await asyncio.to_thread(self._routes.done, one, now)
            return
        wait = until_next(one.tries, answer, now)
        for_good = answer.status == GONE or now + wait - one.made_at > PATIENCE
        log.warning("an alert for %s: %s%s", target.shown, answer.told(), "; it is given up" if for_good else "")
        await asyncio.to_thread(self._routes.again, one, None if for_good else now + wait, answer.told(), now)
