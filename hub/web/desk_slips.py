"""The slip of a number that was given at the desk, printed by a ticket machine of the hall: chosen anew each time.

An order like any other: in the order book, in the audit, carried out once and soon. What became of it is waited for a
while, so that whoever sits there sees it on the page that answers the form.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec

from hub.desk import Desk
from hub.domain import slips
from hub.domain.events import TicketReserved
from hub.domain.state import OPEN
from hub.roster import Roster, Seat
from hub.storage.orders import KnownOrderError, OrderBook, Ordered
from wire.orders import Order, PrintSlip

Outcome: TypeAlias = Literal["printed", "failed", "sent", "silent", "away", "unsent", "too-many"]
"""`failed`: in the machine's words; `sent`: no answer yet; `silent`: none will come; the last three: not ordered."""

_EXPIRES_S = 10.0  # a slip that comes out later lies there for nobody
_WORKS_S = 25.0  # beyond that, for a slow printer
_LOOK_S = 0.2
_A_MINUTE = 12  # slips at one machine
_HOPELESS = ("paper out", "cover open", "error", "offline", "unplugged")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One that is online and has a printer. `trouble`: why it would print nothing now, as its health report has it."""

    position: str
    label: str
    trouble: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Of a slip. `machine`: its position, or the name on it; `order`: its id, or empty; `text`: the machine's words."""

    outcome: Outcome
    machine: str
    order: str = ""
    text: str = ""


class DeskSlips:
    """`order(device, what)` sends it; False when it cannot. `follow(hall, day, number)`: as of the gateway."""

    patience_s = 8.0

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        book: OrderBook,
        order: Callable[[str, Order], bool],
        follow: Callable[[str, str, str], str],
    ) -> None:
        self._desk, self._roster, self._book, self._order, self._follow = desk, roster, book, order, follow

    def machines(self, hall: str) -> list[Machine]:
        return [
            Machine(position=seat.position.id, label=_label(seat), trouble=_trouble(seat))
            for seat in self._roster.seats(hall)
            if _prints(seat)
        ]

    async def reserved(self, hall: str, number: str) -> TicketReserved | None:
        """As it was taken. None: nobody waits or is served by that number, or a machine gave it without the hub."""
        state = self._desk.today(hall)
        ticket = state.tickets.get(number)
        command = next((wish for wish, given in state.taken.items() if given == number), "")
        if ticket is None or ticket.phase not in OPEN or not command:
            return None
        events = (one.event for one in await self._desk.known(command))
        return next((one for one in events if isinstance(one, TicketReserved) and one.number == number), None)

    async def print(self, hall: str, position: str, reserved: TicketReserved, *, by: str, key: str) -> Told:
        """`key`: of the form that was sent: sent twice, it is printed once."""
        seat = self._roster.at(hall, position)
        ident = hashlib.sha256(f"{hall}/{by}/{key}".encode()).hexdigest()[:16]
        if seat is None or not _prints(seat):
            return Told(outcome="away", machine=_label(seat) if seat else position[:64])
        now = self._desk.now()
        try:
            if not await asyncio.to_thread(self._noted, seat, ident, reserved.number, by, now):
                return Told(outcome="too-many", machine=_label(seat))
        except KnownOrderError:
            return await self._waited_for(hall, ident, _label(seat))
        state = self._desk.today(hall)
        slip = slips.slip(state, reserved, self._desk.zone(hall), self._follow(hall, state.day, reserved.number))
        if not self._order(seat.device, PrintSlip(id=ident, at=now, expires_s=_EXPIRES_S, slip=slip)):
            return Told(outcome="unsent", machine=_label(seat))
        return await self._waited_for(hall, ident, _label(seat))

    def _noted(self, seat: Seat, ident: str, number: str, by: str, now: datetime) -> bool:
        """In the order book. False: there are too many already. Raises KnownOrderError."""
        lately = self._book.lately(seat.hall, seat.position.id, "print-slip", now - timedelta(minutes=1))
        if lately >= _A_MINUTE:
            return False
        self._book.order(
            hall=seat.hall,
            position=seat.position.id,
            device=seat.device,
            what="print-slip",
            detail=number,
            by=by,
            at=now,
            expires_at=now + timedelta(seconds=_EXPIRES_S + _WORKS_S),
            ident=ident,
        )
        return True

    async def _waited_for(self, hall: str, ident: str, label: str) -> Told:
        told = await self.became(hall, ident, patience_s=self.patience_s)
        return told or Told(outcome="silent", machine=label)  # so many came after it that it was forgotten

    async def became(self, hall: str, ident: str, *, patience_s: float = 0.0) -> Told | None:
        """Of the order with that id; its answer is waited for so long. None: there is none, or it is of no slip."""
        one = await self.ordered(hall, ident)
        give_up = asyncio.get_running_loop().time() + patience_s
        while one is not None and one.ok is None and asyncio.get_running_loop().time() < give_up:
            await asyncio.sleep(_LOOK_S)
            one = await self.ordered(hall, ident)
        if one is None:
            return None
        seat = self._roster.at(hall, one.position)
        outcome: Outcome = "printed" if one.ok else "failed"
        if one.ok is None:
            outcome = "sent" if self._desk.now() < one.expires_at else "silent"
        return Told(outcome=outcome, machine=_label(seat) if seat else one.position, order=one.id, text=one.text)

    async def ordered(self, hall: str, ident: str) -> Ordered | None:
        one = await asyncio.to_thread(self._book.one, ident)
        return one if one is not None and (one.hall, one.what) == (hall, "print-slip") else None


def _prints(seat: Seat) -> bool:
    return seat.position.device_class == "ticket_printer" and seat.online and seat.facts.get("printer") != "none"


def _label(seat: Seat) -> str:
    return f"{seat.position.id} {seat.position.label}".rstrip()


def _trouble(seat: Seat) -> str:
    state = str(seat.facts.get("printer", ""))
    return state if state in _HOPELESS else ""
