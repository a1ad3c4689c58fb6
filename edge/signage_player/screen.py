"""Paints tiles with Pillow: white on government blue, red for a call alone, sizes that can be read from 10 m."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from edge.signage_player import alarm
from edge.signage_player.layout import (
    Alarm,
    AnyLook,
    Filler,
    Frame,
    HallClock,
    Header,
    Heads,
    Newest,
    Notice,
    Pairing,
    Pattern,
    Row,
    Strip,
    Ticker,
    Waiting,
    WaitingHead,
)

NIGHT, GROUND, BAND, HIGHLIGHT, LINE = "#061f4a", "#0a2f6b", "#0b47a1", "#1454b8", "#2a62b5"
WHITE, PALE, AMBER, RED = "#ffffff", "#d6e4ff", "#ffe08a", "#c4161c"
GROUND_ENDS = ("#0b47a1", "#061f4a")  # top and bottom of the picture behind everything
CALM, LIT = 0, 1
_TICKER_CHARACTERS_MAX = 300


class NoFontError(FileNotFoundError):
    """None of the fonts in the settings exists; the text says what to install."""


def paint(look: AnyLook, fonts: tuple[str, ...]) -> Image.Image:
    """RGBA, opaque, as wide and high as the look; strips are wider, frames lie below each other. Raises NoFontError."""
    match look:
        case Header():
            return _header(look, fonts)
        case Heads():
            return _pair(look, fonts, "号码 Number", "窗口 Counter", 38, PALE, NIGHT)
        case Newest():
            return _newest(look, fonts)
        case Row():
            return _row(look, fonts)
        case WaitingHead():
            return _pair(look, fonts, "等候人数 Waiting", "", 38, PALE, NIGHT, left=0.05)
        case Waiting():
            return _waiting(look, fonts)
        case Notice():
            return _notice(look, fonts)
        case Ticker():
            return _ticker(look, fonts)
        case HallClock():
            return _clock(look, fonts)
        case Pattern():
            return _pattern(look, fonts)
        case Alarm():
            return alarm.paint(look, lambda size: _font(fonts, size))
        case Frame():
            return Image.new("RGBA", (look.w, look.h), alarm.RED)
        case Pairing():
            return _pairing(look, fonts)
        case Strip():
            return _strip(look, fonts)
        case Filler():
            return Image.new("RGBA", (look.w, look.h), GROUND)


def bgra(image: Image.Image) -> bytes:
    """As mpv's overlay-add reads it: 32 bits a pixel, B lowest; opaque, which is premultiplied alpha too."""
    return image.tobytes("raw", "BGRA")


def background(width: int, height: int) -> Image.Image:
    """A small picture that mpv stretches over the screen where no media are."""
    top, bottom = (ImageColor.getrgb(colour)[:3] for colour in GROUND_ENDS)
    column = Image.new("RGB", (1, height))
    for y in range(height):
        share = y / max(1, height - 1)
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return column.resize((width, height))


def ticker_period(look: Ticker, fonts: tuple[str, ...]) -> int:
    """After how many pixels a moving strip repeats; 0 where the text fits and stands still."""
    font = _font(fonts, 50 * look.unit)
    long = round(font.getlength(_ticker_text(look)))
    return long + look.w // 4 if look.moving and long > look.w - _margin(look) * 2 else 0


# Tiles.


def _header(look: Header, fonts: tuple[str, ...]) -> Image.Image:
    """One line, or two on a narrow screen."""
    image, draw = _sheet(look, BAND)
    left = _margin(look)
    if look.w < 10 * look.h:
        title, font = fit(look.title, fonts, 60 * look.unit, look.w - 2 * left)
        _text(draw, left, look.h * 0.37, title, font, WHITE)
        english, small = fit(look.english, fonts, 34 * look.unit, look.w - 2 * left)
        _text(draw, left, look.h * 0.77, english, small, PALE)
        return image
    title, font = fit(look.title, fonts, 64 * look.unit, look.w * 0.6)
    _text(draw, left, look.h / 2, title, font, WHITE)
    x = left + font.getlength(title) + 36 * look.unit
    english, small = fit(look.english, fonts, 34 * look.unit, look.w - x - left)
    _text(draw, x, look.h / 2 + 10 * look.unit, english, small, PALE)
    return image


