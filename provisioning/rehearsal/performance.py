"""One rehearsal from the first process to the last: set up, let people act, kill the hub if told to, hold accounts."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from edge.runtime.lives import Lives
from halls.format import Hall, Service
from provisioning.rehearsal import people, provoking
from provisioning.rehearsal.booking import Booking, Kept
from provisioning.rehearsal.ledger import CASES_MAX, Ledger, ended_well
from provisioning.rehearsal.places import Places
from provisioning.rehearsal.processes import Processes, StartError, memory_mb
from provisioning.rehearsal.report import report
from provisioning.rehearsal.technician import Hub, equip
from provisioning.rehearsal.updating import Updating, names

_ONLINE_S = 90.0
_QUIET_S = 2.0  # the books are closed once nothing new is heard for so long
_CLOSE_S = 30.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds`: how long the hall works, None until told to stop; `kill_hub_at`: seconds after it opened."""

    hall: Hall
    hall_file: Path
    directory: Path
    seed: int = 1
    seconds: float | None = None
    kill_hub_at: tuple[float, ...] = ()
    hub_away_s: float = 0.0  # how long a killed hub stays away before it is started again
    update_at: float | None = None  # when real boards are to get a bad version, and then a good one
    provoke: tuple[str, ...] = ()  # kinds of alerts that are to come about
    habits: people.Habits = people.Habits()


class StoppedError(Exception):
    """Told to stop before the hall was open."""


