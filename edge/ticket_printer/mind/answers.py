"""What the hub says to the wish that is open, and what happens when it says nothing."""

from msgspec.structs import replace

from edge.runtime.device import Send
from edge.runtime.elapsed import was_put_back
from edge.ticket_printer.mind import check_in, own_series, slips, words
from edge.ticket_printer.mind.state import Asking, Carding, Printing, Saving, State, Step, say
from edge.ticket_printer.settings import Settings
from wire.messages import CheckIn, Reply, TakeTicket

_SAVE_S = 10.0  # a disk that takes longer is taken to have failed
_SLACK_S = 20.0  # beyond the driver's own limit for a print: then the driver itself is taken to have failed


def reply(state: State, answer: Reply, at: float) -> Step:
    """Only the open request has an answer here: one that comes too late was settled with the hub by `instead_of`.

    "expired" is as good as no answer: the clocks disagree, which is not the citizen's fault.
    """
    making = state.making
    if answer.slip and answer.to == state.given_up:
        return check_in.too_late(state, answer.slip, at)
    if not isinstance(making, Asking) or answer.to != making.request.id or answer.code == "expired":
        return state, []
    if not answer.ok and isinstance(making.request, CheckIn):
        return check_in.refused(state, making.request, answer, at)
    if not answer.ok:
        return say(state, answer.text or words.NOT_NOW, at), []
    if answer.slip is None:
        return state, []
    if isinstance(making.request, CheckIn):
        state = replace(state, identity=None)
    return slips.give(state, replace(answer.slip, name_masked=making.name), at)


def link(state: State, up: bool) -> Step:
    """A request that went out before the link broke is sent again with its id, which the hub may know already."""
    state = replace(state, up=up)
    return state, [Send(state.making.request)] if up and isinstance(state.making, Asking) else []


def time_passed(state: State, at: float) -> Step:
    making = state.making
    if making is None:
        return state, []
    if was_put_back(making.since, at):
        return replace(state, making=replace(making, since=at)), []  # by the new clock it has only begun
    if at >= _ends_at(state.settings, making):
        return _given_up(state, making, at)
    if isinstance(making, Asking) and not making.resent and at >= making.since + state.settings.resend_s:
        return replace(state, making=replace(making, resent=True)), [Send(making.request)]
    return state, []


def due(state: State) -> float | None:
    """When the wish that is open wants to know that time has passed."""
    making = state.making
    if making is None:
        return None
    end = _ends_at(state.settings, making)
    if isinstance(making, Asking) and not making.resent:
        return min(end, making.since + state.settings.resend_s)
    return end


def _ends_at(settings: Settings, making: Carding | Asking | Saving | Printing) -> float:
    match making:
        case Carding():
            lasts_s = settings.card_s
        case Asking():
            lasts_s = settings.hub_s
        case Saving():
            lasts_s = _SAVE_S
        case Printing():
            lasts_s = settings.print_s + _SLACK_S
    return making.since + lasts_s


def _given_up(state: State, making: Carding | Asking | Saving | Printing, at: float) -> Step:
    match making:
        case Carding():
            return say(state, words.NO_CARD, at), []
        case Asking(request=request, name=name):
            if isinstance(request, TakeTicket):
                return own_series.give(state, request, name, at)
            return check_in.unanswered(state, request, at)
        case Saving():
            return own_series.not_saved(state, at)
        case Printing(number=number):
            return slips.ended(state, number, "unknown", "the printer's driver said nothing", at)
