"""Faults to plant, each a small patch of the real code, for one run. A simulation that misses one is blind."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from unittest import mock

from msgspec.structs import replace

from edge.runtime import agent, outbox
from edge.runtime.device import Arrived
from edge.ticket_printer.events import Remembered
from hub import desk
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import lanes, numbering, ratings, tickets, undoing
from hub.domain.queue import decide
from hub.mqtt import gateway, translation
from hub.storage import event_log, sqlite_log
from hub.waiting import Outcome
from simulation import hardware, storage
from simulation.loop import running_process

Patch = contextlib.AbstractContextManager[object]
FAULTS: dict[str, Callable[[], Patch]] = {}


@contextlib.contextmanager
def planted(name: str) -> Iterator[None]:
    """Nothing for an empty name. Raises KeyError for one that there is not."""
    if not name:
        yield
        return
    with FAULTS[name]():
        yield


def _fault(make: Callable[[], Patch]) -> Callable[[], Patch]:
    FAULTS[make.__name__.strip("_").replace("_", "-")] = make
    return make


# In the desk and the log.


@_fault
def _command_ids_not_deduplicated() -> Patch:
    """A message that comes twice is done twice."""
    append = storage.SimulatedLog.append

    def anew(log: storage.SimulatedLog, batch: Sequence[event_log.Append]) -> list[event_log.Recorded]:
        count = log.last_position()
        return append(log, [replace(one, command=f"{one.command}#{count + n}") for n, one in enumerate(batch)])

    return mock.patch.object(storage.SimulatedLog, "append", anew)


@_fault
def _refusal_not_recorded() -> Patch:
    """Refused, and forgotten: when the message comes again, it may be granted."""
    handle = desk.Desk.handle

    async def forgetful(self: desk.Desk, hall: str, command: Any) -> Outcome:
        events = decide(self.today(hall), command)
        if len(events) == 1 and isinstance(events[0], e.Refused):
            return Outcome(events, self.position)
        return await handle(self, hall, command)

    return mock.patch.object(desk.Desk, "handle", forgetful)


@_fault
def _answered_before_the_commit() -> Patch:
    """The answer is out, and the commit comes a little later: together with others, for speed."""
    return mock.patch.object(storage.SimulatedLog, "_store", _store_later)


def _store_later(log: Any, batch: Sequence[event_log.Append]) -> list[event_log.Recorded]:
    if not log._db.in_transaction:
        log._db.execute("BEGIN IMMEDIATE")
        log.pending, log.count = [], 0
    recorded = [one for append in batch for one in log._insert(append)]
    log.pending += recorded
    log.count += 1
    if log.count >= 3:
        log._db.execute("COMMIT")
        log._storage.committed(log.pending)
    return recorded


@_fault
def _stream_moved_unnoticed() -> Patch:
    """Whoever appends second does not see that somebody was faster: its events just follow."""
    insert = sqlite_log.SqliteLog._insert

    def after_whatever(log: Any, append: event_log.Append) -> list[event_log.Recorded]:
        query = "SELECT coalesce(max(version), 0) FROM event WHERE stream = ?"
        last = log._db.execute(query, (append.stream,)).fetchone()[0]
        return insert(log, replace(append, after=last))

    return mock.patch.object(sqlite_log.SqliteLog, "_insert", after_whatever)


@_fault
def _numbers_counted_in_memory() -> Patch:
    """The counter of numbers starts anew with the hub, and the database has no constraint that would tell."""
    counts: dict[tuple[int, str], int] = {}
    number = numbering.number

    def counted(service: str, ordinal: int, mark: Any = "") -> str:
        here = id(running_process())
        counts[here, service] = counts.get((here, service), 0) + 1
        return number(service, counts[here, service], mark)

    stack = contextlib.ExitStack()
    stack.enter_context(mock.patch.object(numbering, "number", counted))
    stack.enter_context(mock.patch.object(sqlite_log.VIEWS, "new_ticket", sqlite_log.VIEWS.ticket))
    return stack


@_fault
def _known_command_answered_as_new() -> Patch:
    """The outcome of a repeated command is taken from what the state says now, not from the log."""

    async def shrugged(self: Any, wish: Any) -> bool:
        wish.succeed(Outcome(decide(self._days[wish.hall, wish.day], wish.command), self.position))
        return True

    return mock.patch.object(desk.Desk, "_answered_before", shrugged)


# In the rules.


@_fault
def _priority_without_ageing() -> Patch:
    return mock.patch.object(lanes, "is_aged", return_value=False)


@_fault
def _priority_without_ratio() -> Patch:
    def always_first(state: Any, counter: str, there: lanes.Lanes) -> Any:
        lane = next((lane for lane in range(3) if there.fronts[lane]), None)
        return None if lane is None else (lane, (0, 0, 0))

    return mock.patch.object(lanes, "turn", always_first)


@_fault
def _undo_gives_the_number_back() -> Patch:
    """What was undone never was: also the numbers given meanwhile."""

    def too_much(state: Any, event: e.ActionUndone) -> Any:
        issued = state.issued.set("A", max(0, state.issued.get("A", 0) - 1))
        return undoing.undone(replace(state, issued=issued), event)

    return mock.patch.dict("hub.domain.evolve._EFFECTS", {e.ActionUndone: too_much})


@_fault
def _failed_print_ignored() -> Patch:
    """A ghost: nobody has that slip, and it stays in the queue."""
    confirm = tickets.confirm_print

    def deaf(state: Any, command: Any) -> Any:
        return confirm(state, replace(command, outcome="unknown") if command.outcome == "failed" else command)

    return mock.patch.dict("hub.domain.queue._RULES", {c.ConfirmPrint: deaf})


@_fault
def _replaced_wish_honoured() -> Patch:
    """The machine gave a number of its own, and the hub's lives on."""
    return mock.patch.object(tickets, "_give_up", return_value=())


