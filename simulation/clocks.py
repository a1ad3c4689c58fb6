"""Three kinds of time: the world's true one, a hub's, which is stepped now and then, and a board's, which is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # a Monday; 08:00 in Beijing


class TrueTime:
    """Seconds since the world began, nights included: a night is skipped at once, with all clocks and no timers."""

    def __init__(self, loop_time: Callable[[], float]) -> None:
        self._loop_time = loop_time
        self._skipped = 0.0

    def __call__(self) -> float:
        return self._loop_time() + self._skipped

    def skip_to(self, moment: datetime) -> None:
        self._skipped += max(0.0, (moment - self.wall()).total_seconds())

    def wall(self) -> datetime:
        return BEGIN + timedelta(seconds=self())


class HubClock:
    """`off_s`: how far it is ahead of the truth; changing it is a step, as of an NTP daemon that gives up slewing."""

    def __init__(self, true: TrueTime, off_s: float = 0.0) -> None:
        self._true, self.off_s = true, off_s

    def now(self) -> datetime:
        return self._true.wall() + timedelta(seconds=self.off_s)


class BoardClock:
    """Of a board since its start: `drift` is a fraction, `behind_s` by how much its wall clock was wrong then."""

    def __init__(self, true: TrueTime, drift: float, behind_s: float) -> None:
        self._true, self._drift, self._behind_s = true, drift, behind_s
        self._booted = true()

    def monotonic(self) -> float:
        return (self._true() - self._booted) * (1 + self._drift)

    def wall(self) -> float:
        return BEGIN.timestamp() + self._booted + self.monotonic() - self._behind_s
