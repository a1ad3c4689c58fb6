"""What a board that nobody knows shows until a person has said where it belongs. Pure; `waiting` performs it.

A class's `pairing(code_shown, settings)` gives effects for its own driver, performed at the beginning and again and
again, for a display that browned out. Two of them are not like that: a `Rhythm`, and what is done `OnPress`.

How a lamp says the pairing number (wire.pairing_number): a long light, then each digit as so many flashes.

| what | lit | dark |
|---|---|---|
| the beginning | 2 s | 1.5 s |
| a digit, 1 to 6 flashes | 0.3 s each | 0.3 s between them, 1.5 s after the last |

A whole round takes 14 to 32 seconds, and begins anew without a pause.
"""

from collections.abc import Callable

import msgspec

from edge.runtime.device import Effect, Input
from wire import pairing_number

_BEGIN_S, _LIT_S, _DARK_S, _GAP_S = 2.0, 0.3, 0.3, 1.5


class Rhythm(msgspec.Struct, frozen=True):
    """Effects in turn, each for so many seconds, over and over."""

    steps: tuple[tuple[float, Effect], ...]


class OnPress(msgspec.Struct, frozen=True):
    """What is done once, and again when somebody asks for it: a slip on paper. `asked`: whether an input does."""

    effect: Effect
    asked: Callable[[Input], bool] = lambda _: False


def flashes(code_shown: str) -> tuple[tuple[float, bool], ...]:
    """One round: how long (s), and whether lit."""
    steps = [(_BEGIN_S, True), (_GAP_S, False)]
    for digit in pairing_number.number(code_shown):
        steps += [(_LIT_S, True), (_DARK_S, False)] * int(digit)
        steps[-1] = (_GAP_S, False)
    return tuple(steps)


def by_lamp(code_shown: str, effect: Callable[[bool], Effect]) -> Rhythm:
    """`effect(lit)`: how the class has its lamps lit or dark."""
    return Rhythm(tuple((seconds, effect(lit)) for seconds, lit in flashes(code_shown)))