def _newest(look: Newest, fonts: tuple[str, ...]) -> Image.Image:
    """Two frames: words and an arrow say what the colour says."""
    image = Image.new("RGBA", (look.w, look.h * 2))
    image.paste(_call(look, fonts, HIGHLIGHT), (0, 0))
    image.paste(_call(look, fonts, RED if look.number else HIGHLIGHT), (0, look.h))
    return image


def _call(look: Newest, fonts: tuple[str, ...], ground: str) -> Image.Image:
    image, draw = _sheet(look, ground)
    if not look.number:
        return _empty_call(look, fonts, image, draw)
    label, small = fit("正在叫号 Now calling", fonts, 34 * look.unit, look.w * 0.5)
    _text(draw, _margin(look), 32 * look.unit, label, small, WHITE)
    _columns(draw, look, fonts, look.number, look.counter, min(150 * look.unit, look.h * 0.62), look.h * 0.61, WHITE)
    return image


def _empty_call(look: Newest, fonts: tuple[str, ...], image: Image.Image, draw: ImageDraw.ImageDraw) -> Image.Image:
    text, font = fit("请等候叫号", fonts, min(96 * look.unit, look.h * 0.4), look.w - 2 * _margin(look))
    _text(draw, _margin(look), look.h * 0.4, text, font, WHITE)
    text, font = fit("Please wait until your number is called", fonts, 36 * look.unit, look.w - 2 * _margin(look))
    _text(draw, _margin(look), look.h * 0.8, text, font, PALE)
    return image


def _row(look: Row, fonts: tuple[str, ...]) -> Image.Image:
    """One frame, or a calm and a lit one."""
    image = Image.new("RGBA", (look.w, look.h * (2 if look.blinks else 1)))
    for frame, ground in enumerate((GROUND, RED)[: 2 if look.blinks else 1]):
        image.paste(_past_call(look, fonts, ground), (0, look.h * frame))
    return image


def _past_call(look: Row, fonts: tuple[str, ...], ground: str) -> Image.Image:
    image, draw = _sheet(look, ground)
    draw.line((0, look.h - 1, look.w, look.h - 1), fill=LINE, width=max(1, round(2 * look.unit)))
    if look.number:
        size, colour = min(108 * look.unit, look.h * 0.86), AMBER if ground == GROUND else WHITE
        _columns(draw, look, fonts, look.number, look.counter, size, look.h * 0.49, colour)
    return image


def _clock(look: HallClock, fonts: tuple[str, ...]) -> Image.Image:
    """The day beside the time, or under it on a narrow screen."""
    image, draw = _sheet(look, BAND)
    right = look.w - _margin(look)
    beside = look.w > 4 * look.h
    time, large = fit(look.time, fonts, 64 * look.unit, right)
    _text(draw, right - large.getlength(time), look.h * (0.5 if beside else 0.36), time, large, WHITE)
    day, small = fit(look.day, fonts, 34 * look.unit, right)
    left = right - small.getlength(day) - (large.getlength(time) + 30 * look.unit if beside else 0)
    _text(draw, left, look.h / 2 + 10 * look.unit if beside else look.h * 0.78, day, small, PALE)
    return image


