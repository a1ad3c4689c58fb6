"""The loop that looks after the rules of the hub's halls: what is raised, cleared and told follows from what is so.

Of several processes one looks after a hall at a time, by a lease in the database; the table of alerts takes no second
one for the same rule and subject in any case. What is open is read from there with every look, and since when figures
have been too much is kept as well, so that a process that begins anew goes on where the one before it ended.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from halls.alerts import KINDS, ROLE
from halls.alerts import Alert as Rule
from hub.alerts.looking import devices
from hub.alerts.messages import message
from hub.alerts.ratings import Ratings
from hub.desk import Desk
from hub.domain.alerts import telling
from hub.domain.alerts.engine import Change, Key, Since, Watch, lasting, resumed, step
from hub.domain.alerts.evidence import evidence
from hub.domain.alerts.facts import Facts, seen
from hub.roster import Roster
from hub.storage.alert_routes import Routes, Silences
from hub.storage.alert_since import SinceBook
from hub.storage.alerts import Alert, AlertBook, fresh

LOOK_S = 1.0
_LEASE_S = 30.0  # a process that is killed leaves a hall alone for so long at the most
_RENEW_S = 10.0
_SWEEP_S = 600.0
_CALENDAR_S = 30.0
KEPT = timedelta(days=730)
_SETTLED = timedelta(seconds=5)  # what has lasted less long is not written: a figure may tremble with each look

log = logging.getLogger(__name__)


class Watcher:
    """`holder`: of no other process at the same time. `trouble()`: why metrics cannot be written; `ends()`: when
    certificates end, by device, read in a thread now and then; `news()`: something is to be sent; `url(hall, id)`: of
    an alert's page; `day_off(hall, day)`: by its calendar, read in a thread."""

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        book: AlertBook,
        routes: Routes,
        silences: Silences,
        since: SinceBook,
        *,
        holder: str,
        trouble: Callable[[], str],
        ends: Callable[[], Mapping[str, datetime]],
        news: Callable[[], None],
        url: Callable[[str, str], str],
        day_off: Callable[[str, str], bool],
    ) -> None:
        self._desk, self._roster, self._book, self._routes, self._silences = desk, roster, book, routes, silences
        self._since = since
        self._holder, self._trouble, self._read_ends, self._news, self._url = holder, trouble, ends, news, url
        self._read_day_off = day_off
        self._off: dict[str, bool] = {}  # halls, whether their calendars say that today is a day off
        self._off_at = float("-inf")
        self._watches: dict[str, Watch] = {}
        self._held: dict[str, Ratings] = {}  # halls that this process looks after, and who reads the log for each
        self._kept: dict[str, Mapping[Key, Since]] = {}  # what of them is in the database
        self._held_at = float("-inf")
        self._ends: Mapping[str, datetime] = {}
        self._bound: frozenset[str] = frozenset()  # devices of which `_ends` was read
        self._began_at = desk.now()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while True:
            try:
                if loop.time() >= sweep_at:
                    sweep_at = loop.time() + _SWEEP_S
                    await asyncio.to_thread(self._sweep)
                await self.look()
            except SQLAlchemyError as error:
                log.warning("alerts cannot be looked after now: %s", error)
            except Exception:
                log.exception("alerts could not be looked after; trying again")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """One look at each hall that is this process's to look after."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._held_at >= _RENEW_S:
            for hall in self._desk.halls():
                await self._hold(hall)
            self._held_at = loop.time()
        bound = frozenset(seat.device for hall in self._held for seat in self._roster.seats(hall) if seat.device)
        if bound != self._bound:
            self._ends, self._bound = await asyncio.to_thread(self._read_ends), bound
        if loop.time() - self._off_at >= _CALENDAR_S:
            self._off = {hall: await self._is_off(hall) for hall in self._held}
            self._off_at = loop.time()
        for hall, ratings in list(self._held.items()):
            await ratings.catch_up()
            facts = self.facts(hall)
            if await asyncio.to_thread(self._work, hall, facts):
                self._news()

    def close(self) -> None:
        """Another process may go on at once."""
        try:
            self._book.let_go(self._holder, self._desk.now())
        except SQLAlchemyError as error:  # then it goes on when the lease is over
            log.warning("alerts cannot be handed over now: %s", error)

    async def _is_off(self, hall: str) -> bool:
        return await asyncio.to_thread(self._read_day_off, hall, self._desk.today(hall).day)

    async def _hold(self, hall: str) -> None:
        now, latest = self._desk.now(), self._desk.position
        if not await asyncio.to_thread(self._book.hold, hall, self._holder, now, _LEASE_S, latest):
            self._held.pop(hall, None)
            self._watches.pop(hall, None)
        elif hall not in self._held:
            ratings = Ratings(self._desk, self._book, hall)
            await ratings.begin()
            self._kept[hall] = await asyncio.to_thread(self._since.of, hall)
            self._watches[hall] = resumed(self._kept[hall])
            self._held[hall] = ratings

    def facts(self, hall: str) -> Facts:
        """What rules look at now."""
        at = self._desk.now()
        known = devices(self._roster, hall, at, self._began_at, self._ends)
        return Facts(
            day=self._desk.today(hall),
            at=at,
            devices=known,
            trouble=self._trouble(),
            day_off=self._off.get(hall, False),
        )

    # In a thread.

    def _work(self, hall: str, facts: Facts) -> bool:
        """Whether anything is to be sent."""
        rules = {rule.id: rule for rule in facts.day.hall.alert if rule.enabled}
        looks = seen(rules.values(), facts)
        opened = {one.key: one for one in self._book.opened(hall)}
        passing = [key for key, one in opened.items() if not KINDS[one.kind].once]
        watch, changes = step(looks, self._watches.get(hall, Watch()), passing, facts.at)
        raised = [self._fresh(hall, rules[one.rule], one, facts) for one in changes if one.what == "raise"]
        if raised:
            for one in self._book.raise_all(raised):
                opened[one.key] = one
        told = [self._clear(opened.pop((one.rule, one.subject)), one, facts) for one in changes if one.what == "clear"]
        self._watches[hall] = watch  # not before: what could not be stored is decided again
        self._keep(hall, facts.at)
        return self._tell(hall, rules, opened, facts) or any(told)

    def _keep(self, hall: str, at: datetime) -> None:
        """Since when it is so, where that is news and will matter."""
        after = lasting(self._watches[hall], at - _SETTLED)
        if self._since.keep(hall, self._holder, self._kept.get(hall, {}), after):
            self._kept[hall] = after

    def _fresh(self, hall: str, rule: Rule, change: Change, facts: Facts) -> Alert:
        proofs = evidence(rule, change.subject, facts)
        return fresh(hall, rule, change.subject, change.figure or 0.0, proofs, facts.at)

    def _clear(self, one: Alert, change: Change, facts: Facts) -> bool:
        rule, day = one.body.rule, facts.day
        silenced = [self._silence(each) for each in self._silences.now(one.hall, facts.at)]
        if any(each.covers(one.rule, one.subject, facts.at) for each in silenced):
            self._book.clear(one, facts.at, change.why)
            return False
        due_at = telling.quiet_until(rule, day.hall, facts.at) or facts.at
        body = message(one, "cleared", day.hall, facts.at, self._url(one.hall, one.id))
        return self._book.clear(one, facts.at, change.why, self._routes.tell_cleared(one, body, facts.at, due_at))

    def _tell(self, hall: str, rules: Mapping[str, Rule], opened: Mapping[Key, Alert], facts: Facts) -> bool:
        waiting = [one for one in opened.values() if one.acknowledged_at is None and one.rule in rules]
        if not waiting:
            return False
        silences = [self._silence(each) for each in self._silences.now(hall, facts.at)]
        targets, told = self._routes.of(hall), False
        for one in waiting:
            rule = rules[one.rule]
            for what in telling.due(_standing(one), rule, facts.day.hall, silences, facts.at):
                routes = rule.routes if what == "raised" else rule.escalate_to
                to = [target for target in targets if target.route in routes]
                if what == "raised" and routes and not to:
                    continue  # it is told as soon as the route leads anywhere
                body = message(one, what, facts.day.hall, facts.at, self._url(hall, one.id))
                roles = [name for name in routes if name.startswith(ROLE)]
                told = self._routes.tell(one, what, to, body, facts.at, roles) or told
        return told

    @staticmethod
    def _silence(one: object) -> telling.Silence:
        fields = {name: getattr(one, name) for name in telling.Silence.__struct_fields__}
        return telling.Silence(**fields)

    def _sweep(self) -> None:
        self._bound = frozenset()  # certificates are renewed
        before = self._desk.now() - KEPT
        self._book.forget(before)
        self._silences.forget(before)


def _standing(one: Alert) -> telling.Standing:
    return telling.Standing(**{name: getattr(one, name) for name in telling.Standing.__struct_fields__})
