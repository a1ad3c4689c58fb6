"""A citizen's wish: a tap, a card where the service wants a name, and then the question to the hub."""

from msgspec.structs import replace

from edge.runtime.device import Send
from edge.ticket_printer.events import ButtonMoved, CardRead, ServiceChosen
from edge.ticket_printer.mind import check_in, own_series, words
from edge.ticket_printer.mind.state import (
    Asking,
    Carding,
    Identity,
    State,
    Step,
    begin,
    is_double,
    is_free,
    next_id,
    say,
    wall,
)
from wire.messages import MachineService, TakeTicket


def button(state: State, event: ButtonMoved) -> Step:
    """A press counts when the button had been up for a while: a contact bounces when pressed and when released."""
    down, since = state.buttons.get(event.letter, (False, float("-inf")))
    if event.down == down:
        return state, []
    state = replace(state, buttons={**state.buttons, event.letter: (event.down, event.at)})
    if event.down and event.fresh and event.at - since >= state.settings.button_up_s:
        return tap(state, ServiceChosen(at=event.at, letter=event.letter))
    return state, []


def tap(state: State, wish: ServiceChosen) -> Step:
    if not is_free(state) or is_double(state, wish.letter, wish.at):
        return state, []
    state = begin(replace(state, making=None, last_tap=(wish.letter, wish.at)))
    if _needs_card(state, wish) and not _refusal(state, wish.letter):
        return replace(say(state, words.SHOW_CARD, wish.at), making=Carding(wish, wish.at)), []
    return ask(state, wish, wish.at)


def card(state: State, event: CardRead) -> Step:
    """It may come before the wish, or because it was asked for."""
    identity = Identity(event.person, event.name, event.at)
    state = replace(state, identity=identity, card_reads=state.card_reads + 1)
    if isinstance(state.making, Carding):
        return ask(begin(state), state.making.wish, event.at)
    return check_in.by_card(state) if state.making is None else (state, [])


def card_unreadable(state: State, at: float) -> Step:
    if not is_free(state):
        return state, []
    return replace(say(state, words.CARD_AGAIN, at), making=state.making), []


def without_card(state: State, at: float) -> Step:
    return ask(begin(state), state.making.wish, at) if isinstance(state.making, Carding) else (state, [])


def drop(state: State) -> Step:
    if not is_free(state):
        return state, []
    return replace(begin(state), making=None, identity=None), []


def ask(state: State, wish: ServiceChosen, at: float) -> Step:
    """The hub, or without it the own series. Nobody's name goes where none is wanted."""
    if refusal := _refusal(state, wish.letter):
        return say(state, refusal, at), []
    identity = state.identity if _wants_name(state, wish) else None
    request = TakeTicket(
        id="",
        service=wish.letter,
        at=wall(state, at),
        expires_s=state.settings.hub_s,
        more=wish.more,
        priority=wish.priority,
        person=identity.person if identity else "",
        voice=wish.voice,
    )
    name = identity.name if identity else ""
    state = replace(state, identity=None)
    if not state.up:
        return own_series.give(state, request, name, at)
    state, request_id = next_id(state)
    request = replace(request, id=request_id)
    return replace(state, making=Asking(request, at, name)), [Send(request)]


def _refusal(state: State, letter: str) -> str:
    """Words for the citizen, when it is certain that there will be no slip; "" otherwise."""
    if state.settings.printer and state.printer.hopeless:
        return words.trouble(state.printer)
    if state.view is None:
        return ""
    service = _service(state, letter)
    if service is None:
        return words.CLOSED
    if service.open or not state.up:  # what is remembered of hours and caps is old once the hub is away
        return ""
    return service.note or words.CLOSED


def _needs_card(state: State, wish: ServiceChosen) -> bool:
    return _wants_name(state, wish) and state.identity is None and state.reader == "ready"


def _wants_name(state: State, wish: ServiceChosen) -> bool:
    services = (_service(state, letter) for letter in (wish.letter, *wish.more))
    return any(service is not None and service.real_name for service in services)


def _service(state: State, letter: str) -> MachineService | None:
    services = state.view.services if state.view else ()
    return next((one for one in services if one.letter == letter), None)
