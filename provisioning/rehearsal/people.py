"""Citizens who come, walk and sometimes don't; clerks who work. They act through the hardware alone.

Habits are drawn from seeded randomness; `Habits.speed` shortens what people do (coming, walking, talking) and nothing
that the system does: its own times (5 s between recalls, 30 s for a rating) stay what they are.
"""

import asyncio
import math
import random
import time
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec

from halls.format import Clerk, Hall, Service
from provisioning.rehearsal.booking import Booking, Kept, check_in, wait_until_over
from provisioning.rehearsal.places import Booth, Keypad, Machine, Places

_PATIENCE_S = 5.5  # between calls; the hub allows a recall every 5 s
_STAYS_AWAY = "-"  # in place of the number of who has an appointment and does not come
_Z90 = 1.2816  # standard normal quantile at 0.9


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """Invented, not measured; chances in [0, 1], times in seconds of a real hall before `speed` shortens them."""

    speed: float = 30.0
    arrivals_h: float = 220.0  # citizens an hour over the whole hall
    absent: float = 0.06  # leaves before being called
    rates: float = 0.85
    levels: tuple[float, ...] = (0.62, 0.27, 0.07, 0.03, 0.01)  # from 5 to 1
    walk_s_mean: float = 45.0
    pause: float = 0.02  # a clerk rests after a ticket
    handheld: float = 0.3  # a clerk with a wireless keypad reaches for that one
    priority: float = 0.08  # belongs to one of the hall's priority classes
    two_items: float = 0.08  # has something else to do on the same visit
    transfer: float = 0.04  # a clerk sends the citizen on to a colleague
    park: float = 0.04  # a citizen must fetch something
    undo: float = 0.02  # a clerk takes a call back
    booked: float = 0.3  # of those whose service takes appointments, have one


class Errand(msgspec.Struct, frozen=True):
    """What somebody comes for. `more`: letters; `priority`: id of a class, or empty."""

    service: Service
    more: tuple[str, ...] = ()
    priority: str = ""


class Tally:
    """What people know that they did: to be held against what the hub's log says."""

    def __init__(self) -> None:
        self.came = 0
        self.no_slip = 0
        self.ratings: dict[str, int] = {}  # number → level that the evaluator took
        self.thanks_missing = 0
        self.press_to_display_ms: list[float] = []


