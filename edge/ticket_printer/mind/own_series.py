"""Numbers of the machine's own, for when the hub is silent: counted on disk first, handed over through the journal."""

from msgspec.structs import replace

from edge.runtime.device import ReportHealth, Send
from edge.ticket_printer.events import Memory, Remember, Remembered
from edge.ticket_printer.mind import slips, words
from edge.ticket_printer.mind.state import (
    Printing,
    Saving,
    State,
    Step,
    date,
    next_id,
    say,
    wall,
)
from wire.messages import Issued, MachineView, Printed, Slip, TakeTicket

_NUMBER_MAX = 99  # own numbers have two digits


def seen(state: State, view: MachineView, at: float) -> Step:
    """The view is kept for a day without the hub."""
    state = replace(state, view=view, sure=state.sure or view.day == date(state, at))
    lasting = _lasting(view)
    if state.memory is None or state.memory.view == lasting:
        return state, []
    memory = replace(state.memory, view=lasting)
    return replace(state, memory=memory), [Remember(memory)]


def give(state: State, request: TakeTicket, name: str, at: float) -> Step:
    """Count on, and have the count written down before the number exists for anybody."""
    view, memory = state.view, state.memory
    if view is None or not view.series or memory is None:
        return say(state, words.NOT_NOW, at), []
    day = max(view.day, memory.day, date(state, at))
    counts = _counts(state, memory, day, request.service)
    count = counts.get(request.service, 0) + 1
    if count > _NUMBER_MAX:
        return say(state, words.NOT_NOW, at), []
    memory = Memory(_lasting(view), day, {**counts, request.service: count}, guessed=not state.sure)
    slip = _slip(view, request, name, f"{request.service}{view.series}{count:02d}")
    return replace(state, memory=memory, making=Saving(slip, memory, request.id, at)), [Remember(memory)]


def remembered(state: State, event: Remembered) -> Step:
    making = state.making
    if not isinstance(making, Saving) or event.memory != making.memory:
        return state, []
    if not event.ok:
        return not_saved(state, event.at)
    state, issue_id = next_id(state)
    slip = making.slip
    issued = Issued(
        id=issue_id,
        number=slip.number,
        service=slip.service,
        at=slip.taken_at,
        instead_of=making.instead_of,
        day=making.memory.day,
    )
    state, effects = slips.give(replace(state, own_numbers=state.own_numbers + 1), slip, event.at, issued=issue_id)
    return state, [Send(issued, durable=True), *effects]


def not_saved(state: State, at: float) -> Step:
    return say(state, words.NOT_NOW, at), [ReportHealth()]


def not_taken(state: State, ident: str, at: float) -> Step:
    """A ticket that the hub might never hear of is not given out; if it did hear, it learns that there is none."""
    making = state.making
    if not isinstance(making, Printing) or making.issued != ident:
        return state, []
    state, report_id = next_id(replace(state, own_numbers=state.own_numbers - 1, ticket=None))
    void = Printed(id=report_id, number=making.number, outcome="failed", reason="not journaled", at=wall(state, at))
    return say(state, words.NOT_NOW, at), [Send(void)]


def _lasting(view: MachineView) -> MachineView:
    """The view without what changes by the minute: a memory card is not to be written at every ticket."""
    services = tuple(
        replace(one, open=True, note="", waiting=0, wait_s_low=0.0, wait_s_high=0.0) for one in view.services
    )
    return replace(view, epoch=0, version=0, services=services)


def _counts(state: State, memory: Memory, day: str, letter: str) -> dict[str, int]:
    """Those of the day. Where it is, or was, a guess, the series goes on while it can: it may be the same day still."""
    is_sure = state.sure and not memory.guessed
    is_used_up = memory.counts.get(letter, 0) >= _NUMBER_MAX
    return {} if day != memory.day and (is_sure or is_used_up) else memory.counts


def _slip(view: MachineView, request: TakeTicket, name: str, number: str) -> Slip:
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
        name_masked=name,
        if_missed=view.if_missed,
    )
