"""Two repeaters hear one frame of a wireless handheld: the second to pass it on is an echo, not a second press."""

from collections.abc import Callable
from time import monotonic

import msgspec

from hub.roster import Seat
from wire import codec
from wire.messages import Action, Message

_ECHO_S = 1.5


class _Press(msgspec.Struct):
    content: object
    at: float
    heard_by: dict[str, str]  # repeater → the id of its message; the first one counted


class Echoes:
    """Remembers the newest press of each handheld. `clock`: seconds, never set back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._newest: dict[tuple[str, str], _Press] = {}

    def is_echo(self, handheld: Seat, repeater: str, ident: str, message: Message) -> bool:
        """Whether another repeater has just passed on this press.

        A repeater passes each press on once, with an id of its own: the same words with another id are another press.
        """
        place, now = (handheld.hall, handheld.position.id), self._clock()
        content = (message.verb, message.argument) if isinstance(message, Action) else codec.kind_of(message)
        press = self._newest.get(place)
        if press is None or press.content != content or now - press.at >= _ECHO_S:
            self._newest[place] = _Press(content, now, {repeater: ident})
            return False
        if press.heard_by.setdefault(repeater, ident) == ident:
            return repeater != next(iter(press.heard_by))
        self._newest[place] = _Press(content, now, {repeater: ident})
        return False