class Town:
    """Sends citizens, one after another, until it is told to stop."""

    def __init__(self, places: Places, habits: Habits, tally: Tally, seed: int, booking: Booking | None = None) -> None:
        self._places, self._habits, self._tally, self._booking = places, habits, tally, booking
        self._chance = random.Random(f"town {seed}")
        self._services = list(places.hall.service)
        self._shares = [service.share or 1.0 for service in self._services]
        self._visits: set[asyncio.Task[None]] = set()

    async def run(self, cast: Sequence[tuple[Service, Kept]] = ()) -> None:
        """`cast`: whose appointments were made before."""
        for service, one in cast:
            self._send(self._visit(self._errand(service), random.Random(self._chance.random()), one))
        gap_s = 3600.0 / self._habits.arrivals_h / self._habits.speed
        while True:
            await asyncio.sleep(self._chance.expovariate(1.0 / gap_s))
            service = self._chance.choices(self._services, self._shares)[0]
            errand = self._errand(service)
            self._send(self._visit(errand, random.Random(self._chance.random())))

    def _send(self, visit: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(visit)
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    def go_home(self) -> None:
        for visit in self._visits:
            visit.cancel()

    def _errand(self, service: Service) -> Errand:
        classes, others = self._places.hall.priority, [one for one in self._services if one != service]
        priority = classes and self._chance.random() < self._habits.priority
        more = others and self._chance.random() < self._habits.two_items
        return Errand(
            service,
            more=(self._chance.choice(others).letter,) if more else (),
            priority=self._chance.choice(classes).id if priority else "",
        )

    async def _visit(self, errand: Errand, chance: random.Random, booked: Kept | None = None) -> None:
        number = await self._by_appointment(errand, chance, booked)
        if number == _STAYS_AWAY:
            return
        if number is None:
            self._tally.came += 1
            number = await self._take(errand, chance)
        if number is None:
            return
        try:
            self._listen(number)
            if chance.random() < self._habits.absent:
                return
            booth = await self._served(errand, number, chance)
            await self._rate(booth, number, chance)
        finally:
            self._places.summons.pop(number, None)

    async def _by_appointment(self, errand: Errand, chance: random.Random, one: Kept | None) -> str | None:
        """The number of who checked in; None: a ticket has to be taken. Their plans are drawn whatever the hub says.
        `one`: what they have; None: they may book now."""
        habits, service, booking = self._habits, errand.service, self._booking
        if booking is None or (one is None and (not service.appointment or chance.random() >= habits.booked)):
            return None
        one = one or await booking.book(service)
        if one is None:
            return None
        if one.coming == "never":
            return _STAYS_AWAY
        await asyncio.sleep(chance.uniform(30, 300) / habits.speed)
        if one.coming == "cancels":
            await booking.give_up(one)
            return _STAYS_AWAY
        if one.coming == "late":
            await wait_until_over(one)
        machine = self._near(service, chance)[0]
        async with machine.free:
            number = await check_in(one, machine)
            await asyncio.sleep(chance.uniform(3, 8) / habits.speed)
        self._tally.came += number is not None
        return number

    async def _served(self, errand: Errand, number: str, chance: random.Random) -> Booth:
        """Go wherever the number is called, until everything is done; where it was done last."""
        left = {errand.service.letter, *errand.more}
        doing = errand.service.letter
        while True:
            booth = await self._places.summons[number]
            self._listen(number)  # it may be called elsewhere before one has turned round
            await asyncio.sleep(chance.gammavariate(4, self._habits.walk_s_mean / 4) / self._habits.speed)
            if booth.window is None or booth.window.number != number:
                continue  # too slow, or taken back: it may be called again
            booth.standing = number
            booth.left.clear()
            booth.arrived.set()
            await booth.left.wait()
            if booth.again:
                continue
            left -= {doing, *booth.about.services}
            if not left:
                return booth
            doing = next(iter(left))

    def _listen(self, number: str) -> None:
        self._places.summons[number] = asyncio.get_running_loop().create_future()

    async def _take(self, errand: Errand, chance: random.Random) -> str | None:
        """Queue at a machine near the service's area, tap, take the slip; who gets none goes to the next machine."""
        for machine in self._near(errand.service, chance)[:2]:
            number = await self._tap(machine, errand, chance)
            if number is not None:
                return number
        self._tally.no_slip += 1
        return None

    def _near(self, service: Service, chance: random.Random) -> list[Machine]:
        """Free ones first, then those on the floor of the service."""
        floor = {area.id: area.floor for area in self._places.hall.area}
        return sorted(
            self._places.machines,
            key=lambda one: (one.free.locked(), floor[one.position.area] != floor[service.area], chance.random()),
        )

    async def _tap(self, machine: Machine, errand: Errand, chance: random.Random) -> str | None:
        async with machine.free:
            number = await machine.take(errand.service.letter, 20.0, errand.more, errand.priority)
            await asyncio.sleep(chance.uniform(3, 8) / self._habits.speed)
            return number

    async def _rate(self, booth: Booth, number: str, chance: random.Random) -> None:
        if chance.random() >= self._habits.rates or not booth.evaluators:
            return
        evaluator = chance.choice(booth.evaluators)
        for _ in range(40):
            if evaluator.asking:
                break
            await asyncio.sleep(0.1)
        else:
            return
        await asyncio.sleep(0.5 + chance.uniform(10, 60) / self._habits.speed)
        levels = [level for level in (5, 4, 3, 2, 1) if level in evaluator.levels]
        weights = [self._habits.levels[5 - level] for level in levels]
        level = chance.choices(levels, weights)[0]
        if not evaluator.asking:
            return
        number = evaluator.ticket or number
        taken = await asyncio.to_thread(evaluator.press, level)
        for _ in range(20):
            await asyncio.sleep(0.05)
            if taken():
                self._tally.ratings[number] = level
                return
        self._tally.thanks_missing += 1


class Worker:
    """A clerk at a counter: signs on, calls, recalls, serves, ends, sometimes rests."""

    def __init__(self, places: Places, booth: Booth, clerk: Clerk, habits: Habits, tally: Tally, seed: int) -> None:
        self._hall: Hall = places.hall
        self._booth, self._clerk, self._habits, self._tally = booth, clerk, habits, tally
        self._chance = random.Random(f"clerk {clerk.number} {seed}")
        self._wired = next((keypad for keypad in booth.keypads if keypad.wired), None)
        self._others = [keypad for keypad in booth.keypads if not keypad.wired]
        self._parked = 0
        self._colleagues = [one.about for one in places.counters if one is not booth and one.about.id.isdigit()]

    async def run(self) -> None:
        if self._wired is None or self._booth.window is None:
            return  # such a counter works with the software caller: nobody plays that here
        await asyncio.sleep(self._chance.uniform(0, 3))
        await self._press(self._wired, *self._clerk.number, "sign-on")
        while True:
            number = self._booth.window.number or await self._call()
            if not number:
                await asyncio.sleep(self._chance.uniform(2, 5))
            elif self._chance.random() < self._habits.undo and self._booth.standing != number:
                await self._once(number, "undo")
            elif await self._receive(number):
                await self._serve(number)
                if self._chance.random() < self._habits.pause:
                    await self._rest()

    async def _call(self) -> str:
        """The number that the window shows after the press, or "" when nobody waits or no answer comes."""
        window = self._booth.window
        assert window is not None
        back = self._parked > 0 and self._chance.random() < 0.5
        keypad = self._wired if back else self._hand()
        pressed = time.perf_counter()
        await self._press(keypad, "return" if back else "call-next")
        self._parked -= back
        if not await window.until(lambda text: window.number != "", 1.5):
            return ""
        if window.since > pressed:
            self._tally.press_to_display_ms.append((window.since - pressed) * 1000)
        return window.number

    async def _receive(self, number: str) -> bool:
        """Wait for the citizen, call again, and give up after the third call."""
        booth = self._booth
        assert booth.window is not None
        for recalls in range(4):
            if booth.standing != number:
                booth.arrived.clear()
            try:
                await asyncio.wait_for(booth.arrived.wait(), _PATIENCE_S)
                return booth.standing == number
            except TimeoutError:
                if booth.window.number != number:
                    return False
            await self._press(self._wired, "no-show" if recalls >= 2 else "recall")
        return False

    async def _serve(self, number: str) -> None:
        booth = self._booth
        if self._wired is not None:
            await self._press(self._wired, "serve")
        letter = number.lstrip("VY")[0]
        service = next(one for one in self._hall.service if one.letter == letter)
        await asyncio.sleep(service_s(service, self._chance) / self._habits.speed)
        booth.again = await self._sent_away(number, letter)
        if not booth.again:
            await self._until_gone("end", number)
        booth.standing = ""
        booth.arrived.clear()
        booth.left.set()

    async def _sent_away(self, number: str, letter: str) -> bool:
        """Sometimes a colleague goes on with it, or the citizen must fetch something: they come again."""
        draw, habits = self._chance.random(), self._habits
        others = [one.id for one in self._colleagues if letter in one.services]
        if draw < habits.transfer and others:
            return await self._once(number, *self._chance.choice(others), "transfer")
        if habits.transfer <= draw < habits.transfer + habits.park and await self._once(number, "park"):
            self._parked += 1
            return True
        return False

    async def _once(self, number: str, *keys: str) -> bool:
        """Whether the window let go of the number; the hub may refuse, or be away."""
        window = self._booth.window
        assert window is not None
        await self._press(self._wired, *keys)
        return await window.until(lambda text: window.number != number, 2.0)

    async def _until_gone(self, key: str, number: str) -> None:
        """Press until the window lets go of the number: the hub may be away for a moment."""
        window = self._booth.window
        assert window is not None
        while window.number == number:
            await self._press(self._hand(), key)
            await window.until(lambda text: window.number != number, 3.0)

    async def _rest(self) -> None:
        await self._press(self._wired, "pause")
        await asyncio.sleep(self._chance.uniform(60, 300) / self._habits.speed)
        await self._press(self._wired, "resume")

    def _hand(self) -> Keypad:
        if self._others and self._chance.random() < self._habits.handheld:
            return self._chance.choice(self._others)
        assert self._wired is not None
        return self._wired

    async def _press(self, keypad: Keypad | None, *keys: str) -> None:
        assert keypad is not None
        await asyncio.to_thread(keypad.press, *keys)


def service_s(service: Service, chance: random.Random) -> float:
    """Log-normal with the service's median and 90th percentile, as service times are."""
    sigma = math.log(service.service_min_p90 / service.service_min_median) / _Z90
    return 60.0 * service.service_min_median * math.exp(chance.gauss(0.0, sigma))


def workers(places: Places, habits: Habits, tally: Tally, seed: int) -> list[Worker]:
    """A clerk for every counter: who usually sits there."""
    usual: dict[str, Clerk] = {clerk.counter: clerk for clerk in places.hall.clerk if clerk.counter}
    return [
        Worker(places, booth, usual[booth.about.id], habits, tally, seed)
        for booth in places.counters
        if booth.about.id in usual
    ]