class Performance:
    """`say(text)` is told what goes on. Whatever happens, `close` stops every child and every agent."""

    def __init__(self, plan: Plan, processes: Processes, say: Callable[[str], None]) -> None:
        self._plan, self._processes, self._say = plan, processes, say
        self.agents: dict[str, Lives] = {}  # by position, once they run
        self._stopped = asyncio.Event()
        self._killing: asyncio.Task[None] | None = None
        self._away_s = 0.0
        self._kills = 0
        self._pss_mb_peak = 0.0
        self.hub: Hub | None = None
        self._alerts: dict[str, float | None] = {}  # provoked: seconds until the hub had noticed
        self._updating = Updating(plan.directory, processes.data, say) if plan.update_at is not None else None

    def stop(self) -> None:
        self._stopped.set()

    async def run(self, opened: Callable[[], None]) -> dict[str, Any]:
        """The report. `opened` is called when the hall works. Raises StoppedError, StartError, BrokerError."""
        began = time.monotonic()
        try:
            booking, cast = await self._set_up()
        except StartError:
            if self._stopped.is_set():  # Ctrl-C goes to the whole group: it can hit a child before that has a session
                raise StoppedError from None
            raise
        assert self.hub is not None
        equip_s = time.monotonic() - began
        places, tally = Places(self._plan.hall, self.agents), people.Tally()
        ledger = Ledger(self._processes.addresses.pages, self.hub.bearer)
        town = people.Town(places, self._plan.habits, tally, self._plan.seed, booking)
        clerks = people.workers(places, self._plan.habits, tally, self._plan.seed)
        opened()
        start = time.monotonic()
        with self._running(ledger.follow(), self._watch(ledger, tally, booking.kept, start)):
            with self._running(
                town.run(cast), self._misfortune(), self._update(), self._provoke(), *(clerk.run() for clerk in clerks)
            ):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), self._plan.seconds)
                town.go_home()
            worked_s = time.monotonic() - start
            await self._close_the_books(ledger)
            await booking.close()
            seats = await asyncio.to_thread(self.hub.devices, self._plan.hall.hall.id)
        ledger.cases.update(await asyncio.to_thread(self.hub.cases, self._plan.hall.hall.id, CASES_MAX))
        return report(
            seed=self._plan.seed,
            seconds=worked_s,
            expected=len(self._plan.hall.position),
            online=sum(bool(seat["online"]) for seat in seats),
            offline=[seat["position"] for seat in seats if not seat["online"]],
            ledger=ledger,
            places=places,
            tally=tally,
            hub_rss_mb_peak=self._processes.rss_mb_peak,
            pss_mb_peak=self._pss_mb_peak,
            hub_kills=self._kills,
            hub_away_s=self._away_s,
            equip_s=equip_s,
            updates=self._updating.figures if self._updating else None,
            alerts=self._alerts if self._plan.provoke else None,
            booked=booking.kept,
            closed_at=datetime.now(UTC),
        )

    async def close(self) -> None:
        if self._updating is not None:
            await asyncio.to_thread(self._updating.stop)
        stopping = [asyncio.to_thread(agent.stop) for agent in self.agents.values()]
        for first in range(0, len(stopping), 16):
            await asyncio.gather(*stopping[first : first + 16], return_exceptions=True)
        await asyncio.to_thread(self._processes.stop)

    async def _set_up(self) -> tuple[Booking, list[tuple[Service, Kept]]]:
        """Also what was booked before the hall opened, and by whom."""
        plan, processes = self._plan, self._processes
        self._say("starting the broker and the hub")
        if self._updating is not None:
            await asyncio.to_thread(self._updating.prepare)
        await asyncio.to_thread(processes.start)
        self.hub = Hub(processes.addresses.pages, processes.password)
        await asyncio.to_thread(self.hub.open_round_the_clock, plan.hall)
        booking = Booking(processes.addresses.pages, self.hub.platform(plan.hall.hall.id), plan.hall, plan.seed)
        cast = await booking.cast()
        await asyncio.to_thread(
            equip,
            plan.hall,
            self.hub,
            processes.addresses,
            processes.ca_fingerprint,
            plan.directory / "devices",
            self.agents,
            lambda done, of: self._progress(f"enrolling devices {done} of {of}"),
            but=names() if self._updating else (),
            slow=(provoking.slow_clock(plan.hall, plan.provoke),),
        )
        if self._updating is not None:
            await asyncio.to_thread(
                self._updating.equip, plan.hall.hall.id, self.hub, processes.addresses, processes.ca_fingerprint
            )
        expected, deadline = len(plan.hall.position), time.monotonic() + _ONLINE_S
        while True:
            seats = await asyncio.to_thread(self.hub.devices, plan.hall.hall.id)
            online = sum(bool(seat["online"]) for seat in seats)
            self._progress(f"devices online {online} of {expected}")
            if online == expected or time.monotonic() > deadline:
                return booking, cast
            await asyncio.sleep(0.5)

    def _progress(self, text: str) -> None:
        """Of the setting up, which ends here when it is told to."""
        if self._stopped.is_set():
            raise StoppedError
        self._say(text)

    async def _misfortune(self) -> None:
        start = time.monotonic()
        for moment in self._plan.kill_hub_at:
            await asyncio.sleep(max(0.0, start + moment - time.monotonic()))
            self._killing = asyncio.create_task(self._kill_hub())
            await asyncio.shield(self._killing)  # the end of the day does not leave the hall without its hub

    async def _update(self) -> None:
        if self._updating is not None and self._plan.update_at is not None:
            assert self.hub is not None
            await asyncio.sleep(self._plan.update_at)
            await asyncio.to_thread(self._updating.run, self._plan.hall.hall.id, self.hub)

    async def _provoke(self) -> None:
        if not self._plan.provoke:
            return
        assert self.hub is not None
        provoker = provoking.Provoker(self._plan.hall, self.hub, self.agents, self._processes.addresses.pages)
        self._alerts |= dict.fromkeys(self._plan.provoke)
        await asyncio.to_thread(provoker.arm, self._plan.provoke)
        for kind in self._plan.provoke:
            self._alerts[kind] = took_s = await asyncio.to_thread(provoker.provoke, kind)
            self._say(f"{kind}: " + (f"an alert after {took_s:.1f} s" if took_s is not None else "no alert"))

    async def _kill_hub(self) -> None:
        self._say("the hub is killed (SIGKILL)")
        killed = time.monotonic()
        await asyncio.to_thread(self._processes.kill_hub)
        self._kills += 1
        await asyncio.sleep(self._plan.hub_away_s)
        await asyncio.to_thread(self._processes.start_hub)
        self._away_s = max(self._away_s, time.monotonic() - killed)
        self._say(f"the hub is back after {time.monotonic() - killed:.1f} s")

    async def _watch(self, ledger: Ledger, tally: people.Tally, booked: Mapping[str, Kept], start: float) -> None:
        while True:
            await asyncio.sleep(1.0)
            self._processes.measure()
            if round(time.monotonic() - start) % 10 == 0:
                self._pss_mb_peak = max(self._pss_mb_peak, await asyncio.to_thread(memory_mb))
            counts = ledger.counts()
            told = " ".join(f"{coming} {count}" for coming, count in ended_well(ledger, booked).items())
            self._say(
                f"{time.monotonic() - start:5.0f} s  came {tally.came}  taken {counts['tickets_taken']}  "
                f"called {counts['called']}  served {counts['served']}  rated {counts['rated']}  "
                f"no-show {counts['no_show']}  appointments kept {counts['appointments_kept']} "
                f"missed {counts['appointments_missed']} given up {counts['appointments_cancelled']}, "
                f"as they had to: {told}"
            )

    async def _close_the_books(self, ledger: Ledger) -> None:
        """Wait until what is under way has reached the log, and the log has reached us."""
        if self._killing is not None:
            await self._killing
        deadline = time.monotonic() + _CLOSE_S
        quiet, seen = time.monotonic(), sum(ledger.kinds.values())
        while time.monotonic() - quiet < _QUIET_S and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
            now = sum(ledger.kinds.values()) - ledger.kinds["rating-lapsed"]
            if now != seen:
                quiet, seen = time.monotonic(), now

    @contextlib.contextmanager
    def _running(self, *work: Coroutine[Any, Any, None]) -> Iterator[None]:
        """Tasks that live as long as the block. An error in one of them ends the rehearsal, and is not swallowed."""
        tasks = [asyncio.create_task(one) for one in work]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            failed = [error for task in tasks if task.done() and not task.cancelled() and (error := task.exception())]
            for task in tasks:
                task.cancel()
            if failed:
                raise failed[0]

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception():
            self.stop()
