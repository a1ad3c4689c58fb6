"""Where the tiles of a screen lie, in pixels: beside each other, or beneath on an upright screen. Pure arithmetic."""

from typing import TypeAlias

import msgspec

from edge.signage_player.logic import NOTICE, NOTICE_ENGLISH, ShowBoard, Words

# Overlay ids of mpv (0-63), one per tile.
HEADER, HEADS, NOTICE_BAR, TICKER, WAITING_HEAD, FILLER, CLOCK, PATTERN, ROWS, WAITING = 0, 1, 2, 3, 4, 5, 6, 7, 10, 30
ALARM, FRAME = 50, 51  # and the three sides after it
PAIRING, HERE = 60, 61


class Box(msgspec.Struct, frozen=True):
    x: int
    y: int
    w: int
    h: int


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is painted, wherever it lies: equal looks are painted once. Pixels; `unit`: 1/1080 of the screen."""

    w: int
    h: int
    unit: float


class Header(Look, frozen=True, kw_only=True):
    title: str
    english: str


class Heads(Look, frozen=True, kw_only=True):
    """The columns' names."""


class Newest(Look, frozen=True, kw_only=True):
    """Painted as two frames above each other: calm, then lit. Empty number: nobody was called yet."""

    number: str
    counter: str


class Row(Look, frozen=True, kw_only=True):
    """`blinks`: painted as two frames like the newest; it is being said while another is newer."""

    number: str
    counter: str
    blinks: bool = False


class HallClock(Look, frozen=True, kw_only=True):
    time: str
    day: str


class Pattern(Look, frozen=True, kw_only=True):
    """Colour bars and a grid, with the screen's size and `name`."""

    name: str


class WaitingHead(Look, frozen=True, kw_only=True):
    """Above the counts."""


class Waiting(Look, frozen=True, kw_only=True):
    name: str
    english: str
    count: int


class Notice(Look, frozen=True, kw_only=True):
    text: str
    english: str


class Ticker(Look, frozen=True, kw_only=True):
    """`moving`: painted as a strip of one period and one width more, so that a window of `w` slides without a seam."""

    text: str
    moving: bool


class Filler(Look, frozen=True, kw_only=True):
    """Plain ground where there is nothing to say."""


class Alarm(Look, frozen=True, kw_only=True):
    zh: str
    en: str


class Frame(Look, frozen=True, kw_only=True):
    """A side of the red frame around an emergency's picture."""


class Pairing(Look, frozen=True, kw_only=True):
    """The code of a screen that nobody knows: read from the other end of the hall."""

    code: str


class Strip(Look, frozen=True, kw_only=True):
    """Who this screen is, while the hub looks for it."""

    text: str


AnyLook: TypeAlias = (
    Header
    | Heads
    | Newest
    | Row
    | WaitingHead
    | Waiting
    | Notice
    | Ticker
    | Filler
    | HallClock
    | Pattern
    | Alarm
    | Frame
    | Pairing
    | Strip
)


class Tile(msgspec.Struct, frozen=True):
    """`frame`: which of the look's frames is shown. `call`: (number, counter) of a row with a call."""

    slot: int
    x: int
    y: int
    look: AnyLook
    frame: int = 0
    call: tuple[str, str] | None = None


class Plan(msgspec.Struct, frozen=True):
    """`zone`: where the media play."""

    tiles: tuple[Tile, ...]
    zone: Box


def plan(screen: ShowBoard, width: int, height: int, *, rows: int, media: bool, moving: bool) -> Plan:
    """Tiles in the order in which they should reach the screen: calls first. `media` get a zone of their own."""
    unit = min(width / 1920, height / 1080) if width >= height else min(width / 1080, height / 1920)
    if screen.alarm is not None:
        return _alarm(screen.alarm, width, height, unit, media)
    if screen.pairing:
        whole = Pairing(w=width, h=height, unit=unit, code=screen.pairing)
        return Plan((Tile(PAIRING, 0, 0, whole),), Box(0, 0, width, height))
    if screen.pattern:
        bars = Pattern(w=width, h=height, unit=unit, name=screen.pattern)
        return Plan((Tile(PATTERN, 0, 0, bars),), Box(0, 0, width, height))
    ticker_h = round(90 * unit) if screen.ticker else 0
    header_h = round((110 if width >= height else 150) * unit) if screen.board else 0
    middle = Box(0, header_h, width, height - header_h - ticker_h)
    tiles: list[Tile] = []
    zone = middle if media else Box(0, 0, width, height)
    if screen.notice:
        notice_h = round(170 * unit)
        look = Notice(w=width, h=notice_h, unit=unit, text=NOTICE, english=NOTICE_ENGLISH)
        tiles.append(Tile(NOTICE_BAR, 0, middle.y + middle.h - notice_h, look))
        zone = Box(middle.x, middle.y, middle.w, middle.h - notice_h) if media else zone
    elif screen.board:
        board, side = _halves(middle, unit, bool(screen.waiting) or media)
        tiles += _calls(screen, board, unit, rows)
        if side.w and side.h:
            zone = _zone(side, unit, len(screen.waiting)) if media else zone
            tiles += _side(screen, Box(side.x, side.y, side.w, side.h - (zone.h if media else 0)), unit)
    if header_h:
        tiles += _head(screen, width, header_h, unit)
    if ticker_h:
        look_t = Ticker(w=width, h=ticker_h, unit=unit, text=screen.ticker, moving=moving)
        tiles.append(Tile(TICKER, 0, height - ticker_h, look_t))
    if screen.here:
        tiles.append(Tile(HERE, 0, 0, Strip(w=width, h=round(110 * unit), unit=unit, text=screen.here)))
    return Plan(tuple(tiles), zone)


