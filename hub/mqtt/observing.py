"""What the gateway hears of devices' health and presence, gathered in memory and written every now and then."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from hub.roster import Roster, Seat
from hub.storage.audit import Audit
from hub.storage.health import SPAN_S, Change, HealthHistory, Keeping, Sample, Signal, seconds
from wire.base import Fact
from wire.messages import Health, Presence

_LOOK_S = 2.0  # how often who came and went is written, if anybody did

log = logging.getLogger(__name__)


_KEEPING = Keeping()


class Observer:
    """`healthy` and `present` only remember; `run` writes, and thins what has grown old, the audit's notes too."""

    def __init__(
        self,
        history: HealthHistory,
        audit: Audit,
        roster: Roster,
        now: Callable[[], datetime],
        keeping: Keeping = _KEEPING,
    ) -> None:
        self._history, self._audit, self._roster, self._now, self._keeping = history, audit, roster, now, keeping
        self._samples: list[Sample] = []
        self._signals: list[Signal] = []
        self._changes: list[Change] = []
        self._lock = Lock()

    def healthy(self, seat: Seat, message: Health) -> None:
        """Of the one process of the hub that answers it."""
        sample = _sample(seat, message, seconds(self._now()))
        signals = self._heard(seat, message, sample.at)
        with self._lock:
            self._samples.append(sample)
            self._signals += signals

    def present(self, seat: Seat, device: str, presence: Presence) -> None:
        """Of each process: what is no news is left out when it is written."""
        why = "started" if presence.online else presence.why or "lost"
        place = seat.position.id
        at = self._now()
        change = Change(
            hall=seat.hall,
            position=place,
            device=device,
            at=at,
            online=presence.online,
            boot=_plain(presence.boot, 64),
            why=_plain(why, 20),
        )
        with self._lock:
            self._changes.append(change)

    async def run(self, halls: Callable[[], list[str]]) -> None:
        loop = asyncio.get_running_loop()
        flush_at = loop.time() + self._keeping.flush_s
        thin_at = loop.time() + SPAN_S
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await asyncio.to_thread(self.flush_changes)
                if loop.time() >= flush_at:
                    flush_at = loop.time() + self._keeping.flush_s
                    await asyncio.to_thread(self.flush)
                if loop.time() >= thin_at:
                    thin_at = loop.time() + SPAN_S
                    await asyncio.to_thread(self.thin, halls())
            except Exception:
                log.exception("how devices are could not be stored; trying again")

    def flush(self) -> None:
        """What cannot be stored now is kept for the next time."""
        with self._lock:
            fresh, self._samples = self._samples, []
            signals, self._signals = self._signals, []
        try:
            self._history.add(fresh, signals)
        except Exception:
            with self._lock:
                self._samples = [*fresh, *self._samples][-10_000:]
                self._signals = [*signals, *self._signals][-10_000:]
            raise

    def flush_changes(self) -> None:
        with self._lock:
            fresh, self._changes = self._changes, []
        try:
            self._history.came_and_went(fresh)
        except Exception:
            with self._lock:
                self._changes = [*fresh, *self._changes][-10_000:]
            raise

    def close(self) -> None:
        self.flush_changes()
        self.flush()

    def thin(self, halls: list[str]) -> None:
        """One transaction for each position, and one for the audit: nobody waits long for any."""
        now = self._now()
        whole_until = seconds(now - timedelta(hours=self._keeping.whole_h))
        nothing_until = seconds(now - timedelta(days=self._keeping.days))
        for hall in halls:
            for seat in self._roster.seats(hall):
                self._history.thin(hall, seat.position.id, whole_until=whole_until, nothing_until=nothing_until)
        self._history.forget_changes(now - timedelta(days=self._keeping.days))
        self._audit.forget(now - timedelta(days=self._keeping.audit_days))

    def _heard(self, repeater: Seat, message: Health, at: int) -> list[Signal]:
        """Of the handhelds that it speaks of, as the roster has understood it."""
        if not message.handhelds:
            return []
        told = [seat for address, seat in self._roster.handhelds(repeater) if str(address) in message.handhelds]
        heard = [(seat, seat.hearings.get(repeater.position.id)) for seat in told]
        return [
            Signal(
                hall=seat.hall,
                position=seat.position.id,
                repeater=repeater.position.id,
                at=at,
                rssi_dbm=hearing.rssi_dbm,
                loss=hearing.loss,
                misses=_counted(hearing.misses),
            )
            for seat, hearing in heard
            if hearing is not None and hearing.heard_at is not None
        ]


def _sample(seat: Seat, message: Health, at: int) -> Sample:
    connects = message.device.get("connects")
    return Sample(
        hall=seat.hall,
        position=seat.position.id,
        at=at,
        connects=_counted(connects) if isinstance(connects, int) else None,
        memory_mb=message.memory_mb,
        disk_free_mb=message.disk_free_mb,
        cpu_c=message.cpu_c,
        offset_ms=message.clock_offset_ms,
        outbox=_counted(message.outbox),
        paper=_paper(message.device),
    )


def _counted(figure: int) -> int:
    """What a database takes for a whole number, whatever a device says."""
    return max(0, min(figure, 2**31 - 1))


def _plain(text: str, most: int) -> str:
    """Likewise for text: PostgreSQL takes no zero byte."""
    return "".join(sign for sign in text[:most] if sign.isprintable())


def _paper(facts: dict[str, Any] | dict[str, Fact]) -> str | None:
    printer = facts.get("printer")
    if printer is None or printer == "none":
        return None
    return "out" if printer == "paper out" else "low" if facts.get("paper_low") else "ok"
