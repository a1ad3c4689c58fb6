"""The machine's state as a page shows it."""

from msgspec.structs import replace

from edge.ticket_printer.events import Doing, PanelState, ShowPanel
from edge.ticket_printer.mind.state import Asking, Carding, Printing, Saving, State, Step
from wire.messages import TakeTicket


def shown(before: State, step: Step) -> Step:
    """`step` with the page brought up to date.

    Words come before everything else, which a full disk may hold up; a new number after what makes it a true one.
    """
    state, effects = step
    panel = _panel(state)
    if panel == state.panel:
        return step
    show = ShowPanel(panel)
    is_new = panel.ticket is not None and panel.ticket != before.ticket
    return replace(state, panel=panel), [*effects, show] if is_new else [show, *effects]


def _panel(state: State) -> PanelState:
    return PanelState(
        view=state.view,
        online=state.up,
        printer=state.printer if state.settings.printer else None,
        reader=state.reader,
        scanner=state.scanner,
        doing=_doing(state),
        letter=_letter(state),
        name=state.identity.name if state.identity else "",
        ticket=state.ticket,
        outcome=state.outcome,
        words=state.words,
        here=state.here is not None,
        said=state.said,
    )


def _doing(state: State) -> Doing:
    match state.making:
        case Carding():
            return "card"
        case Asking() | Saving():
            return "asking"
        case Printing():
            return "printing"
    return "idle"


def _letter(state: State) -> str:
    match state.making:
        case Carding(wish=wish):
            return wish.letter
        case Asking(request=request):
            return request.service if isinstance(request, TakeTicket) else ""
        case Saving(slip=slip):
            return slip.service
    return state.ticket.service if state.ticket and state.making else ""
