"""What must hold once nothing is under way any more: views are true, nothing that people hold or did is missing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hub.domain import projection
from hub.domain.state import OPEN, Day, Ticket, new_day
from hub.mqtt import views
from hub.roster import Roster, Seat
from simulation.books import Books, Held
from simulation.device import Device
from wire.messages import Issued, Printed

if TYPE_CHECKING:
    from simulation.world import World

_ROWS = 6  # of calls on a screen, by its usual settings
_NOT_CALLED = ("reserved", "waiting")


def everybody_is_connected(world: "World") -> str:
    for hub in world.hubs:
        if hub.desk is None:
            return f"{hub.name} is down"
    for device in world.devices.values():
        if device.link is None or not device.link.is_up:
            return f"{device.name} has no link to the hub"
    return ""


def hubs_know_the_log(world: "World") -> str:
    for hub in world.hubs:
        assert hub.desk is not None
        today = hub.desk.today(world.hall.hall.id)
        if today != _today(world):
            return f"{hub.name} is at version {today.version} of {today.day}, the log at {_today(world).version}"
    return ""


def nothing_waits_in_a_journal(world: "World") -> str:
    for device in world.devices.values():
        if device.outbox is not None and len(device.outbox):
            return f"{device.name} still has {len(device.outbox)} entries"
    return ""


def views_are_true(world: "World") -> str:
    roster = Roster([world.hall], list)
    for device in world.devices.values():
        seat = Seat(hall=world.hall.hall.id, position=device.position, device=device.name)
        wanted = views.view(_today(world), roster, seat, world.true.wall())
        shown = _plain(device.agent.state.view) if device.agent else None
        if shown != wanted:
            return f"{device.name} has {shown}, the truth is {wanted}"
    return ""


def windows_show_the_truth(world: "World") -> str:
    for device in _of(world, "led_window"):
        counter = projection.counter_of(world.hall, device.position.counter)
        assert counter is not None
        now = projection.counter_now(_today(world), counter)
        if now.number and device.hardware.text != now.number:
            return f"{device.name} shows {device.hardware.text!r}, its counter has {now.number}"
        if not now.number and any(sign.isdigit() and len(device.hardware.text) == 4 for sign in device.hardware.text):
            return f"{device.name} shows {device.hardware.text!r}, and its counter has nobody"
    return ""


def screens_show_the_truth(world: "World") -> str:
    for device in _of(world, "signage_player"):
        area = next(area for area in world.hall.area if area.id == device.position.area)
        board = projection.board(_today(world), area, epoch=0, version=0)
        screen = device.hardware.shown
        wanted = board.calls[:_ROWS]
        if screen.notice or screen.calls != wanted:
            shown = "nothing" if screen.notice else [one.number for one in screen.calls]
            return f"{device.name} shows {shown}, the board is {[one.number for one in wanted]}"
    return ""


def slips_are_known(world: "World") -> str:
    """Whoever holds a slip is in the queue, was called, or was told: not forgotten, nor put out as never printed."""
    for held in world.books.held:
        found = list(_tickets(world.books, held))
        if not found:
            return f"{held.slip.number} of {held.machine} is in a hand, and not in the log"
        reasons = [world.books.cancelled.get((day, ticket.number), "") for day, ticket in found]
        if all(reason.startswith(("print failed", "replaced by")) for reason in reasons):
            return f"{held.slip.number} of {held.machine} is in a hand, and was cancelled: {reasons}"
    return ""


def failed_prints_leave_no_ghost(world: "World") -> str:
    for command, wish in world.books.said(Printed):
        message = wish.message
        if isinstance(message, Printed) and message.outcome == "failed":
            ticket = _today(world).tickets.get(message.number)
            taken_before = ticket is not None and ticket.taken_at.timestamp() <= _began(world) + wish.at
            if ticket is not None and ticket.by == wish.device and taken_before and ticket.phase in _NOT_CALLED:
                return f"{message.number} failed to print ({command}), and is {ticket.phase}"
    return ""


def replaced_wishes_stay_replaced(world: "World") -> str:
    for _, wish in world.books.said(Issued):
        instead_of = wish.message.instead_of if isinstance(wish.message, Issued) else ""
        for day in world.books.days.values() if instead_of else ():
            number = day.taken.get(f"{wish.device}/{instead_of}")
            if number is not None and day.tickets[number].phase in _NOT_CALLED:
                return f"{number} waits, though {wish.device} gave {getattr(wish.message, 'number', '')} in its place"
    return ""


def thanks_are_in_the_log(world: "World") -> str:
    missing = [command for command in world.books.thanked if command not in world.books.commands]
    return f"a citizen was thanked for {missing[0]}, which is not in the log" if missing else ""


def what_was_journaled_is_in_the_log(world: "World") -> str:
    for command, wish in world.books.wishes.items():
        if wish.is_journaled and command not in world.books.commands:
            return f"{wish.device} journaled {wish.message}, which is not in the log"
    return ""


def earlier_days_are_closed(world: "World") -> str:
    today = _today(world).day
    for name, day in world.books.days.items():
        left = [ticket.number for ticket in day.tickets.values() if ticket.phase in OPEN]
        if name < today and (left or not day.ended):
            return f"{name} is over, and open: {left or 'the day itself'}"
    return ""


def the_table_says_what_the_log_says(world: "World") -> str:
    rows = world.storage.tickets()
    logged = {
        (name, ticket.number): (ticket.phase, ticket.counter)
        for name, day in world.books.days.items()
        for ticket in day.tickets.values()
    }
    wrong = sorted(key for key in rows.keys() | logged.keys() if rows.get(key) != logged.get(key))
    return f"{wrong[0]}: {rows.get(wrong[0])} in the table, {logged.get(wrong[0])} by the log" if wrong else ""


AT_REST = (
    everybody_is_connected,
    nothing_waits_in_a_journal,
    hubs_know_the_log,
    views_are_true,
    windows_show_the_truth,
    screens_show_the_truth,
    slips_are_known,
    failed_prints_leave_no_ghost,
    replaced_wishes_stay_replaced,
    thanks_are_in_the_log,
    what_was_journaled_is_in_the_log,
    earlier_days_are_closed,
    the_table_says_what_the_log_says,
)


def _today(world: "World") -> Day:
    name = world.local_day()
    return world.books.days.get(name) or new_day(world.hall, name)


def _began(world: "World") -> float:
    return world.books.wall().timestamp() - world.books.true()


def _of(world: "World", kind: str) -> Iterator[Device]:
    return (device for device in world.devices.values() if device.position.device_class == kind)


def _plain(view: Any) -> Any:
    return None if view is None else replace(view, epoch=0, version=0)


def _tickets(books: Books, held: Held) -> Iterator[tuple[str, Ticket]]:
    """Those that the slip may be: given by that machine, at most a day apart."""
    for name, day in books.days.items():
        ticket = day.tickets.get(held.slip.number)
        if ticket is not None and ticket.by == held.machine and abs(ticket.taken_at - held.at) < timedelta(days=1):
            yield name, ticket
