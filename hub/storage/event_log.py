"""What an event log does, whatever keeps it: durable, optimistic append, and reading in the order of commits.

`sqlite_log` and `postgresql_log` do it; tests/contract holds both to the same facts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from hub.domain.events import AnyEvent, TicketAdmitted, TicketReserved
from hub.domain.state import Appointment, Ticket


class LogError(Exception):
    """What can go wrong; nothing of the batch was stored, but for the last.

    LogError
    ├── StreamMovedError
    ├── CommandKnownError
    ├── InvariantError
    └── LogUnavailableError   when a server went away in the middle, the batch may be in the log: `of_command` knows
    """


class StreamMovedError(LogError):
    """Somebody else appended first: take in what they wrote, and decide again."""


class CommandKnownError(LogError):
    """A command of the batch is in the log already: its outcome stands there."""


class InvariantError(LogError):
    """The database itself refused: a number twice, or two active tickets at a counter."""


class LogUnavailableError(LogError):
    """Locked, disk full, file damaged, server away: whatever is asked of it now."""


class Append(msgspec.Struct, frozen=True):
    """The events of one command, to follow version `after` of `stream`; `tickets`: as they stand after them."""

    hall: str
    day: str
    after: int
    command: str
    events: tuple[AnyEvent, ...]
    tickets: tuple[Ticket, ...]
    appointments: tuple[Appointment, ...] = ()  # as they stand after them, too

    @property
    def stream(self) -> str:
        return stream_of(self.hall, self.day)

    def rows(self) -> list[tuple[Ticket, bool]]:
        """Each ticket, and whether these events give its number: then it is a new row, and one that is there fails.

        Those that leave a counter come before those that come to it, for a counter has one at a time.
        """
        given = {event.number for event in self.events if isinstance(event, TicketReserved | TicketAdmitted)}
        ordered = sorted(self.tickets, key=lambda ticket: ticket.phase in ("called", "serving"))
        return [(ticket, ticket.number in given) for ticket in ordered]


class Recorded(msgspec.Struct, frozen=True):
    """An event where the log has it. `position`: over all streams, `version`: in its stream; each without a gap."""

    position: int
    hall: str
    day: str
    version: int
    event: AnyEvent


class EventLog(Protocol):
    """Not thread-safe: every call but `listen` and `close` belongs to one thread (the writer). All raise LogError.

    A position is seen by no reader before all lower ones: who has read up to it has missed nothing.
    """

    poll_s: float  # how often to look for what other processes appended, whatever `listen` says

    def append(self, batch: Sequence[Append]) -> list[Recorded]:
        """All or nothing, and on disk when it returns. Ends a claim, also by failing."""

    def claim(self, position: int) -> list[Recorded]:
        """What came after `position`; and until the next `append`, which must follow at once, nobody else appends."""

    def stream(self, hall: str, day: str, after: int = 0) -> list[Recorded]:
        """From version `after` + 1 on."""

    def of_command(self, command: str) -> list[Recorded]:
        """What that command led to, or nothing."""

    def after(self, position: int, most: int = 1000) -> list[Recorded]:
        """Of all streams, in the order in which they were committed."""

    def last_position(self) -> int:
        """0: nothing has happened yet."""

    def has_day(self, hall: str, day: str) -> bool: ...

    def last_day(self, hall: str, before: str = "9999") -> str | None:
        """The newest day, earlier than `before`, that the hall has events of, or None."""

    def end(self, hall: str, day: str) -> tuple[int, int]:
        """(version, position) of the latest event of that day's stream; (0, 0): it has none."""

    def latest_at(self, hall: str) -> datetime | None:
        """When the latest event of the hall happened, of whichever day's stream: days to come have events before they
        begin. None: nothing has happened yet."""

    def epoch(self) -> int:
        """Counts the log's lives: raised when a backup is restored, so that screens forget versions from the future."""

    def listen(self, heard: Callable[[], None]) -> None:
        """From now on `heard()` is called, from another thread, soon after another process appended; if the log can."""

    def close(self) -> None: ...


def stream_of(hall: str, day: str) -> str:
    return f"queue/{hall}/{day}"


def hall_and_day(stream: str) -> tuple[str, str]:
    _, hall, day = stream.split("/")
    return hall, day
