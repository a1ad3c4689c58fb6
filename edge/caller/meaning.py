"""What a key means, given what was entered before it and what the counter is doing."""

import msgspec

from wire.messages import CounterPhase, Verb


class Order(msgspec.Struct, frozen=True):
    verb: Verb
    argument: str = ""


class Entered(msgspec.Struct, frozen=True):
    """No order yet: what stands in the display from now on."""

    text: str


class Unclear(msgspec.Struct, frozen=True):
    """Refused at the keypad itself, in words."""

    text: str


ENTRY_MAX = 12  # characters; a ticket number has at most 6, a work number hardly more than 8

_NEEDS: dict[Verb, str] = {"call": "请先输号码", "sign-on": "请先输工号", "transfer": "请先输去向"}
_TAKES: frozenset[Verb] = frozenset({*_NEEDS, "return"})


def meaning(key: str, entry: str, phase: CounterPhase | None) -> Order | Entered | Unclear:
    """`phase`: None as long as the hub has not told."""
    if len(key) == 1:
        return Entered(entry + key) if len(entry) < ENTRY_MAX else Unclear("号码过长")
    if key == "clear":
        return Entered("")
    verb = _verb(key, entry, phase)
    if verb in _NEEDS and not entry:
        return Unclear(_NEEDS[verb])
    return Order(verb, entry if verb in _TAKES else "")


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
