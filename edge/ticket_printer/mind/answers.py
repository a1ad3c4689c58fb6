"""What the hub says to the wish that is open, and what happens when it says nothing."""

from msgspec.structs import replace

from edge.runtime.device import Send
from edge.runtime.elapsed import is_over
from edge.ticket_printer.mind import check_in, own_series, slips, words
from edge.ticket_printer.mind.state import Asking, Carding, Printing, Saving, State, Step, say
from wire.messages import Reply, TakeTicket

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
    if not answer.ok:
        return say(state, answer.text or words.NOT_NOW, at), []
    if answer.slip is None:
        return state, []
    return slips.give(state, replace(answer.slip, name_masked=making.name), at)


def link(state: State, up: bool) -> Step:
    """A request that went out before the link broke is sent again with its id, which the hub may know already."""
    state = replace(state, up=up)
    return state, [Send(state.making.request)] if up and isinstance(state.making, Asking) else []


def time_passed(state: State, at: float) -> Step:
    making, settings = state.making, state.settings
    match making:
        case Carding(since=since) if is_over(since, settings.card_s, at):
            return say(state, words.NO_CARD, at), []
        case Asking(request=request, since=since) if is_over(since, settings.hub_s, at):
            if isinstance(request, TakeTicket):
                return own_series.give(state, request, making.name, at)
            return check_in.unanswered(state, request, at)
        case Asking(since=since, resent=False) if is_over(since, settings.resend_s, at):
            return replace(state, making=replace(making, resent=True)), [Send(making.request)]
        case Saving(since=since) if is_over(since, _SAVE_S, at):
            return own_series.not_saved(state, at)
        case Printing(number=number, since=since) if is_over(since, settings.print_s + _SLACK_S, at):
            return slips.ended(state, number, "unknown", "the printer's driver said nothing", at)
    return state, []


def due(state: State) -> float | None:
    """When the wish that is open wants to know that time has passed."""
    settings = state.settings
    match state.making:
        case Carding(since=since):
            return since + settings.card_s
        case Asking(since=since, resent=resent):
            return since + (settings.hub_s if resent else min(settings.resend_s, settings.hub_s))
        case Saving(since=since):
            return since + _SAVE_S
        case Printing(since=since):
            return since + settings.print_s + _SLACK_S
    return None
