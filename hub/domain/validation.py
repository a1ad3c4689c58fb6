"""Wishes about something that the hall does not have: no business of the rules, refused at the door."""

import re
from datetime import timedelta

from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.domain import counters, hours, numbering, settings
from hub.domain.state import Day
from wire.reasons import are_reasons

_CODE = re.compile("[0-9A-Z]{8,16}")
_CLOCK = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


class InvalidCommandError(ValueError):
    """What is wrong, and what there is instead. `code`: of `hub.domain.words`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def validate(state: Day, command: c.Command) -> None:
    """Raises InvalidCommandError."""
    if isinstance(command, c.OnCounter):
        _counter(state, command.counter)
    match command:
        case c.TakeTicket():
            _taking(state, command)
        case c.AdmitTicket():
            _service(state, command.service)
            if not numbering.is_own_series(command.number, command.service):
                text = f"{command.number!r} is not of a machine's own series of its service"
                raise InvalidCommandError("bad-number", text)
        case c.Amend():
            _reason(command.reason)
            _priority(state, command.priority or "")
            if command.service is not None:
                _service(state, command.service)
        case ac.Book():
            _service(state, command.service)
            _open_to_appointments(state, command.service)
            _code(command.code)
            _clock(command.slot)
        case ac.MoveAppointment():
            _clock(command.slot)
        case c.Cancel() | c.Call():
            _reason(command.reason)
        case c.Transfer():
            _destination(state, command)
        case c.AddItem():
            _service(state, command.service)
        case c.SignOn():
            _clerk(state, command)
        case c.Rate():
            if not 1 <= command.level <= 5:
                raise InvalidCommandError("bad-level", f"a rating is 1 to 5, not {command.level}")
        case c.GiveReasons():
            if not are_reasons(command.level, command.reasons):
                raise InvalidCommandError("bad-reasons", f"these are no reasons for a rating of {command.level}")
        case c.ChangeSettings():
            if wrong := settings.problems(state, command.changes):
                raise InvalidCommandError("bad-settings", "; ".join(wrong))


def _counter(state: Day, ident: str) -> None:
    if all(known.id != ident for known in state.hall.counter):
        raise InvalidCommandError("unknown-counter", f"this hall has no counter {ident!r}")


def _service(state: Day, letter: str) -> None:
    if all(known.letter != letter for known in state.hall.service):
        letters = ", ".join(known.letter for known in state.hall.service)
        raise InvalidCommandError("unknown-service", f"this hall has no service {letter!r}; it has {letters}")


def _priority(state: Day, ident: str) -> None:
    classes = [one.id for one in state.hall.priority]
    if ident and ident not in classes:
        text = f"this hall has no priority class {ident!r}; it has {', '.join(classes) or 'none'}"
        raise InvalidCommandError("unknown-priority", text)


def _reason(text: str) -> None:
    if not text.strip():
        raise InvalidCommandError("reason-missing", "what is done out of turn needs a reason")


def _taking(state: Day, command: c.TakeTicket) -> None:
    items = (command.service, *command.more)
    for letter in items:
        _service(state, letter)
    _priority(state, command.priority)
    _slot(state, command)
    if len(set(items)) < len(items):
        raise InvalidCommandError("same-service", "a service can be on a ticket once")
    if len(items) > state.hall.policy.items_max:
        raise InvalidCommandError("items-limit", f"a ticket holds {state.hall.policy.items_max} services at the most")


def _slot(state: Day, command: c.TakeTicket) -> None:
    """Of today: who is booked for another day would never be called."""
    slot = command.slot_at
    near = slot is None or abs(slot - command.at) <= timedelta(days=1)  # further off, it may have no local time at all
    if not near or (slot and hours.local(state.hall, slot).strftime("%Y-%m-%d") != state.day):
        raise InvalidCommandError("bad-slot", f"the appointment at {slot} is not on {state.day}")


def _open_to_appointments(state: Day, letter: str) -> None:
    service = next(known for known in state.hall.service if known.letter == letter)
    if not service.appointment:
        raise InvalidCommandError("no-appointments-here", f"service {letter} takes no appointments")


def _code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise InvalidCommandError("bad-code", "a code is 8 to 16 letters and digits")


def _clock(text: str) -> None:
    if not _CLOCK.fullmatch(text):
        raise InvalidCommandError("bad-slot", f"{text!r} is no time such as 09:30")


def _destination(state: Day, command: c.Transfer) -> None:
    if not (command.service or command.to):
        raise InvalidCommandError("where-missing", "a transfer needs a service, a counter, or both")
    if command.service:
        _service(state, command.service)
    if command.to:
        _counter(state, command.to)


def _clerk(state: Day, command: c.SignOn) -> None:
    if command.clerk and all(known.number != command.clerk for known in state.hall.clerk):
        raise InvalidCommandError("unknown-clerk", f"this hall has no clerk with the work number {command.clerk!r}")
    if not counters.usual_clerk(state, command):
        raise InvalidCommandError("unknown-clerk", f"nobody usually sits at counter {command.counter}: give a number")
