"""A slip on its way, and what became of it: the hub is told durably, and the citizen at once when there is none."""

from msgspec.structs import replace

from edge.runtime.device import ReportHealth, Send
from edge.ticket_printer import events
from edge.ticket_printer.events import Printer
from edge.ticket_printer.mind import words
from edge.ticket_printer.mind.state import Printing, State, Step, begin, next_id, say, wall
from wire.messages import Printed, PrintOutcome, Slip
from wire.orders import Done, PrintSlip


def printer_changed(state: State, printer: Printer) -> Step:
    state = replace(state, printer=printer)
    if printer.hopeless or printer.state == "mute":
        trouble = f"{printer.state}: {printer.detail}" if printer.detail else printer.state
        state = replace(state, troubles=state.troubles + 1, last_trouble=trouble)
    return state, [ReportHealth()]


def give(state: State, slip: Slip, at: float, *, issued: str = "", order: str = "") -> Step:
    """On paper; where no printer is fitted the page is all that the citizen gets. `issued`: the id of its Issued;
    `order`: of the hub's order, where it wanted this slip."""
    making = Printing(slip.number, at, issued, order)
    state = replace(state, making=making, ticket=slip, outcome="", words="", told_at=at)
    if state.settings.printer:
        return state, [events.PrintSlip(slip)]
    state, effects = ended(state, slip.number, "printed", "shown on the screen", at)
    return replace(state, outcome="shown"), effects


def ordered(state: State, order: PrintSlip, at: float) -> Step:
    """For somebody to whom a clerk gave the number. Whoever stands before the machine goes first."""
    if refusal := _refusal(state):
        return _tell(state, order.id, False, refusal, at)
    return give(begin(state), order.slip, at, order=order.id)


def ended(state: State, number: str, outcome: PrintOutcome, reason: str, at: float) -> Step:
    making = state.making
    if not isinstance(making, Printing) or making.number != number:
        return state, []
    outcomes = {**state.outcomes, outcome: state.outcomes.get(outcome, 0) + 1}
    state = replace(state, making=None, outcomes=outcomes, outcome=outcome, told_at=at)
    if making.order:
        if outcome != "printed":  # the clerk is told, and nobody here waits for it
            state = begin(state)
        return _tell(state, making.order, outcome == "printed", words.ordered_slip(outcome, reason, state.printer), at)
    state, report_id = next_id(state)
    report = Printed(id=report_id, number=number, outcome=outcome, reason=reason, at=wall(state, at))
    if outcome == "failed":
        state = say(state, words.next_machine(reason), at)
    return state, [Send(report, durable=True)]


def _refusal(state: State) -> str:
    if not state.settings.printer:
        return words.NO_PRINTER
    if state.making is not None or state.identity is not None:
        return words.TEST_LATER
    if state.printer.hopeless:
        return words.ordered_slip("failed", state.printer.state, state.printer)
    return ""


def _tell(state: State, order: str, ok: bool, text: str, at: float) -> Step:
    """Not kept: an old answer about a slip would have it printed once more."""
    state, ident = next_id(state)
    return state, [Send(Done(id=ident, to=order, ok=ok, text=text, at=wall(state, at)))]
