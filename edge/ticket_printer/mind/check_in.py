"""签到: by a code at the scanner, or a card before anything was chosen. The hub answers with a slip, or words.

There is no own series for these.
"""

from msgspec.structs import replace

from edge.runtime.device import Send
from edge.ticket_printer.events import CodeScanned
from edge.ticket_printer.mind import words
from edge.ticket_printer.mind.state import Asking, State, Step, begin, is_double, is_free, next_id, say, wall
from wire.messages import CheckIn, Printed, Reply, Slip


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


def by_card(state: State) -> Step:
    """Of the card that was just read. Who is not booked hears nothing of it, and goes on to choose a service."""
    identity = state.identity
    hopeless = state.settings.printer and state.printer.hopeless
    if identity is None or not state.up or hopeless or state.view is None or not state.view.appointments:
        return state, []
    state, request_id = next_id(begin(state))
    at, lasts_s = wall(state, identity.at), state.settings.hub_s
    request = CheckIn(id=request_id, code="", person=identity.person, at=at, expires_s=lasts_s)
    return replace(state, making=Asking(request, identity.at, identity.name)), [Send(request)]


def refused(state: State, request: CheckIn, answer: Reply, at: float) -> Step:
    if request.person and answer.code == "no-appointment":
        return replace(state, making=None), []
    return say(state, answer.text or words.NO_CHECK_IN, at), []


def unanswered(state: State, request: CheckIn, at: float) -> Step:
    """Who only put a card there has not asked for anything yet."""
    told = replace(state, making=None) if request.person else say(state, words.NO_CHECK_IN, at)
    return replace(told, given_up=request.id), []


def too_late(state: State, slip: Slip, at: float) -> Step:
    """Its citizen was sent to take an ordinary ticket: this one must not be called."""
    state, report_id = next_id(replace(state, given_up=""))
    void = Printed(id=report_id, number=slip.number, outcome="failed", reason="answered too late", at=wall(state, at))
    return state, [Send(void, durable=True)]