@_fault
def _rated_again() -> Patch:
    """Whoever presses last has said it."""

    def anew(state: Any, command: Any) -> Any:
        asked = state.asks.get(command.ask)
        if asked is None or asked.phase != "rated":
            return rate(state, command)
        return rate(replace(state, asks=state.asks.set(command.ask, replace(asked, phase="asked"))), command)

    rate = ratings.rate
    return mock.patch.dict("hub.domain.queue._RULES", {c.Rate: anew})


# In the gateway.


@_fault
def _expiry_ignored() -> Patch:
    def never(at: datetime, expires_s: float, now: datetime) -> bool:
        return False

    return mock.patch.object(translation, "_is_late", never)


@_fault
def _views_not_published_again() -> Patch:
    """After the broker has forgotten everything."""
    connected = gateway.Gateway._connected

    def trusting(self: Any) -> None:
        with mock.patch.object(self._retained, "clear"):
            connected(self)

    return mock.patch.object(gateway.Gateway, "_connected", trusting)


@_fault
def _answered_without_the_desk() -> Patch:
    """What the desk could not take now is answered as if it had."""

    def kind(self: Any, device: str, to: str, *, code: str = "", text: str = "") -> None:
        reply(self, device, to, code="" if code == "unavailable" else code, text=text)

    reply = gateway.Gateway._reply
    return mock.patch.object(gateway.Gateway, "_reply", kind)


# On a board.


@_fault
def _view_version_ignored() -> Patch:
    def whatever(self: Any, at: float, topic: str, view: Any) -> None:
        self._react(Arrived(at=at, message=view))

    return mock.patch.object(agent.Agent, "_show", whatever)


@_fault
def _outbox_forgets_at_once() -> Patch:
    """Sent is as good as done."""
    send = agent.Agent._send

    def forgetful(self: Any, at: float, message: Any, durable: bool) -> bool:
        taken = send(self, at, message, durable)
        self._outbox.done(message.id)
        return taken

    return mock.patch.object(agent.Agent, "_send", forgetful)


@_fault
def _journal_without_fsync() -> Patch:
    write = outbox.Outbox._write

    def quick(self: Any, file: Any, record: Any, *, durable: bool) -> None:
        write(self, file, record, durable=False)

    return mock.patch.object(outbox.Outbox, "_write", quick)


@_fault
def _own_series_not_saved() -> Patch:
    """The machine believes that its count is on the disk."""

    def skip(self: Any, memory: Any) -> None:
        self._emit(lambda at: Remembered(at=at, memory=memory, ok=True))

    return mock.patch.object(hardware.Machine, "_save", skip)
