"""One message of a device at its position → one command. Pure; here alone a caller turns into its counter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hub.appointments import codes
from hub.domain import appointment_commands as ac
from hub.domain import commands as c
from hub.roster import Roster, Seat
from wire import codec
from wire.messages import Action, CheckIn, Issued, Printed, Rating, RatingReasons, Relayed, TakeTicket, UpMessage

_CLASSES = {
    Action: "caller",
    Rating: "evaluator",
    RatingReasons: "evaluator",
    TakeTicket: "ticket_printer",
    CheckIn: "ticket_printer",
    Printed: "ticket_printer",
    Issued: "ticket_printer",
    Relayed: "repeater",
}
_ON_COUNTER: dict[str, type[c.OnCounter]] = {
    "call-next": c.CallNext,
    "recall": c.Recall,
    "serve": c.Serve,
    "end": c.End,
    "no-show": c.NoShow,
    "park": c.Park,
    "undo": c.Undo,
    "resume": c.Resume,
    "sign-off": c.SignOff,
}


_LONG_AGO_S = 8 * 3600.0  # a night; what comes this late was kept over night, or its date is wrong
_OLDEST_S = 7 * 86400.0
_TO_COME = timedelta(minutes=1)  # further ahead of ours no clock is that we have set
_SAID_MAX = 40  # characters of an argument or a reason
_CODE_MAX = 200  # characters of what a scanner read


class ClockUnknownError(Exception):
    """It says that it was long ago, and how right its clock was we shall only know from its next health report."""


class NotItsBusinessError(ValueError):
    """A message that this device has no say in; `code` for counting, text for its reply."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def speaker(roster: Roster, seat: Seat, message: UpMessage) -> tuple[Seat, UpMessage]:
    """Who really speaks: for a relayed message, the handheld that the repeater may speak for."""
    if not isinstance(message, Relayed):
        return seat, message
    handheld = roster.handheld(seat, message.handheld) if seat.position.kind == "repeater" else None
    if handheld is None:
        raise NotItsBusinessError("unknown-handheld", f"此中继器下没有登记手持器{message.handheld}")
    return handheld, message.message


def command(
    seat: Seat, device: str, ident: str, message: UpMessage, now: datetime, pseudonym: Callable[[str], str]
) -> c.Command:
    """The command that `message` stands for. `device` and `ident` name it for ever; `pseudonym` hides who it is for.

    Raises NotItsBusinessError, ClockUnknownError.
    """
    wanted = _CLASSES.get(type(message))
    if seat.position.device_class != wanted:
        raise NotItsBusinessError("wrong-class", f"点位{seat.position.id}不是{wanted}")
    about: dict[str, Any] = {"id": f"{device}/{ident}", "at": now, "by": device, "source": "mqtt"}
    if seat.position.wireless is not None:
        about |= {"handheld": seat.position.id, "said": _said(message), "said_at": getattr(message, "at", None)}
    match message:
        case Action():
            return _action(seat, message, now, about)
        case TakeTicket():
            if _is_late(seat, message, now):
                return c.RefuseLate(what="take-ticket", **about)
            return c.TakeTicket(
                service=message.service,
                more=message.more,
                priority=message.priority,
                person=pseudonym(message.person),
                voice=message.voice,
                printer=True,
                **about,
            )
        case CheckIn():
            if _is_late(seat, message, now):
                return c.RefuseLate(what="check-in", **about)
            code, person = codes.read_code(message.code[:_CODE_MAX]), pseudonym(message.person)
            return ac.CheckIn(code=code, person=person, printer=True, **about)
        case Printed():
            return c.ConfirmPrint(
                number=message.number,
                outcome=message.outcome,
                reason=message.reason[:80],
                printed_at=_happened_at(seat, message.at, now),
                **about,
            )
        case Issued():
            instead_of = f"{device}/{message.instead_of}" if message.instead_of else ""
            return c.AdmitTicket(
                number=message.number,
                service=message.service,
                taken_at=_happened_at(seat, message.at, now),
                instead_of=instead_of,
                day=message.day,
                **about,
            )
        case Rating():
            return c.Rate(ask=message.ask, level=message.level, reasons=message.reasons, pressed_at=message.at, **about)
        case RatingReasons():
            rating = f"{device}/{message.rating}"
            return c.GiveReasons(ask=message.ask, rating=rating, level=message.level, reasons=message.reasons, **about)
    raise NotItsBusinessError("no-command", "这类消息不是操作")


def _said(message: UpMessage) -> str:
    """The words of a handheld, the same whichever repeater heard them. A rating's level is not among them: who presses
    twice has changed his mind, and the first press counts."""
    if isinstance(message, Action):
        return f"{message.verb} {message.argument[:_SAID_MAX]}".rstrip()
    return codec.kind_of(message)


def _action(seat: Seat, message: Action, now: datetime, about: dict[str, Any]) -> c.Command:
    counter = seat.position.counter
    if not counter:
        raise NotItsBusinessError("no-counter", f"点位{seat.position.id}未设窗口")
    if _is_late(seat, message, now):
        return c.RefuseLate(what=message.verb, **about)
    match message.verb:
        case "call":
            reason = message.reason[:_SAID_MAX] or "呼叫器指呼"
            return c.Call(counter=counter, number=message.argument.upper(), reason=reason, **about)
        case "pause":
            return c.Pause(counter=counter, reason=message.reason[:_SAID_MAX], **about)
        case "return":
            return c.Return(counter=counter, number=message.argument.upper(), **about)
        case "transfer":
            return c.Transfer(counter=counter, **_destination(message.argument), **about)
        case "sign-on":
            return c.SignOn(counter=counter, clerk=message.argument, **about)
    return _ON_COUNTER[message.verb](counter=counter, **about)


def _destination(argument: str) -> dict[str, Any]:
    """One letter is a service; anything else is a counter, by its id."""
    return {"service": argument.upper()} if len(argument) == 1 and argument.isalpha() else {"to": argument}


def _is_late(seat: Seat, message: Action | TakeTicket | CheckIn, now: datetime) -> bool:
    """A moment to come is by the board's own clock, before we have set the agent's: its health says how far off.

    As long as we have not heard that, nobody knows how late it is; so it is, as with a clock that is behind.
    """
    at = message.at
    if at - now > _TO_COME:
        if seat.clock_behind_s is None or not message.id.startswith(seat.boot):  # what we know is of an earlier boot
            return True
        at += timedelta(seconds=seat.clock_behind_s)
    return now - at > timedelta(seconds=max(0.0, min(message.expires_s, 60.0)))


def _happened_at(seat: Seat, said: datetime, now: datetime) -> datetime:
    """When a journaled message was meant, in our time: never in the future, nor in another age.

    A board without a battery boots with the time at which it was switched off, perhaps last night, and dates by that
    what it does before it hears from us. Its health reports say how far behind it was.
    """
    age_s = max(0.0, (now - said).total_seconds())
    if age_s > _LONG_AGO_S:
        if seat.clock_behind_s is None:
            raise ClockUnknownError
        if seat.clock_behind_s > _LONG_AGO_S:
            age_s = max(0.0, age_s - seat.clock_behind_s)
    return now if age_s > _OLDEST_S else now - timedelta(seconds=age_s)
