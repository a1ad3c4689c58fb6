"""Sends releases out: looks every second what the open rollouts need, and tells devices through the gateway.

Everything is in the database: a hub that is killed goes on where it was, and of several processes any may take the next
step, for each is written under the count of the changes before it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from hub.desk import Desk
from hub.domain import rollouts as rules
from hub.domain.rollouts import Plan
from hub.roster import Roster, Seat
from hub.screens.files import Files
from hub.storage.releases import ReleaseError, Releases
from hub.storage.rollouts import Order, Rollout, Told
from hub.storage.rollouts import Rollouts as Stored
from wire.base import View
from wire.messages import UpMessage
from wire.upkeep import Release as Wanted
from wire.upkeep import Updated

_LOOK_S = 1.0
_CALM_S = 10.0  # how often one that has ended is looked at: its last devices come back some day
BACK = Plan(waves=(), fail_share=1.0)  # what was there before goes to all at once

log = logging.getLogger(__name__)


class Rollouts:
    """Also a keeper of the gateway's (hub.mqtt.keeping): what `desired` answers is read by `load`."""

    kind = "release"
    takes: tuple[type, ...] = (Updated,)

    def __init__(self, releases: Releases, stored: Stored, files: Files, desk: Desk, roster: Roster) -> None:
        self.releases, self.stored, self.files = releases, stored, files
        self._desk, self._roster = desk, roster
        self._orders: dict[tuple[str, str], Order] = {}
        self._news = asyncio.Event()
        self._calm: dict[str, tuple[str, datetime]] = {}  # hall → its rollout that has ended, when it was looked at

    # As the gateway calls it.

    async def load(self) -> bool:
        before, self._orders = self._orders, await asyncio.to_thread(self.stored.orders)
        return before != self._orders

    def desired(self, seat: Seat) -> View | None:
        order = self._orders.get((seat.hall, seat.position.id))
        if order is None:
            return None
        one = order.release
        return Wanted(
            epoch=0,
            version=0,
            name=one.name,
            sha256=one.sha256,
            size=one.size,
            signature=one.signature,
            revision=order.revision,
            held=order.held,
        )

    async def take(self, seat: Seat, device: str, message: UpMessage) -> str:
        assert isinstance(message, Updated)
        position = seat.position.id
        log.info("%s at %s: %s %s %s", device, position, message.name, message.outcome, message.text)
        news = await asyncio.to_thread(
            lambda: self.stored.heard(
                seat.hall,
                position,
                revision=message.revision,
                stage=message.outcome,
                running=message.running,
                text=message.text,
            )
        )
        if news:
            self._news.set()
        return ""

    # What people want.

    async def start(
        self, hall: str, sha256: str, plan: Plan, positions: Sequence[str], by: str, *, back: bool = False
    ) -> Rollout:
        """To those positions; none named: to all that have a device of their own. `back`: to what ran there before.
        Raises ReleaseError."""
        await asyncio.to_thread(self.releases.one, sha256)
        asked = set(positions) | set(plan.canaries)
        seats = [seat for seat in self._roster.seats(hall) if seat.position.wireless is None]
        if unknown := sorted(asked - {seat.position.id for seat in seats}):
            raise ReleaseError("unknown-position", f"no device of its own can be at: {', '.join(unknown[:5])}")
        classes = {
            seat.position.id: seat.position.device_class for seat in seats if seat.position.id in asked or not positions
        }
        waves = rules.assign(plan, classes, [seat.position.id for seat in seats if seat.online])
        one = await asyncio.to_thread(
            lambda: self.stored.start(
                hall=hall, sha256=sha256, plan=plan, waves=waves, classes=classes, at=self._desk.now(), by=by, back=back
            )
        )
        self._news.set()
        return one

    async def tell(self, hall: str, ident: str, what: str, by: str) -> Rollout:
        """`what`: pause, resume, abort, retry or back. Raises ReleaseError where that makes no sense now."""
        for _ in range(5):
            one = await asyncio.to_thread(self.stored.one, hall, ident)
            if what == "back":
                return await self._go_back(one, by)
            if await self._told(one, what, by):
                self._news.set()
                return await asyncio.to_thread(self.stored.one, hall, ident)
        raise ReleaseError("rollout-changed", "the rollout is changing just now: look at it and try again")

    async def _told(self, one: Rollout, what: str, by: str) -> bool:
        allowed: dict[str, tuple[rules.Phase, ...]] = {
            "pause": ("running",),
            "resume": ("paused", "halted"),
            "abort": ("running", "paused", "halted"),
            "retry": ("running", "paused", "halted", "done"),
        }
        newest = await asyncio.to_thread(self.stored.newest, one.hall)
        if one.phase not in allowed[what] or newest is None or newest.id != one.id:
            raise ReleaseError(
                "rollout-changed", f"a rollout that is {one.phase} cannot {what}, or a newer one is there"
            )
        at = self._desk.now()
        if what == "retry":
            return await asyncio.to_thread(self.stored.retry, one, at, by)
        phases: dict[str, Told] = {"pause": "paused", "resume": "running", "abort": "aborted"}
        return await asyncio.to_thread(self.stored.tell, one, phases[what], at, by)

    async def _go_back(self, one: Rollout, by: str) -> Rollout:
        """A new rollout of the release before, to the same positions, all at once."""
        known = await asyncio.to_thread(self.stored.of, one.hall)
        earlier = [other for other in known if other.started_at < one.started_at and other.sha256 != one.sha256]
        if not earlier:
            text = "no other release was rolled out here before: upload the one to go back to, and roll it out"
            raise ReleaseError("no-release-before", text)
        if one.phase not in rules.ENDED and not await self._told(one, "abort", by):
            raise ReleaseError("rollout-changed", "the rollout is changing just now: look at it and try again")
        await self.turn(one.hall)
        positions = [each.position for each in await asyncio.to_thread(self.stored.progress, one.id)]
        return await self.start(one.hall, earlier[0].sha256, BACK, positions, by, back=True)

    # What time brings.

    async def run(self, reload: Callable[[], Awaitable[None]]) -> None:
        """`reload()`: have the gateway ask anew what devices should run."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            try:
                if any([await self.turn(hall) for hall in self._desk.halls()]):
                    await reload()
            except SQLAlchemyError:
                log.exception("rollouts wait: the database cannot be used now")

    async def turn(self, hall: str) -> bool:
        """Take the next step of the hall's newest rollout. False: there was none to take."""
        one = await asyncio.to_thread(self.stored.newest, hall)
        if one is None:
            return False
        now = self._desk.now()
        if one.phase in rules.ENDED:
            looked_at, when = self._calm.get(hall, ("", now))
            if looked_at == one.id and now - when < timedelta(seconds=_CALM_S):
                return False
        progress = await asyncio.to_thread(self.stored.progress, one.id)
        members = [each.member for each in progress]
        here = [seat.position.id for seat in self._roster.seats(hall) if _is_here(seat)]
        step = rules.step(one.plan, one.phase, one.wave, members, here, now, self._is_open(hall, now))
        if (step.phase, step.wave) == (one.phase, one.wave) and not step.moves:
            self._calm[hall] = (one.id, now)
            return False
        if step.phase != one.phase:
            log.warning("rollout %s in %s: %s %s", one.id, hall, step.phase, step.why)
        return await asyncio.to_thread(self.stored.apply, one, step, now)

    def _is_open(self, hall: str, at: datetime) -> bool:
        return rules.is_open(self._desk.today(hall).hall, at)


def _is_here(seat: Seat) -> bool:
    """Or was, until our own connection broke."""
    return bool(seat.device) and (seat.online or seat.unseen_since is not None)