def _pattern(look: Pattern, fonts: tuple[str, ...]) -> Image.Image:
    """Bars from white to black, a grid of 16 x 9, a frame on the outermost pixels, the size and the name."""
    image, draw = _sheet(look, "#000000")
    bars = ("#ffffff", "#ffff00", "#00ffff", "#00ff00", "#ff00ff", "#ff0000", "#0000ff", "#000000")
    for index, colour in enumerate(bars):
        left, right = look.w * index // len(bars), look.w * (index + 1) // len(bars) - 1
        draw.rectangle((left, 0, right, look.h * 3 // 4 - 1), fill=colour)
    for step in range(16):  # a grey scale: screens that are set too dark or too bright lose its ends
        left, right = look.w * step // 16, look.w * (step + 1) // 16 - 1
        draw.rectangle((left, look.h * 3 // 4, right, look.h - 1), fill=(step * 17, step * 17, step * 17))
    for step in range(1, 16):
        draw.line((look.w * step // 16, 0, look.w * step // 16, look.h), fill="#808080")
        draw.line((0, look.h * step // 9, look.w, look.h * step // 9), fill="#808080")
    draw.rectangle((0, 0, look.w - 1, look.h - 1), outline=WHITE)
    size, font = fit(f"{look.w} x {look.h}", fonts, 96 * look.unit, look.w * 0.6)
    name, small = fit(look.name, fonts, 48 * look.unit, look.w * 0.6)
    half = max(font.getlength(size), small.getlength(name)) / 2 + _margin(look)
    draw.rectangle((look.w / 2 - half, look.h * 0.36, look.w / 2 + half, look.h * 0.64), fill=NIGHT, outline=WHITE)
    _text(draw, (look.w - font.getlength(size)) / 2, look.h * 0.46, size, font, WHITE)
    _text(draw, (look.w - small.getlength(name)) / 2, look.h * 0.57, name, small, PALE)
    return image


def _waiting(look: Waiting, fonts: tuple[str, ...]) -> Image.Image:
    image, draw = _sheet(look, GROUND)
    draw.line((0, look.h - 1, look.w, look.h - 1), fill=LINE, width=max(1, round(2 * look.unit)))
    draw.rectangle((0, 0, round(6 * look.unit), look.h), fill=NIGHT)
    edge = look.w * 0.05
    count, large = fit(str(look.count), fonts, min(92 * look.unit, look.h * 0.62), look.w * 0.3)
    right = look.w - edge - 44 * look.unit
    _text(draw, right - large.getlength(count), look.h / 2, count, large, WHITE)
    person, small = fit("人", fonts, 34 * look.unit, 44 * look.unit)
    _text(draw, right + 6 * look.unit, look.h / 2 + 10 * look.unit, person, small, PALE)
    room = right - large.getlength(count) - edge * 2
    tall = look.h >= 130 * look.unit
    name, font = fit(look.name, fonts, 46 * look.unit, room)
    _text(draw, edge, look.h * (0.36 if tall else 0.5), name, font, WHITE)
    if tall:
        english, tiny = fit(look.english, fonts, 28 * look.unit, room)
        _text(draw, edge, look.h * 0.74, english, tiny, PALE)
    return image


def _notice(look: Notice, fonts: tuple[str, ...]) -> Image.Image:
    image, draw = _sheet(look, GROUND)
    for text, size, y, colour in ((look.text, 66, 0.37, WHITE), (look.english, 34, 0.77, PALE)):
        line, font = fit(text, fonts, size * look.unit, look.w - 2 * _margin(look))
        _text(draw, (look.w - font.getlength(line)) / 2, look.h * y, line, font, colour)
    return image


def _pairing(look: Pairing, fonts: tuple[str, ...]) -> Image.Image:
    """The code takes the width of the screen: it is read across a hall."""
    image, draw = _sheet(look, NIGHT)
    for text, size, y, colour in (
        ("配对 Pairing", 90, 0.16, PALE),
        (look.code, 300, 0.48, WHITE),
        ("请在中枢的设备页面批准本机", 64, 0.76, WHITE),
        ("Approve this screen on the hub's page of devices", 44, 0.87, PALE),
    ):
        line, font = fit(text, fonts, size * look.unit, look.w - 2 * _margin(look))
        _text(draw, (look.w - font.getlength(line)) / 2, look.h * y, line, font, colour)
    return image


def _strip(look: Strip, fonts: tuple[str, ...]) -> Image.Image:
    image, draw = _sheet(look, AMBER)
    line, font = fit(look.text, fonts, 64 * look.unit, look.w - 2 * _margin(look))
    _text(draw, (look.w - font.getlength(line)) / 2, look.h / 2, line, font, NIGHT)
    return image


def _ticker(look: Ticker, fonts: tuple[str, ...]) -> Image.Image:
    period = ticker_period(look, fonts)
    image = Image.new("RGBA", (look.w + period, look.h), NIGHT)
    draw = ImageDraw.Draw(image)
    if not period:
        text, font = fit(_ticker_text(look), fonts, 50 * look.unit, look.w - 2 * _margin(look))
        _text(draw, _margin(look), look.h / 2, text, font, WHITE)
        return image
    font, text = _font(fonts, 50 * look.unit), _ticker_text(look)
    for x in range(0, image.width, period):
        _text(draw, x, look.h / 2, text, font, WHITE)
    return image


# What tiles are made of.


def fit(text: str, fonts: tuple[str, ...], size: float, room: float) -> tuple[str, ImageFont.FreeTypeFont]:
    """`text` and a font of `size` pixels, or down to 70% of it, so that it fits in `room`; beyond that it ends in …"""
    text = _plain(text)
    font = _font(fonts, size)
    long = font.getlength(text)
    if long > room:  # widths grow with the size; two steps only, because every size of a font takes a megabyte
        font = _font(fonts, size * (0.85 if long * 0.85 <= room else 0.7))
    if font.getlength(text) <= room:
        return text, font
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return (text + "…" if text else ""), font


def _columns(
    draw: ImageDraw.ImageDraw,
    look: Newest | Row,
    fonts: tuple[str, ...],
    number: str,
    counter: str,
    size: float,
    y: float,
    colour: str,
) -> None:
    """Number, arrow, counter. The counter starts at the same place in every row."""
    left, middle = _margin(look), look.w * 0.46
    text, font = fit(number, fonts, size, middle - left - size * 0.9)
    _text(draw, left, y, text, font, WHITE)
    _arrow(draw, middle - size * 0.62, y, size * 0.34, PALE)
    text, font = fit(counter, fonts, size * 0.86, look.w - middle - left)
    _text(draw, middle, y, text, font, colour)


def _pair(
    look: Heads | WaitingHead,
    fonts: tuple[str, ...],
    first: str,
    second: str,
    size: float,
    colour: str,
    ground: str,
    left: float = 0.0,
) -> Image.Image:
    image, draw = _sheet(look, ground)
    x = look.w * left or _margin(look)
    text, font = fit(first, fonts, size * look.unit, (look.w * 0.44 if second else look.w) - x)
    _text(draw, x, look.h / 2, text, font, colour)
    text, font = fit(second, fonts, size * look.unit, look.w * 0.5)
    _text(draw, look.w * 0.46, look.h / 2, text, font, colour)
    return image


def _sheet(look: AnyLook, ground: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGBA", (look.w, look.h), ground)
    return image, ImageDraw.Draw(image)


def _margin(look: AnyLook) -> float:
    return 48 * look.unit


def _text(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, fill: str) -> None:
    """`y` is the middle of the digits' height: rows of Chinese and Latin text then stand on one line."""
    draw.text((round(x), round(y + font.size * 0.37)), text, font=font, fill=fill, anchor="ls")


def _arrow(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, fill: str) -> None:
    draw.polygon([(x, y - size / 2), (x + size * 0.8, y), (x, y + size / 2)], fill=fill)


def _plain(text: str) -> str:
    """One line: whatever breaks or controls a line becomes a blank."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _ticker_text(look: Ticker) -> str:
    text = _plain(look.text)
    return text if len(text) <= _TICKER_CHARACTERS_MAX else text[:_TICKER_CHARACTERS_MAX] + "…"


def _font(fonts: tuple[str, ...], size: float) -> ImageFont.FreeTypeFont:
    path = next((name for name in fonts if Path(name).is_file()), None)
    if path is None:
        raise NoFontError(
            f"no font: none of {', '.join(fonts) or '(no names)'} exists; "
            "install one (apt install fonts-noto-cjk) or set [device] fonts"
        )
    return _opened(path, max(6, round(size)))


@lru_cache(maxsize=20)
def _opened(path: str, size: int) -> ImageFont.FreeTypeFont:
    """Noto's collection holds a face per region; Simplified Chinese is the one that is wanted.

    The basic layout engine is enough for one line of Chinese and Latin and keeps no tables of its own in memory.
    """
    faces = range(8) if path.endswith(".ttc") else range(1)
    for index in faces:
        try:
            font = ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)
        except OSError:
            break
        if "SC" in (font.getname()[0] or "").split():
            return font
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise NoFontError(f"no font: {path} cannot be read ({error}); install fonts-noto-cjk") from error
