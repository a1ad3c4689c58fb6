"""An appointment's code at the scanner: the hub's answer is a slip, or words. There is no own series for these."""

from msgspec.structs import replace

from edge.runtime.device import Send
from edge.ticket_printer.events import CodeScanned
from edge.ticket_printer.mind import words
from edge.ticket_printer.mind.state import Asking, State, Step, begin, is_double, is_free, next_id, say, wall
from wire.messages import CheckIn, Printed, Slip


def scanned(state: State, event: CodeScanned) -> Step:
    """Scanners read a code that is held before them again and again."""
    if not is_free(state) or is_double(state, event.code, event.at):
        return state, []
    state = begin(replace(state, making=None, last_tap=(event.code, event.at), scans=state.scans + 1))
    if refusal := words.trouble(state.printer) if state.settings.printer else "":
        return say(state, refusal, event.at), []
    if not state.up:
        return say(state, words.NO_CHECK_IN, event.at), []
    state, request_id = next_id(state)
    request = CheckIn(id=request_id, code=event.code, at=wall(state, event.at), expires_s=state.settings.hub_s)
    return replace(state, making=Asking(request, event.at)), [Send(request)]


def unanswered(state: State, request_id: str, at: float) -> Step:
    return replace(say(state, words.NO_CHECK_IN, at), given_up=request_id), []


def too_late(state: State, slip: Slip, at: float) -> Step:
    """Its citizen was sent to take an ordinary ticket: this one must not be called."""
    state, report_id = next_id(replace(state, given_up=""))
    void = Printed(id=report_id, number=slip.number, outcome="failed", reason="answered too late", at=wall(state, at))
    return state, [Send(void, durable=True)]
