"""Webhooks as administrators see them: made, tested, given another secret, enabled again, removed."""

import asyncio
import itertools
import logging
import secrets
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Engine

from hub.desk import Desk
from hub.people.sealing import BrokenSealError, Keys
from hub.storage.webhook_changes import ChangeBook
from hub.storage.webhook_deliveries import Deliveries
from hub.storage.webhooks import MOST, Webhook, Webhooks
from hub.webhooks.addresses import Allowed, BadAddressError
from hub.webhooks.courier import Courier
from hub.webhooks.reader import Reader
from hub.webhooks.sending import Answer, Sender
from hub.webhooks.signing import SealedSecrets, Secrets, fresh_secret, rotated, signed

KEPT = timedelta(days=30)  # deliveries: waiting, and then once more when they are done or given up
_SERIES_KEPT = timedelta(days=180)  # longer than anybody can book ahead
_ROUND_S, _LOOK_S = 600.0, 15.0

log = logging.getLogger(__name__)


class HookRefusedError(ValueError):
    """`code`: unknown-webhook, bad-webhook-url, webhook-known, too-many-webhooks."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Hooks:
    """All but `test`, `run` and `close` block. `key`: of the vault, under which secrets are sealed."""

    def __init__(self, engine: Engine, desk: Desk, key: bytes, sender: Sender) -> None:
        self._sealed, self._sender, self._now = SealedSecrets(Keys(key), "webhook"), sender, desk.now
        self._stored, self.deliveries, self._book = Webhooks(engine), Deliveries(engine), ChangeBook(engine)
        self.courier = Courier(self._stored, self.deliveries, self._sealed, sender, desk.now)
        self.reader = Reader(desk, self._book, self.courier.wake)
        self._off: list[tuple[str, str]] = []

    def of(self, hall: str) -> list[Webhook]:
        return self._stored.of(hall)

    def one(self, hall: str, ident: str) -> Webhook:
        found = self._stored.one(hall, ident)
        if found is None:
            raise HookRefusedError("unknown-webhook", f"this hall has no webhook {ident!r}")
        return found

    def make(self, hall: str, client: str, url: str, by: str) -> tuple[Webhook, str]:
        """It, and its secret, which is told this once."""
        try:
            self._sender.allowed.check_url(url)
        except BadAddressError as error:
            raise HookRefusedError("bad-webhook-url", str(error)) from error
        ident, now, secret = secrets.token_hex(12), self._now(), fresh_secret()
        wrapped, sealed = self._sealed.seal(ident, Secrets(now=secret))
        made = Webhook(
            id=ident,
            client=client,
            hall=hall,
            url=url,
            wrapped=wrapped,
            sealed=sealed,
            made_at=now,
            made_by=by,
            since=now,
        )
        match self._stored.make(made):
            case "known":
                raise HookRefusedError("webhook-known", f"{client} has a webhook to this address already")
            case "too-many":
                raise HookRefusedError("too-many-webhooks", f"a hall has at most {MOST} webhooks: remove one first")
        return made, secret

    def rotate(self, hall: str, ident: str, by: str) -> tuple[Webhook, str]:
        """A new secret, told this once; the one before signs along for a day."""
        while True:
            one = self.one(hall, ident)
            try:
                known = rotated(self._sealed.open(one), self._now())
            except BrokenSealError:  # nothing is left of the one before
                known = Secrets(now=fresh_secret())
            wrapped, sealed = self._sealed.seal(ident, known)
            if self._stored.rotate(one, wrapped, sealed, by=by, at=self._now()):
                return one, known.now

    def enable(self, hall: str, ident: str, by: str) -> Webhook:
        self._stored.enable(self.one(hall, ident), by=by, at=self._now())
        return self.one(hall, ident)

    def remove(self, hall: str, ident: str, by: str) -> None:
        self._stored.remove(self.one(hall, ident), by=by, at=self._now())

    async def test(self, hall: str, ident: str) -> Answer:
        """Sends a `webhook.test` now, once, whatever its state."""
        one, now = await asyncio.to_thread(self.one, hall, ident), self._now()
        told = {"type": "webhook.test", "timestamp": now.isoformat(), "data": {"hall": hall, "client": one.client}}
        body = msgspec.json.encode(told)
        try:
            known = self._sealed.open(one)
        except BrokenSealError as error:
            return Answer(error=f"its secret cannot be opened: {error}; give it another one")
        return await self._sender.send(one.url, body, signed(known, f"test-{secrets.token_hex(12)}", now, body))

    def sweep(self, now: datetime) -> None:
        self.deliveries.forget(now - KEPT, now)
        self._book.forget(now - _SERIES_KEPT)

    def off(self, hall: str) -> list[str]:
        """Clients with a webhook that is disabled, as of the last look; does not block."""
        return [client for where, client in self._off if where == hall]

    def look(self) -> None:
        self._off = self._stored.disabled()

    async def run(self) -> None:
        """What is due by itself: who is told nothing is known to the monitor, and what is over is forgotten."""
        for count in itertools.count():
            try:
                await asyncio.to_thread(self.look)
                if count % int(_ROUND_S / _LOOK_S) == 0:
                    await asyncio.to_thread(self.sweep, self._now())
            except Exception:
                log.exception("webhooks could not be looked through; trying again")
            await asyncio.sleep(_LOOK_S)

    async def close(self) -> None:
        await self._sender.close()


def hooks_of(engine: Engine, desk: Desk, key: bytes, allowed: Allowed) -> Hooks:
    return Hooks(engine, desk, key, Sender(allowed))
