"""What a ticket machine shows until somebody at the hub has said where it belongs. Pure."""

from edge.runtime.device import Effect, Input
from edge.runtime.pairing import OnPress
from edge.ticket_printer.events import ButtonMoved, PanelState, Printer, PrintPairing, ShowPanel, WishDropped
from edge.ticket_printer.settings import Settings


def pairing(code_shown: str, settings: Settings) -> tuple[Effect, ...]:
    """The code on the touch page, and on one slip; another for whoever asks."""
    shows: list[Effect] = []
    if settings.panel is not None:
        shows.append(ShowPanel(PanelState(pairing=code_shown, printer=Printer() if settings.printer else None)))
    if settings.printer:
        shows.append(OnPress(PrintPairing(code_shown), asked=_asked))
    return tuple(shows)


def _asked(event: Input) -> bool:
    """A service button went down, or the page's key was touched."""
    return isinstance(event, WishDropped) or (isinstance(event, ButtonMoved) and event.down and event.fresh)
