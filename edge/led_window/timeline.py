"""What is to be seen at a moment: which page, lit or dark, how far a line has moved. A pure function of time."""

import math

import msgspec

from edge.led_window import layout
from edge.led_window.dots import Size
from edge.led_window.scene import Page, Show

NEVER = math.inf


class Motion(msgspec.Struct, frozen=True, kw_only=True):
    """How fast things change; fields as in the settings, in seconds and dots a second."""

    blink_s: float
    blink_half_s: float
    page_s: float
    scroll_dots_s: float
    scroll_pause_s: float


class Turn(msgspec.Struct, frozen=True):
    """A page whose turn it is: since when, and until when, in seconds after the Show."""

    page: Page
    since_s: float
    until_s: float


class Moment(msgspec.Struct, frozen=True):
    """`shift`: dots by which a line that is too wide has moved to the left; `until_s`: when something changes."""

    page: Page
    lit: bool
    shift: int
    until_s: float


def moment(show: Show, elapsed_s: float, motion: Motion, size: Size) -> Moment:
    """`elapsed_s`: since the Show, which must have pages."""
    turn = page_turn(show, elapsed_s, motion, size)
    lit, blink_at = lit_until(show, elapsed_s, motion)
    shift, move_at = _moved(layout.place(turn.page, size).over, elapsed_s - turn.since_s, motion)
    return Moment(turn.page, lit, shift, min(turn.until_s, blink_at, turn.since_s + move_at))


def page_turn(show: Show, elapsed_s: float, motion: Motion, size: Size) -> Turn:
    """A page that must move stays until it has; a single one for ever."""
    if len(show.pages) == 1:
        return Turn(show.pages[0], 0.0, NEVER)
    lengths_s = _lengths_s(show, motion, size)
    since_s, turn = elapsed_s - elapsed_s % sum(lengths_s), 0
    while turn < len(lengths_s) - 1 and elapsed_s >= since_s + lengths_s[turn]:
        since_s += lengths_s[turn]
        turn += 1
    return Turn(show.pages[turn], since_s, since_s + lengths_s[turn])


def round_s(show: Show, motion: Motion, size: Size) -> float:
    """Until every page was seen once."""
    return sum(_lengths_s(show, motion, size))


def lit_until(show: Show, elapsed_s: float, motion: Motion) -> tuple[bool, float]:
    """Whether a call's number is lit, and when that changes: lit first, so that a call is seen at once."""
    if not show.call or elapsed_s >= motion.blink_s:
        return True, NEVER
    half = int(elapsed_s / motion.blink_half_s)
    return half % 2 == 0, min((half + 1) * motion.blink_half_s, motion.blink_s)


def _lengths_s(show: Show, motion: Motion, size: Size) -> list[float]:
    return [max(motion.page_s, _way_s(layout.place(page, size).over, motion)) for page in show.pages]


def _way_s(over: int, motion: Motion) -> float:
    """From its beginning to its end, with a rest at both."""
    return 2 * motion.scroll_pause_s + over / motion.scroll_dots_s if over > 0 else 0.0


def _moved(over: int, elapsed_s: float, motion: Motion) -> tuple[int, float]:
    """Rests at its beginning, moves dot by dot, rests at its end, and begins again."""
    if over <= 0:
        return 0, NEVER
    whole_s, pause_s = _way_s(over, motion), motion.scroll_pause_s
    round_s = elapsed_s - elapsed_s % whole_s
    dots = math.floor((elapsed_s - round_s - pause_s) * motion.scroll_dots_s) + 1
    if dots <= 0:
        return 0, round_s + pause_s
    if dots >= over:
        return over, round_s + whole_s
    return dots, round_s + pause_s + dots / motion.scroll_dots_s
