"""The ticket machine's mind: a tap becomes one ticket, the hub's or, when the hub is silent, one of its own series.

idle → a card, where the service wants a name → asking the hub → printing → idle; from asking, or at once without a
link: saving the own series → printing → idle. What is thought about each is in `edge.ticket_printer.mind`.
"""

from msgspec.structs import replace

from edge.runtime import here as whereabouts
from edge.runtime.device import Arrived, Context, Input, LinkChanged, NotTaken, ReportHealth, Tick
from edge.ticket_printer.events import (
    ButtonMoved,
    CardRead,
    CardUnreadable,
    CodeScanned,
    OrderEnded,
    PrintEnded,
    PrinterChanged,
    ReaderChanged,
    ReaderState,
    Remembered,
    Restored,
    ScannerChanged,
    ServiceChosen,
    WishDropped,
    WithoutCard,
)
from edge.ticket_printer.mind import answers, check_in, own_series, panel, self_tests, slips, wishes, words
from edge.ticket_printer.mind.state import State, Step, forget
from edge.ticket_printer.settings import Settings
from wire.base import Fact
from wire.messages import MachineView, Reply
from wire.orders import Identify, PrintSlip, SelfTest


def start(context: Context, settings: Settings) -> State:
    return State(context, settings, reader=_fitted(settings.reader), scanner=_fitted(settings.scanner))


def _fitted(port: str) -> ReaderState:
    return "starting" if port else "none"


def react(state: State, event: Input) -> Step:
    known = forget(replace(state, here=whereabouts.still(state.here, event.at)), event.at)
    return panel.shown(state, _react(known, event))


def _react(state: State, event: Input) -> Step:
    match event:
        case ButtonMoved():
            return wishes.button(state, event)
        case ServiceChosen():
            return wishes.tap(state, event)
        case CardRead():
            return wishes.card(state, event)
        case CardUnreadable(at=at):
            return wishes.card_unreadable(state, at)
        case WithoutCard(at=at):
            return wishes.without_card(state, at)
        case WishDropped():
            return wishes.drop(state)
        case CodeScanned():
            return check_in.scanned(state, event)
        case Arrived(message=SelfTest() as order, at=at):
            return self_tests.ordered(state, order, at)
        case Arrived(message=Identify() as order, at=at):
            return replace(state, here=whereabouts.begun(order, at)), []
        case Arrived(message=PrintSlip() as order, at=at):
            return slips.ordered(state, order, at)
        case OrderEnded():
            return self_tests.ended(state, event)
        case Arrived(message=Reply() as reply, at=at):
            return answers.reply(state, reply, at)
        case Arrived(message=MachineView() as view, at=at):
            return own_series.seen(state, view, at)
        case LinkChanged(up=up):
            return answers.link(state, up)
        case Tick(at=at):
            state, told = self_tests.time_passed(state, at)
            state, effects = answers.time_passed(state, at)
            return state, told + effects
        case Remembered():
            return own_series.remembered(state, event)
        case NotTaken(at=at, id=ident):
            return own_series.not_taken(state, ident, at)
        case PrintEnded(at=at, number=number, outcome=outcome, reason=reason):
            return slips.ended(state, number, outcome, reason, at)
        case PrinterChanged(printer=printer):
            return slips.printer_changed(state, printer)
        case ReaderChanged(state=reader):
            return replace(state, reader=reader), [ReportHealth()]
        case ScannerChanged(state=scanner):
            return replace(state, scanner=scanner), [ReportHealth()]
        case Restored(memory=memory):
            return replace(state, memory=memory, view=state.view or memory.view), []
    return state, []


def wake_at(state: State) -> float | None:
    times = [answers.due(state), self_tests.due(state)]
    if state.identity is not None:
        times.append(state.identity.at + state.settings.identity_s)
    if state.making is None and (state.words or state.ticket):
        times.append(state.told_at + state.settings.clear_s)
    if state.here is not None:
        times.append(state.here.wake_at)
    return min((at for at in times if at is not None), default=None)


def busy(state: State) -> str:
    """A citizen's wish is dealt with first, whatever it has come to, from the card that was read for it on."""
    if state.making is not None or state.identity is not None:
        return words.TEST_LATER
    return words.TESTING if state.testing is not None else ""


def here(state: State) -> str:
    """Paper is for citizens: nothing is printed."""
    return "触摸屏显示“这里 HERE” The touch page says HERE" if state.settings.panel is not None else ""


def facts(state: State) -> dict[str, Fact]:
    own: dict[str, Fact] = {
        "printer": state.printer.state if state.settings.printer else "none",
        "printer_detail": state.printer.detail,
        "printer_troubles": state.troubles,
        "printer_last_trouble": state.last_trouble,
        "paper_low": state.printer.paper_low,
        "reader": state.reader,
        "scanner": state.scanner,
        "card_reads": state.card_reads,
        "scans": state.scans,
        "printed": state.outcomes.get("printed", 0),
        "print_failed": state.outcomes.get("failed", 0),
        "print_unknown": state.outcomes.get("unknown", 0),
        "own_numbers": state.own_numbers,
        "own_series_ready": state.memory is not None and state.view is not None and bool(state.view.series),
    }
    return {**own, "said": state.words} if state.words else own
