"""What a tile looks like: inside its edges, with contrast, in sizes that carry 10 m, whatever the words are."""

import base64
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageChops, ImageColor

from edge.signage_player import screen
from edge.signage_player.layout import HallClock, Header, Heads, Newest, Notice, Row, Ticker, Waiting, WaitingHead
from edge.signage_player.photograph import BYTES_MAX, small
from edge.signage_player.settings import Settings
from wire import codec
from wire.orders import Done

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FONTS = Settings().fonts
LONG = "人力资源开发科一号综合受理窗口与社会保险联合办理窗口"
ROW = {"w": 1238, "h": 121, "unit": 1.0}
TILES = [
    Header(w=1920, h=110, unit=1.0, title=LONG, english="A very long English title " * 6),
    Header(w=1080, h=150, unit=1.0, title=LONG, english="A very long English title " * 6),
    Heads(w=1238, h=56, unit=1.0),
    HallClock(w=540, h=110, unit=1.0, time="23:59", day="12月31日 星期日"),
    HallClock(w=330, h=150, unit=1.0, time="23:59", day="12月31日 星期日"),
    Newest(w=1238, h=219, unit=1.0, number="A012", counter="03号窗口"),
    Newest(w=1238, h=219, unit=1.0, number="YAB12345678", counter=LONG),
    Newest(w=619, h=110, unit=0.5, number="", counter=""),
    Row(**ROW, number="A012", counter="03号窗口"),
    Row(**ROW, number="YAB12345678", counter=LONG),
    WaitingHead(w=682, h=56, unit=1.0),
    Waiting(w=682, h=200, unit=1.0, name=LONG, english="English " * 20, count=123456),
    Waiting(w=682, h=90, unit=1.0, name="社保中心", english="Social insurance", count=7),
    Notice(w=1920, h=170, unit=1.0, text=LONG * 3, english="English " * 40),
    Ticker(w=1920, h=90, unit=1.0, text=LONG * 9, moving=False),
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink(image: Image.Image, ground: str) -> tuple[int, int, int, int]:
    """The box of everything that is not the ground."""
    plain = Image.new("RGB", image.size, ground)
    mask = Image.composite(Image.new("L", image.size, 0), Image.new("L", image.size, 255), _same(image, plain))
    box = mask.getbbox()
    assert box is not None
    return box


def _same(image: Image.Image, plain: Image.Image) -> Image.Image:
    return ImageChops.difference(image.convert("RGB"), plain).convert("L").point(lambda value: 255 if value < 8 else 0)


@pytest.mark.parametrize("ground", [screen.NIGHT, screen.GROUND, screen.BAND, screen.HIGHLIGHT, screen.RED])
def test_text_stands_out_by_more_than_the_standard_asks(ground: str) -> None:
    """WCAG 2.1 AA wants 4.5 : 1; amber is written on the rows' ground only, pale not on red."""
    inks = [screen.WHITE] + ([screen.PALE] if ground != screen.RED else [])
    inks += [screen.AMBER] if ground == screen.GROUND else []
    for colour in inks:
        assert (luminance(colour) + 0.05) / (luminance(ground) + 0.05) >= 4.5


@pytest.mark.parametrize("look", TILES, ids=lambda look: type(look).__name__)
def test_nothing_touches_the_edges_however_long_the_words(look: object) -> None:
    image = screen.paint(look, FONTS)
    for frame in range(image.height // look.h):
        one = image.crop((0, frame * look.h, look.w, (frame + 1) * look.h))
        ground = "#{:02x}{:02x}{:02x}".format(*one.getpixel((look.w - 1, 2))[:3])
        skip = round(8 * look.unit) + 1  # the line at the foot of a row and the bar at its left
        left, top, right, bottom = ink(one.crop((skip, 0, look.w, look.h - 3)), ground)
        assert left > 0
        assert right < look.w - skip - 4
        assert top >= 2
        assert bottom <= look.h - 4


def test_every_pixel_is_opaque_and_the_bytes_are_blue_first() -> None:
    image = screen.paint(Row(**ROW, number="A012", counter="03号窗口"), FONTS)
    data = screen.bgra(image)
    assert len(data) == image.width * image.height * 4
    red, green, blue = ImageColor.getrgb(screen.GROUND)
    assert data[:4] == bytes((blue, green, red, 255))
    assert set(data[3::4]) == {255}


def test_numbers_are_as_high_as_ten_metres_ask() -> None:
    """1/200 of the distance for a call, 1/220 for past ones: at 10 m, 79 and 72 of 1080 lines on a 55-inch screen."""
    newest = screen.paint(Newest(w=1238, h=219, unit=1.0, number="1", counter=""), FONTS).crop((0, 60, 500, 219))
    _, top, _, bottom = ink(newest, screen.HIGHLIGHT)
    assert bottom - top >= 79
    row = screen.paint(Row(**ROW, number="1", counter=""), FONTS).crop((0, 0, 400, 118))
    _, top, _, bottom = ink(row, screen.GROUND)
    assert bottom - top >= 72


def test_a_lit_call_is_red_and_a_calm_one_is_not() -> None:
    image = screen.paint(Newest(w=1238, h=219, unit=1.0, number="A012", counter="03号窗口"), FONTS)
    assert image.size == (1238, 2 * 219)
    red = ImageColor.getrgb(screen.RED)
    assert image.getpixel((2, 219 * screen.LIT + 2))[:3] == red
    assert image.getpixel((2, 219 * screen.CALM + 2))[:3] != red


def test_without_a_call_nothing_is_red() -> None:
    image = screen.paint(Newest(w=1238, h=219, unit=1.0, number="", counter=""), FONTS)
    red = ImageColor.getrgb(screen.RED)
    assert red not in {colour[:3] for _, colour in image.getcolors(maxcolors=1 << 20)}


def test_words_that_do_not_fit_shrink_first_and_then_end_in_an_ellipsis() -> None:
    text, font = screen.fit("03号窗口", FONTS, 80, 1000)
    assert (text, font.size) == ("03号窗口", 80)
    full = font.getlength("03号窗口")
    text, font = screen.fit("03号窗口", FONTS, 80, full * 0.75)
    assert text == "03号窗口"
    assert font.size < 80
    text, font = screen.fit(LONG, FONTS, 80, 500)
    assert text.endswith("…")
    assert LONG.startswith(text[:-1])
    assert font.getlength(text) <= 500


def test_line_breaks_and_control_characters_become_blanks() -> None:
    assert screen.fit("A\n012\x1b[2J\t号", FONTS, 40, 2000)[0] == "A 012 [2J 号"


def test_a_moving_ticker_is_a_strip_that_repeats_without_a_seam() -> None:
    look = Ticker(w=600, h=90, unit=1.0, text=LONG, moving=True)
    strip, period = screen.paint(look, FONTS), screen.ticker_period(look, FONTS)
    assert strip.width == period + 600
    assert strip.crop((0, 0, 600, 90)).tobytes() == strip.crop((period, 0, period + 600, 90)).tobytes()


def test_a_ticker_that_fits_or_may_not_move_stands_still() -> None:
    assert screen.ticker_period(Ticker(w=1920, h=90, unit=1.0, text="短", moving=True), FONTS) == 0
    assert screen.ticker_period(Ticker(w=300, h=90, unit=1.0, text=LONG, moving=False), FONTS) == 0


def test_an_endless_ticker_does_not_become_an_endless_picture() -> None:
    strip = screen.paint(Ticker(w=1920, h=90, unit=1.0, text="长" * 50_000, moving=True), FONTS)
    assert strip.width < 20_000


def test_missing_fonts_are_refused_with_what_to_install() -> None:
    with pytest.raises(screen.NoFontError, match="apt install fonts-noto-cjk"):
        screen.paint(Heads(w=400, h=50, unit=1.0), ("/nowhere/font.ttc",))


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (3840, 2160), (240, 240)])
def test_a_photograph_of_whatever_is_on_the_screen_fits_into_a_message(size: tuple[int, int]) -> None:
    """Noise is what JPEG can do least with."""
    jpeg = small(Image.effect_noise(size, 90).convert("RGB"))
    assert len(jpeg) <= BYTES_MAX
    said = Done(id="b-t1", to="o1", ok=True, text="字" * 200, picture=base64.b64encode(jpeg).decode(), at=AT)
    assert len(codec.encode(said)) <= codec.MAX_BYTES
