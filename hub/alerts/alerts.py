"""Alerts as people see them: looked at, acknowledged, silenced; and where each route leads."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from halls.alerts import KINDS, ROLE, ROUTE
from hub.alerts.courier import NO_MAIL, Courier
from hub.alerts.messages import test_message
from hub.alerts.smtp import Mailer
from hub.alerts.trying import Trials
from hub.alerts.waiting import Waiting, roles_of
from hub.alerts.watching import Watcher
from hub.desk import Desk
from hub.people.sealing import Keys
from hub.roster import Roster
from hub.storage.alert_routes import Routes, Silenced, Silences, Target, TargetKind, new_id
from hub.storage.alert_since import SinceBook
from hub.storage.alerts import NOTE_MAX, Alert, AlertBook, Note
from hub.storage.devices import IN_SERVICE
from hub.storage.registry import Registry
from hub.webhooks.addresses import BadAddressError
from hub.webhooks.sending import Answer, Sender
from hub.webhooks.signing import SealedSecrets, Secrets, fresh_secret

SILENCE_MIN_MAX = 7 * 24 * 60  # minutes: whoever wants it longer changes the rule
WHY_MAX = 200  # characters
ACTING = ("administrator", "manager")  # who may act on any
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}\Z")


class AlertRefusedError(ValueError):
    """`code`: unknown-alert, unknown-alert-rule, unknown-silence, unknown-alert-target, already-acknowledged,
    bad-silence, bad-alert-target, alert-target-known, too-many-alert-targets."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Alerts:
    """All but `test`, `close` and the three that run block. `key`: of the vault, under which secrets are sealed.
    `name`: of this process, empty: a new one; `public_url`: where pages are reached; `trouble()`: why metrics cannot be
    written; `day_off(hall, day)`: by its calendar."""

    def __init__(
        self,
        engine: Engine,
        desk: Desk,
        roster: Roster,
        registry: Registry,
        key: bytes,
        sender: Sender,
        *,
        name: str = "",
        mailer: Mailer | None = None,
        public_url: str = "",
        trouble: Callable[[], str] = lambda: "",
        day_off: Callable[[str, str], bool] = lambda hall, day: False,
    ) -> None:
        self._desk, self._registry, self._sender = desk, registry, sender
        self._sealed = SealedSecrets(Keys(key), "alert-target")
        self._public_url = public_url.rstrip("/")
        self.book, self.routes, self.silences = AlertBook(engine), Routes(engine), Silences(engine)
        self.courier = Courier(self.routes, self._sealed, sender, mailer, desk.now)
        self.watcher = Watcher(
            desk,
            roster,
            self.book,
            self.routes,
            self.silences,
            SinceBook(engine),
            holder=name or secrets.token_hex(8),
            trouble=trouble,
            ends=self._ends,
            news=self.courier.wake,
            url=self._url,
            day_off=day_off,
        )
        self.waiting = Waiting(desk, self.book)
        self.trials = Trials(engine, desk, self.watcher.facts, day_off)

    def one(self, hall: str, ident: str) -> Alert:
        found = self.book.one(hall, ident)
        if found is None:
            raise AlertRefusedError("unknown-alert", f"this hall has no alert {ident!r}")
        return found

    def opened(self, hall: str) -> list[Alert]:
        """Those that are open, what nobody looks after first, then the newest."""
        return sorted(self.book.opened(hall), key=lambda one: one.acknowledged_at is not None)

    def may_take(self, one: Alert, role: str) -> bool:
        """Managers and administrators any, and others what waits for them."""
        return role in ACTING or role in roles_of(one, self._desk.today(one.hall).hall)

    def notes(self, one: Alert) -> list[Note]:
        return self.book.notes(one.id)

    def acknowledge(self, hall: str, ident: str, *, by: str, note: str) -> Alert:
        """Whoever is first. The same person again, with the same note, changes nothing. Of a rating, it is over with
        that: nothing of it can pass."""
        one, note = self.one(hall, ident), _plain(note, NOTE_MAX)
        done = self.book.acknowledge(one, by=by, note=note, at=self._desk.now(), ends=KINDS[one.kind].once)
        self.waiting.news(hall)
        now = self.one(hall, ident)
        if not done and (now.acknowledged_by, now.note) != (by[:80], note):
            raise AlertRefusedError("already-acknowledged", f"{now.acknowledged_by} has acknowledged it before")
        return now

    def silence(
        self, hall: str, rule: str, subject: str, minutes: int, *, by: str, why: str, key: str = ""
    ) -> Silenced:
        """Nobody is told of it for so long, beside the page. `key`: of the wish, which may come twice and is one."""
        if rule not in {one.id for one in self._desk.today(hall).hall.alert}:
            raise AlertRefusedError("unknown-alert-rule", f"this hall has no rule {rule!r}")
        why = _plain(why, WHY_MAX)
        if not why or not 1 <= minutes <= SILENCE_MIN_MAX:
            told = f"a silence needs a reason, and 1 to {SILENCE_MIN_MAX} minutes"
            raise AlertRefusedError("bad-silence", told)
        now = self._desk.now()
        until = now + timedelta(minutes=minutes)
        made = Silenced(
            id=_ident(by, key) if key else new_id(),
            hall=hall,
            rule=rule,
            subject=_plain(subject, 120),
            since=now,
            until=until,
            by=by[:80],
            why=why,
        )
        self.silences.add(made)
        return made

    def end_silence(self, hall: str, ident: str, *, by: str) -> None:
        if not self.silences.end(hall, ident, by=by, at=self._desk.now()):
            raise AlertRefusedError("unknown-silence", f"this hall has no silence {ident!r} that still lasts")

    # Where routes lead.

    def target(self, hall: str, ident: str) -> Target:
        found = self.routes.by_id(ident)
        if found is None or found.hall != hall:
            raise AlertRefusedError("unknown-alert-target", f"no route of this hall leads to {ident!r}")
        return found

    def add_target(self, hall: str, route: str, kind: TargetKind, address: str, *, by: str) -> tuple[Target, str]:
        """It, and of a webhook the secret, which is told this once."""
        self._check(route, kind, address)
        ident, secret = new_id(), fresh_secret() if kind == "webhook" else ""
        wrapped, sealed = self._sealed.seal(ident, Secrets(now=secret))
        made = Target(
            id=ident,
            hall=hall,
            route=route,
            kind=kind,
            address=address,
            wrapped=wrapped,
            sealed=sealed,
            made_at=self._desk.now(),
            made_by=by[:80],
        )
        match self.routes.add(made):
            case "known":
                raise AlertRefusedError("alert-target-known", f"the route {route} leads to {made.shown} already")
            case "too-many":
                raise AlertRefusedError("too-many-alert-targets", "the routes of a hall lead to too many: remove one")
        return made, secret

    def remove_target(self, hall: str, ident: str, *, by: str) -> None:
        self.routes.remove(self.target(hall, ident), by=by, at=self._desk.now())

    async def test(self, hall: str, ident: str) -> Answer:
        """Sends an `alert.test` now, once."""
        target = await asyncio.to_thread(self.target, hall, ident)
        body = test_message(self._desk.today(hall).hall, self._desk.now())
        return await self.courier.send(target, f"test-{secrets.token_hex(12)}", body)

    def unled(self, hall: str) -> list[str]:
        """Routes that rules name and that lead nowhere."""
        led = {one.route for one in self.routes.of(hall)}
        rules = [one for one in self._desk.today(hall).hall.alert if one.enabled]
        named = [*(name for one in rules for name in one.routes), *(n for one in rules for n in one.escalate_to)]
        return [name for name in dict.fromkeys(named) if name not in led and not name.startswith(ROLE)]

    async def close(self) -> None:
        await asyncio.to_thread(self.trials.close)
        await asyncio.to_thread(self.watcher.close)
        await self._sender.close()
        if self.courier.mailer is not None:
            await self.courier.mailer.close()

    def _check(self, route: str, kind: TargetKind, address: str) -> None:
        if not ROUTE.match(route):
            raise AlertRefusedError("bad-alert-target", f'route: {route!r} must be 1 to 32 of a-z, 0-9 and "-"')
        if kind == "webhook":
            try:
                self._sender.allowed.check_url(address)
            except BadAddressError as error:
                raise AlertRefusedError("bad-alert-target", str(error)) from error
            return
        if not _MAIL.match(address):
            raise AlertRefusedError("bad-alert-target", f"{address!r} is not a mail address such as duty@hall.example")
        if self.courier.mailer is None:
            raise AlertRefusedError("bad-alert-target", NO_MAIL)

    def _ends(self) -> dict[str, datetime]:
        halls = self._desk.halls()
        devices = [one for hall in halls for one in self._registry.devices(hall)]
        return {one.id: one.not_after for one in devices if one.state == IN_SERVICE}

    def _url(self, hall: str, ident: str) -> str:
        return f"{self._public_url}/alerts/{hall}/{ident}" if self._public_url else ""


def _ident(by: str, key: str) -> str:
    return hashlib.sha256(f"{by}/{key}".encode()).hexdigest()[:24]


def _plain(text: str, most: int) -> str:
    """On one line; PostgreSQL takes no zero byte."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:most]
