"""The ticket machine's mind: a tap becomes one ticket, the hub's or, when the hub is silent, one of its own series.

idle → asking the hub → printing → idle; idle or asking → saving the own series → printing → idle.
"""

from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, NotTaken, ReportHealth, Send, Tick
from edge.ticket_printer.events import (
    ButtonMoved,
    Memory,
    PrintEnded,
    Printer,
    PrinterChanged,
    PrintSlip,
    Remember,
    Remembered,
    Restored,
    ServiceChosen,
    ShowText,
)
from edge.ticket_printer.settings import Settings
from wire.messages import Fact, Issued, MachineView, Printed, PrintOutcome, Reply, Slip, TakeTicket

NOT_NOW = "暂时无法取号，请到咨询台 No tickets just now: please ask at the desk"
CLOSED = "该业务暂未开放 This service is closed at the moment"
NEXT_MACHINE = "打印机{state}，请用旁边的取号机 Printer: {english}. Please use the next machine"
CHINESE = {
    "paper out": "缺纸",
    "cover open": "上盖未关",
    "error": "故障",
    "offline": "未就绪",
    "unplugged": "未连接",
}
_OWN_MAX = 99  # own numbers have two digits
_SAVE_S = 10.0  # a disk that takes longer is taken to have failed
_SLACK_S = 20.0  # beyond the driver's own limit for a print: then the driver itself is taken to have failed


class Asking(msgspec.Struct, frozen=True):
    """The hub has been asked, or would have been, at `since`."""

    request: TakeTicket
    since: float
    resent: bool = False


class Saving(msgspec.Struct, frozen=True):
    """The own series is on its way to the disk; nothing is printed before it is there."""

    slip: Slip
    memory: Memory
    instead_of: str
    until: float


class Printing(msgspec.Struct, frozen=True):
    number: str
    until: float
    issued: str = ""  # the id of its Issued, for a number of the own series


Making: TypeAlias = Asking | Saving | Printing | None


class State(msgspec.Struct, frozen=True):
    context: Context
    settings: Settings
    count: int = 0  # of ids used
    up: bool = False
    printer: Printer = Printer()
    memory: Memory | None = None  # None: not restored; then no own numbers are given
    view: MachineView | None = None
    sure: bool = False  # of the day: since the start, the hub has named one, and the clock here agreed
    making: Making = None
    buttons: dict[str, tuple[bool, float]] = {}  # service letter → down?, since when
    last_tap: tuple[str, float] = ("", float("-inf"))
    outcomes: dict[PrintOutcome, int] = {}
    own_numbers: int = 0


Step: TypeAlias = tuple[State, list[Effect]]


def start(context: Context, settings: Settings) -> State:
    return State(context, settings)


def react(state: State, event: Input) -> Step:
    match event:
        case ButtonMoved():
            return _button(state, event)
        case ServiceChosen():
            return _tap(state, event)
        case Arrived(message=Reply() as reply, at=at):
            return _reply(state, reply, at)
        case Arrived(message=MachineView() as shown, at=at):
            return _view(state, shown, at)
        case Tick(at=at):
            return _tick(state, at)
        case LinkChanged(up=up):
            return _link(state, up)
        case Remembered():
            return _remembered(state, event)
        case NotTaken(at=at, id=ident):
            return _not_taken(state, ident, at)
        case PrintEnded(at=at, number=number, outcome=outcome, reason=reason):
            return _print_ended(state, number, outcome, reason, at)
        case PrinterChanged(printer=printer):
            return replace(state, printer=printer), [ReportHealth()]
        case Restored(memory=memory):
            return replace(state, memory=memory, view=state.view or memory.view), []
    return state, []


def wake_at(state: State) -> float | None:
    match state.making:
        case Asking(since=since, resent=resent):
            return since + (state.settings.hub_s if resent else min(state.settings.resend_s, state.settings.hub_s))
        case Saving(until=until) | Printing(until=until):
            return until
    return None


def facts(state: State) -> dict[str, Fact]:
    return {
        "printer": state.printer.state,
        "paper_low": state.printer.paper_low,
        "printed": state.outcomes.get("printed", 0),
        "print_failed": state.outcomes.get("failed", 0),
        "print_unknown": state.outcomes.get("unknown", 0),
        "own_numbers": state.own_numbers,
        "own_series_ready": state.memory is not None and state.view is not None and bool(state.view.series),
    }


