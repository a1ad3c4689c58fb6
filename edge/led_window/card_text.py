"""From what should be shown to an area of an Onbon BX card, in the card's own fonts. Pure."""

import math

import msgspec

from edge.led_window.dots import Size
from edge.led_window.scene import Page
from edge.led_window.settings import Settings
from edge.protocols import onbon_bx, onbon_text
from edge.protocols.onbon_bx import Area
from edge.protocols.onbon_text import Colour, Content
from edge.runtime.cells import CELL, text_width

_TEXT_BYTES_MAX = onbon_bx.AREA_BYTES_MAX - 27  # what the area says of itself comes off
_PATTERN_S = 3.0
_PATTERN: tuple[Colour, ...] = ("red", "green", "yellow")


class Words(msgspec.Struct, frozen=True):
    """One line on the card. `moving`: it is too wide."""

    text: str
    colour: Colour
    moving: bool


def size(settings: Settings) -> Size:
    """As many dots as the card would have if its font had 16: so widths of text are those of the layout."""
    return settings.size[0] * CELL // settings.card.font_dots, CELL


def plain(page: Page, settings: Settings) -> Page:
    """The card has no large numerals; number and counter stand in one line if both fit."""
    both = f"{page.text} {page.beside}"
    fits = bool(page.beside) and text_width(both) <= size(settings)[0]
    return Page(both if fits else page.text, large=page.large)


def words(page: Page, settings: Settings) -> Words:
    colour = settings.card.call_colour if page.large else settings.card.colour
    return Words(page.text, colour, text_width(page.text) > size(settings)[0])


def content(words: Words, settings: Settings) -> Content:
    card = settings.card
    return onbon_text.content(words.text, words.colour, card.font_dots, card.charset, _TEXT_BYTES_MAX)


def area(words: Words, content: Content, settings: Settings) -> Area:
    """The whole display. It is deleted by the card itself when this agent is gone for longer than a number may stay."""
    width, height = settings.size
    return Area(
        width=width,
        height=height,
        timeout_s=math.ceil(max(settings.hold_s, 2 * settings.refresh_s)),
        moving=words.moving,
        speed=settings.card.speed,
        stay_s=settings.scroll_pause_s if words.moving else settings.page_s,
        text=content.text,
    )


def complaint(content: Content) -> str:
    """What of a text cannot be seen, for health; "" if all can."""
    told = []
    if content.lacking:
        codes = " ".join(f"{character} U+{ord(character):04X}" for character in content.lacking)
        told.append(f"控制卡字库缺字，显示为〓 not in the card's charset, shown as 〓: {codes}")
    if content.cut:
        told.append("文字超过动态区容量，已截短 text is longer than the card's area, and was cut")
    return "; ".join(told)


def pattern(elapsed_s: float, settings: Settings) -> tuple[Words, float]:
    """Squares in each colour that cards have, then figures in order: what is missing or in the wrong place is seen."""
    columns, step = size(settings)[0] // CELL, int(elapsed_s / _PATTERN_S)
    if step < len(_PATTERN):
        return Words("■" * columns, _PATTERN[step], False), (step + 1) * _PATTERN_S
    return Words(("1234567890" * columns)[: 2 * columns], settings.card.colour, False), math.inf
