"""A slip on its way, and what became of it: the hub is told durably, and the citizen at once when there is none."""

from msgspec.structs import replace

from edge.runtime.device import ReportHealth, Send
from edge.ticket_printer.events import Printer, PrintSlip
from edge.ticket_printer.mind import words
from edge.ticket_printer.mind.state import Printing, State, Step, next_id, say, wall
from wire.messages import Printed, PrintOutcome, Slip


def printer_changed(state: State, printer: Printer) -> Step:
    state = replace(state, printer=printer)
    if printer.hopeless or printer.state == "mute":
        trouble = f"{printer.state}: {printer.detail}" if printer.detail else printer.state
        state = replace(state, troubles=state.troubles + 1, last_trouble=trouble)
    return state, [ReportHealth()]


def give(state: State, slip: Slip, at: float, issued: str = "") -> Step:
    """On paper; where no printer is fitted the page is all that the citizen gets. `issued`: the id of its Issued."""
    state = replace(state, making=Printing(slip.number, at, issued), ticket=slip, outcome="", words="", told_at=at)
    if state.settings.printer:
        return state, [PrintSlip(slip)]
    state, effects = ended(state, slip.number, "printed", "shown on the screen", at)
    return replace(state, outcome="shown"), effects


def ended(state: State, number: str, outcome: PrintOutcome, reason: str, at: float) -> Step:
    if not isinstance(state.making, Printing) or state.making.number != number:
        return state, []
    state, report_id = next_id(state)
    outcomes = {**state.outcomes, outcome: state.outcomes.get(outcome, 0) + 1}
    report = Printed(id=report_id, number=number, outcome=outcome, reason=reason, at=wall(state, at))
    state = replace(state, making=None, outcomes=outcomes, outcome=outcome, told_at=at)
    if outcome == "failed":
        state = say(state, words.next_machine(reason), at)
    return state, [Send(report, durable=True)]