# A citizen's tap.


def _button(state: State, event: ButtonMoved) -> Step:
    """A press counts when the button had been up for a while: a contact bounces when pressed and when released."""
    down, since = state.buttons.get(event.letter, (False, float("-inf")))
    if event.down == down:
        return state, []
    state = replace(state, buttons={**state.buttons, event.letter: (event.down, event.at)})
    if event.down and event.fresh and event.at - since >= state.settings.button_up_s:
        return _tap(state, ServiceChosen(at=event.at, letter=event.letter))
    return state, []


def _tap(state: State, chosen: ServiceChosen) -> Step:
    letter, at = chosen.letter, chosen.at
    if state.making is not None or _is_double(state, letter, at):
        return state, []
    state = replace(state, last_tap=(letter, at))
    refusal = _refusal(state, letter)
    if refusal:
        return state, [ShowText(refusal)]
    request = TakeTicket(
        id="",
        service=letter,
        at=_wall(state, at),
        expires_s=state.settings.hub_s,
        more=chosen.more,
        priority=chosen.priority,
        person=chosen.person,
    )
    if not state.up:
        return _own_number(state, request, at)
    state, request_id = _next_id(state)
    request = replace(request, id=request_id)
    return replace(state, making=Asking(request, at)), [Send(request)]


def _is_double(state: State, letter: str, at: float) -> bool:
    last, when = state.last_tap
    return letter == last and 0 <= at - when < state.settings.double_tap_s


def _refusal(state: State, letter: str) -> str:
    """Words for the citizen, when it is certain that there will be no slip; "" otherwise."""
    if state.printer.hopeless:
        english = state.printer.state
        return NEXT_MACHINE.format(state=CHINESE[english], english=english)
    if state.view is None:
        return ""
    service = next((one for one in state.view.services if one.letter == letter), None)
    if service is None:
        return CLOSED
    if service.open or not state.up:  # what is remembered of hours and caps is old once the hub is away
        return ""
    return service.note or CLOSED


# The hub's answers.


def _reply(state: State, reply: Reply, at: float) -> Step:
    """Only the open request has an answer here: one that comes too late was settled with the hub by `instead_of`.

    "expired" is as good as no answer: the clocks disagree, which is not the citizen's fault.
    """
    if not isinstance(state.making, Asking) or reply.to != state.making.request.id or reply.code == "expired":
        return state, []
    if not reply.ok:
        return replace(state, making=None), [ShowText(reply.text or NOT_NOW)]
    if reply.slip is None:
        return state, []
    return _print(state, reply.slip, at)


def _view(state: State, view: MachineView, at: float) -> Step:
    state = replace(state, view=view, sure=state.sure or view.day == _date(state, at))
    lasting = _lasting(view)
    if state.memory is None or state.memory.view == lasting:
        return state, []
    state = replace(state, memory=replace(state.memory, view=lasting))
    return state, [Remember(state.memory)] if state.memory else []


def _lasting(view: MachineView) -> MachineView:
    """The view without what changes by the minute: a memory card is not to be written at every ticket."""
    services = tuple(
        replace(one, open=True, note="", waiting=0, wait_s_low=0.0, wait_s_high=0.0) for one in view.services
    )
    return replace(view, epoch=0, version=0, services=services)


def _link(state: State, up: bool) -> Step:
    """A request that went out before the link broke is sent again with its id, which the hub may know already."""
    state = replace(state, up=up)
    return state, [Send(state.making.request)] if up and isinstance(state.making, Asking) else []


def _tick(state: State, at: float) -> Step:
    match state.making:
        case Asking(request=request, since=since) if at >= since + state.settings.hub_s:
            return _own_number(state, request, at)
        case Asking(request=request, since=since, resent=False) if at >= since + state.settings.resend_s:
            return replace(state, making=replace(state.making, resent=True)), [Send(request)]
        case Saving(until=until) if at >= until:
            return replace(state, making=None), [ShowText(NOT_NOW), ReportHealth()]
        case Printing(number=number, until=until) if at >= until:
            return _print_ended(state, number, "unknown", "the printer's driver said nothing", at)
    return state, []


# The own series.