def _alarm(words: Words, width: int, height: int, unit: float, media: bool) -> Plan:
    """Nothing else is on the screen; a picture stands above the words, in a red frame."""
    if not media:
        look = Alarm(w=width, h=height, unit=unit, zh=words.zh, en=words.en)
        return Plan((Tile(ALARM, 0, 0, look),), Box(0, 0, width, height))
    edge, words_h = round(24 * unit), round(height * 0.44)
    zone = Box(edge, edge, width - 2 * edge, height - words_h - edge)
    tiles = [Tile(ALARM, 0, height - words_h, Alarm(w=width, h=words_h, unit=unit, zh=words.zh, en=words.en))]
    sides = (Box(0, 0, width, edge), Box(0, edge, edge, zone.h), Box(width - edge, edge, edge, zone.h))
    tiles += [Tile(FRAME + at, box.x, box.y, Frame(w=box.w, h=box.h, unit=unit)) for at, box in enumerate(sides)]
    return Plan(tuple(tiles), zone)


def _head(screen: ShowBoard, width: int, height: int, unit: float) -> list[Tile]:
    """The area's name, and the clock at its right: a minute paints the clock alone."""
    clock_w = round((540 if width > 10 * height else 330) * unit) if screen.clock else 0
    head = Header(w=width - clock_w, h=height, unit=unit, title=screen.title, english=screen.english)
    tiles = [Tile(HEADER, 0, 0, head)]
    if screen.clock:
        look = HallClock(w=clock_w, h=height, unit=unit, time=screen.clock.time, day=screen.clock.day)
        tiles.append(Tile(CLOCK, width - clock_w, 0, look))
    return tiles


def _halves(middle: Box, unit: float, divided: bool) -> tuple[Box, Box]:
    """The board's box and the box at its side (landscape) or below it (portrait)."""
    if not divided:
        return middle, Box(0, 0, 0, 0)
    if middle.w >= middle.h:
        left = round(middle.w * 0.645)
        return Box(0, middle.y, left, middle.h), Box(left, middle.y, middle.w - left, middle.h)
    upper = min(round(960 * unit), middle.h)
    return Box(0, middle.y, middle.w, upper), Box(0, middle.y + upper, middle.w, middle.h - upper)


def _zone(side: Box, unit: float, centres: int) -> Box:
    """16:9 at the foot of the side box, or what the counts leave, but a third of it in any case."""
    left = side.h - round(56 * unit) - centres * round(90 * unit)
    high = min(round(side.w * 9 / 16), max(left, side.h // 3))
    return Box(side.x, side.y + side.h - high, side.w, high)


def _calls(screen: ShowBoard, box: Box, unit: float, rows: int) -> list[Tile]:
    heads_h = round(56 * unit)
    small_h = int((box.h - heads_h) / (rows + 0.8)) if rows > 1 else 0
    first_h = box.h - heads_h - small_h * (rows - 1)
    first = screen.calls[0] if screen.calls else None
    number, counter = (first.number, first.counter_name) if first else ("", "")
    newest = Newest(w=box.w, h=first_h, unit=unit, number=number, counter=counter)
    call = (first.number, first.counter) if first else None
    lit = screen.lit and screen.blinking in (None, call)
    tiles = [Tile(ROWS, box.x, box.y + heads_h, newest, int(lit), call)]
    for index in range(1, rows):
        past = screen.calls[index] if index < len(screen.calls) else None
        number, counter = (past.number, past.counter_name) if past else ("", "")
        call = (past.number, past.counter) if past else None
        blinks = call is not None and call == screen.blinking
        row = Row(w=box.w, h=small_h, unit=unit, number=number, counter=counter, blinks=blinks)
        y = box.y + heads_h + first_h + small_h * (index - 1)
        tiles.append(Tile(ROWS + index, box.x, y, row, int(blinks and screen.lit), call))
    return [*tiles, Tile(HEADS, box.x, box.y, Heads(w=box.w, h=heads_h, unit=unit))]


def _side(screen: ShowBoard, box: Box, unit: float) -> list[Tile]:
    """As many counts as can be read; the rest of the box is plain ground."""
    tiles: list[Tile] = []
    y, end = box.y, box.y + box.h
    if screen.waiting:
        head_h = round(56 * unit)
        tiles.append(Tile(WAITING_HEAD, box.x, y, WaitingHead(w=box.w, h=head_h, unit=unit)))
        y += head_h
        each = max(round(90 * unit), min(round(200 * unit), (end - y) // len(screen.waiting)))
        for index, centre in enumerate(screen.waiting[: min((end - y) // each, 30)]):
            count = Waiting(w=box.w, h=each, unit=unit, name=centre.name, english=centre.english, count=centre.waiting)
            tiles.append(Tile(WAITING + index, box.x, y, count))
            y += each
    if y < end:
        tiles.append(Tile(FILLER, box.x, y, Filler(w=box.w, h=end - y, unit=unit)))
    return tiles
