"""Has the board run the release that the hub orders: fetches it, tries it out, keeps it or goes back, and says so.

    fetching ─→ unpacked ─(nobody would lose by it)─→ trying ═ the launcher starts it ═→ proved: running
        │                                                                             └→ not: returned
        └→ refused

A trial proves itself by mutual TLS and an answered health report while no part of the hardware is worse than before.
What went back is not tried again until the hub orders it anew, by another revision.
"""

import errno
import logging
import queue
import random
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from edge.runtime.download import Part
from edge.runtime.fetching import BusyError
from edge.runtime.keeper import Site
from edge.runtime.releases import NAME, NoRoomError, RefusedError, Releases
from edge.runtime.version import VERSION
from wire import codec
from wire.base import Fact
from wire.upkeep import Release, Updated, UpdateOutcome

_BACKOFF_S = (5.0, 15.0, 60.0, 300.0)
_LOOK_S = 1.0  # how often a trial, and somebody who must not be disturbed, is looked at
_HEALTH_ID = re.compile(r".*-h\d+\Z", re.DOTALL)

log = logging.getLogger(__name__)


class AnyFetcher(Protocol):
    def fetch(self, part: Part[Any], go_on: Callable[[], bool]) -> None:
        """Raises FetchError, OSError."""


class UpdateKeeper:
    """`on_trial`: this process is a trial of `running`. `spread_s`: how long, at the most, a fetch waits, so that a
    hall's boards do not all come at once. `gate_s`: how long a trial has for its proof, after `settle_s`; `proved()`
    is called with the proof, to call off the launcher's own deadline.
    """

    kind = "release"

    def __init__(
        self,
        releases: Releases,
        fetcher: AnyFetcher,
        device_class: str,
        *,
        on_trial: bool,
        spread_s: float = 60.0,
        gate_s: float = 120.0,
        settle_s: float = 3.0,
        running: str = VERSION,
        proved: Callable[[], object] = lambda: None,
        backoff_s: tuple[float, ...] = _BACKOFF_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._releases, self._fetcher, self._class = releases, fetcher, device_class
        self._on_trial, self._running, self._proved = on_trial, running, proved
        self._spread_s, self._gate_s, self._settle_s, self._backoff_s = spread_s, gate_s, settle_s, backoff_s
        self._monotonic = monotonic  # the hub sets the agent's clock: a deadline must not jump with it
        self._site: Site | None = None
        self._began = 0.0
        self._up = self._answered = False
        self._seen = (0, 0)  # epoch and version of the newest order
        self._order: Release | None = None
        self._wish: Release | None = None  # is being fetched, or waits for its trial
        self._said: set[tuple[int, UpdateOutcome]] = set()
        self._look_at: float | None = None
        self._unpacked: Release | None = None
        self._fault = ""
        self._results: queue.SimpleQueue[tuple[Release, str]] = queue.SimpleQueue()  # and why it is refused, or ""
        self._stopping = threading.Event()
        self._worker: threading.Thread | None = None

    # As the agent's loop calls it.

    def begin(self, site: Site, at: float) -> None:
        self._site, self._began = site, self._monotonic()
        self._look_at = at if self._on_trial else None

    def take(self, at: float, payload: bytes) -> None:
        order = codec.decode_release(payload)
        if (order.epoch, order.version) >= self._seen:
            self._seen, self._order = (order.epoch, order.version), order
            self._consider(at)

    def linked(self, at: float, up: bool) -> None:
        self._up = up

    def answered(self, at: float, to: str) -> None:
        self._answered = self._answered or bool(_HEALTH_ID.match(to))

    def wake_at(self) -> float | None:
        return self._look_at

    def tick(self, at: float) -> None:
        if self._on_trial:
            self._judge(at)
        while not self._results.empty():
            self._ended(at, *self._results.get())
        if self._unpacked is not None:
            self._try_out(at, self._unpacked)

    def facts(self) -> dict[str, Fact]:
        """`update`: what is under way, and with which version; `update_fault`: what holds it up."""
        if self._on_trial:
            return {"update": f"trial of {self._running}"}
        if self._wish is None:
            return {}
        phase = "ready" if self._unpacked is not None else "fetching"
        return {"update": f"{phase} {self._wish.name}", **({"update_fault": self._fault} if self._fault else {})}

    def stop(self) -> None:
        self._stopping.set()
        if self._worker is not None and self._worker.is_alive():
            self._worker.join(20)

    # The order.

    def _consider(self, at: float) -> None:
        order, state = self._order, self._releases.state()
        if order is None or self._on_trial:
            return
        here = self._releases.sha256(order.name)
        if order.name == self._running and here in ("", order.sha256):
            self._drop()
            self._say(at, order, "running")
        elif state.returned and (state.returned.name, state.returned.revision) == (order.name, order.revision):
            self._drop()
            self._say(at, order, "returned", state.returned.why)
        elif order.held or (order.revision, "refused") in self._said:
            self._drop()
        elif here and here != order.sha256:
            self._refuse(
                at, order, "同名版本内容不同，请换名发布 This version is here with other content: name it anew"
            )
        elif not NAME.match(order.name):
            self._refuse(at, order, "版本名称无效 This is no name of a version")
        elif self._wish is None or self._wish.sha256 != order.sha256 or self._wish.revision != order.revision:
            self._drop()
            self._wish = order
            self._say(at, order, "fetching")
            self._work(order)

    def _drop(self) -> None:
        self._wish = self._unpacked = None
        self._fault, self._look_at = "", None

    def _refuse(self, at: float, order: Release, why: str) -> None:
        self._drop()
        log.warning("release %s is refused: %s", order.name, why)
        self._say(at, order, "refused", why)

    def _ended(self, at: float, release: Release, why: str) -> None:
        if release is not self._wish:
            self._consider(at)  # another was ordered meanwhile
        elif why:
            self._refuse(at, release, why)
        else:
            self._unpacked, self._look_at = release, at

    def _try_out(self, at: float, release: Release) -> None:
        """Not while somebody would lose by it, nor while the hub is away: the trial could not prove itself."""
        site = self._here()
        self._look_at = at + _LOOK_S
        if site.busy() or not self._up:
            return
        try:
            self._releases.try_out(release, site.ailing())
        except OSError as error:
            self._fault = f"无法保存 cannot be kept: {error}"
            return
        self._say(at, release, "trying")
        log.warning("release %s is tried out", release.name)
        site.renew()

    # The trial.

    def _judge(self, at: float) -> None:
        site, state = self._here(), self._releases.state()
        past = self._monotonic() - self._began
        self._look_at = at + _LOOK_S
        ailing = {name: said for name, said in site.ailing().items() if name not in state.ailing}
        if self._up and self._answered and not ailing and past >= self._settle_s:
            self._commit(at)
        elif past >= self._gate_s:
            self._look_at = None
            why = self._why_not(ailing)
            log.error("release %s goes back: %s", self._running, why)
            try:
                self._releases.give_up(why)
            except OSError:
                log.exception("that cannot be kept: the launcher counts instead")
            site.renew()

    def _commit(self, at: float) -> None:
        state = self._releases.state()
        try:
            self._releases.commit(self._running)
        except OSError as error:
            log.warning("release %s has proved itself, which cannot be kept yet: %s", self._running, error)
            return
        self._proved()
        self._on_trial, self._look_at = False, None
        log.warning("release %s has proved itself", self._running)
        self._tell(at, self._running, state.revision, "running")
        self._said.add((state.revision, "running"))
        self._consider(at)

    def _why_not(self, ailing: dict[str, str]) -> str:
        if not self._up:
            return "连接不上主机 It did not connect to the hub"
        if not self._answered:
            return "健康报告无应答 No health report of it was answered"
        said = "; ".join(f"{name}: {what}" for name, what in ailing.items())
        return f"硬件状态变差 The hardware is worse with it: {said}"

    # What the hub is told.

    def _say(self, at: float, order: Release, outcome: UpdateOutcome, text: str = "") -> None:
        """Once in a life of the process: then the hub has it, or asks by the order, which it retains."""
        if (order.revision, outcome) not in self._said:
            self._said.add((order.revision, outcome))
            self._tell(at, order.name, order.revision, outcome, text)

    def _tell(self, at: float, name: str, revision: int, outcome: UpdateOutcome, text: str = "") -> None:
        site = self._here()
        moment = datetime.fromtimestamp(at, UTC)
        site.send(
            Updated(
                id=site.ident(),
                at=moment,
                name=name,
                outcome=outcome,
                running=self._running,
                revision=revision,
                text=text[:500],
            )
        )

    def _here(self) -> Site:
        assert self._site is not None, "begin comes first"
        return self._site

    # The worker's thread: one release, then it ends.

    def _work(self, release: Release) -> None:
        before = self._worker
        self._worker = threading.Thread(target=self._run, args=(release, before), name="update", daemon=True)
        self._worker.start()

    def _run(self, release: Release, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        failures, wait_s = 0, random.uniform(0, self._spread_s)  # noqa: S311 - not a secret
        while self._is_wanted(release) and not self._stopping.wait(wait_s) and self._is_wanted(release):
            try:
                self._fetch(release)
            except (RefusedError, NoRoomError) as error:
                return self._result(release, str(error))
            except BusyError as error:
                wait_s = error.retry_s * random.uniform(1.0, 2.0)  # noqa: S311
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    return self._result(release, f"存储空间已满 This board's disk is full: {error}")
                self._fault = f"暂时无法下载 cannot be fetched now: {error}"
                wait_s = self._backoff_s[min(failures, len(self._backoff_s) - 1)] * random.uniform(1.0, 2.0)  # noqa: S311
                failures += 1
            else:
                return self._result(release, "") if self._is_here(release) else None
        return None

    def _fetch(self, release: Release) -> None:
        if self._is_here(release):
            return
        part = self._releases.part(release)
        try:
            self._releases.make_room(release, release.size - part.size)
            self._fetcher.fetch(part, lambda: self._is_wanted(release))
            if part.size == release.size:
                self._fault = ""
                self._releases.unpack(part, self._class)
        finally:
            part.close()

    def _is_here(self, release: Release) -> bool:
        return self._releases.is_factory(release.name) or self._releases.sha256(release.name) == release.sha256

    def _is_wanted(self, release: Release) -> bool:
        return self._wish is release and not self._stopping.is_set()

    def _result(self, release: Release, why: str) -> None:
        self._results.put((release, why))
        self._here().wake()