def _own_number(state: State, request: TakeTicket, at: float) -> Step:
    """Count on, and have the count written down before the number exists for anybody."""
    view, memory = state.view, state.memory
    if view is None or not view.series or memory is None:
        return replace(state, making=None), [ShowText(NOT_NOW)]
    day = max(view.day, memory.day, _date(state, at))
    counts = _counts(state, memory, day, request.service)
    count = counts.get(request.service, 0) + 1
    if count > _OWN_MAX:
        return replace(state, making=None), [ShowText(NOT_NOW)]
    memory = Memory(_lasting(view), day, {**counts, request.service: count}, guessed=not state.sure)
    slip = _own_slip(view, request, f"{request.service}{view.series}{count:02d}")
    return replace(state, memory=memory, making=Saving(slip, memory, request.id, at + _SAVE_S)), [Remember(memory)]


def _counts(state: State, memory: Memory, day: str, letter: str) -> dict[str, int]:
    """Those of the day. Where it is, or was, a guess, the series goes on while it can: it may be the same day still."""
    is_sure = state.sure and not memory.guessed
    is_used_up = memory.counts.get(letter, 0) >= _OWN_MAX
    return {} if day != memory.day and (is_sure or is_used_up) else memory.counts


def _own_slip(view: MachineView, request: TakeTicket, number: str) -> Slip:
    service = next((one for one in view.services if one.letter == request.service), None)
    return Slip(
        hall=view.hall_name,
        number=number,
        service=request.service,
        service_name=service.name if service else "",
        ahead=-1,
        wait_s_low=0.0,
        wait_s_high=0.0,
        where=(service.where or service.centre) if service else "",
        route=service.route if service else "",
        taken_at=request.at,
        if_missed=view.if_missed,
    )


def _remembered(state: State, event: Remembered) -> Step:
    making = state.making
    if not isinstance(making, Saving) or event.memory != making.memory:
        return state, []
    if not event.ok:
        return replace(state, making=None), [ShowText(NOT_NOW), ReportHealth()]
    state, issue_id = _next_id(state)
    slip = making.slip
    issued = Issued(
        id=issue_id,
        number=slip.number,
        service=slip.service,
        at=slip.taken_at,
        instead_of=making.instead_of,
        day=making.memory.day,
    )
    state, effects = _print(replace(state, own_numbers=state.own_numbers + 1), slip, event.at, issue_id)
    return state, [Send(issued, durable=True), *effects]


def _not_taken(state: State, ident: str, at: float) -> Step:
    """A ticket that the hub might never hear of is not given out; if it did hear, it learns that there is none."""
    making = state.making
    if not isinstance(making, Printing) or making.issued != ident:
        return state, []
    state, report_id = _next_id(replace(state, making=None, own_numbers=state.own_numbers - 1))
    void = Printed(id=report_id, number=making.number, outcome="failed", reason="not journaled", at=_wall(state, at))
    return state, [ShowText(NOT_NOW), Send(void)]


# The printer.


def _print(state: State, slip: Slip, at: float, issued: str = "") -> Step:
    until = at + state.settings.print_s + _SLACK_S
    return replace(state, making=Printing(slip.number, until, issued)), [PrintSlip(slip)]


def _print_ended(state: State, number: str, outcome: PrintOutcome, reason: str, at: float) -> Step:
    if not isinstance(state.making, Printing) or state.making.number != number:
        return state, []
    state, report_id = _next_id(state)
    outcomes = {**state.outcomes, outcome: state.outcomes.get(outcome, 0) + 1}
    report = Printed(id=report_id, number=number, outcome=outcome, reason=reason, at=_wall(state, at))
    effects: list[Effect] = []
    if outcome == "failed":
        words = NEXT_MACHINE.format(state=CHINESE.get(reason, "故障"), english=reason or "failed")
        effects.append(ShowText(words))
    return replace(state, making=None, outcomes=outcomes), [*effects, Send(report, durable=True)]


def _wall(state: State, at: float) -> datetime:
    """`at` on the hall's own clock."""
    return datetime.fromtimestamp(at, timezone(timedelta(hours=state.settings.utc_offset_h)))


def _date(state: State, at: float) -> str:
    return f"{_wall(state, at):%Y-%m-%d}"


def _next_id(state: State) -> tuple[State, str]:
    state = replace(state, count=state.count + 1)
    return state, f"{state.context.boot}-{state.count}"
