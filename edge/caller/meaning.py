"""What a key means, given what was entered before it and what the counter is doing."""

import msgspec

from edge.caller.words import NO_CLERK, NO_DESTINATION, NO_NUMBER, TOO_LONG, Notice
from wire.messages import CounterPhase, Verb


class Order(msgspec.Struct, frozen=True):
    verb: Verb
    argument: str = ""
    reason: str = ""


class Entered(msgspec.Struct, frozen=True):
    """No order yet: what stands in the display from now on."""

    text: str


ENTRY_MAX = 12  # characters; a ticket number has at most 6, a work number hardly more than 8

_NEEDS: dict[Verb, Notice] = {"call": NO_NUMBER, "sign-on": NO_CLERK, "transfer": NO_DESTINATION}
_TAKES: frozenset[Verb] = frozenset({*_NEEDS, "return"})


def meaning(key: str, entry: str, phase: CounterPhase | None) -> Order | Entered | Notice:
    """A Notice is a refusal at the keypad itself. `phase`: None as long as the hub has not told."""
    if is_sign(key):
        return Entered(entry + key) if len(entry) < ENTRY_MAX else TOO_LONG
    if key == "clear":
        return Entered("")
    verb = _verb(key, entry, phase)
    if verb in _NEEDS and not entry:
        return _NEEDS[verb]
    return Order(verb, entry if verb in _TAKES else "")


def is_sign(key: str) -> bool:
    """A digit or a letter: its key may be pressed again and again."""
    return len(key) == 1


def _verb(key: str, entry: str, phase: CounterPhase | None) -> Verb:
    match key:
        case "ok":
            return "sign-on" if phase == "closed" else "call"
        case "call-next" if entry:
            return "call"  # digits and the call key: that number, as on every keypad of the market
        case "serve-end":
            return "end" if phase == "serving" else "serve"
        case "pause-resume":
            return "resume" if phase == "paused" else "pause"
    verb: Verb = msgspec.convert(key, Verb)
    return verb
