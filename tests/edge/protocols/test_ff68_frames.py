"""FF68 byte by byte: each frame's exact bytes, and what every key means."""

import pytest

from edge.protocols import ff68, ff68_keys
from edge.protocols.ff68 import Frame
from edge.protocols.ff68_keys import Keystroke


@pytest.mark.parametrize(
    ("frame", "golden"),
    [
        (Frame(0x05, ff68_keys.KEY, b"\x0c"), "FF 68 03 03 68 05 01 0C 12 16"),
        (Frame(0x05, ff68_keys.KEY, b"\x06\x0f"), "FF 68 04 04 68 05 01 06 0F 1B 16"),
        (Frame(0xFE, ff68_keys.RATING, b"\x03"), "FF 68 03 03 68 FE 11 03 12 16"),
        (ff68_keys.beep(7), "FF 68 02 02 68 07 03 0A 16"),
        (ff68_keys.start_rating(9), "FF 68 03 03 68 09 01 0B 15 16"),
        (ff68_keys.star_level(9, 5), "FF 68 03 03 68 09 02 05 10 16"),
        (ff68_keys.display(5, 12, "A007"), "FF 68 08 08 68 05 02 0A 01 02 00 00 07 1B 16"),
        (ff68_keys.display(5, 0, ""), "FF 68 08 08 68 05 02 0A 0A 00 0A 0A 0A 39 16"),
    ],
)
def test_frames_have_exactly_these_bytes(frame: Frame, golden: str) -> None:
    raw = bytes.fromhex(golden)
    assert ff68.encode(frame) == raw
    assert ff68.Parser().feed(raw) == [frame]


@pytest.mark.parametrize("frame", [Frame(256, 1), Frame(-1, 1), Frame(1, 256), Frame(1, 1, bytes(ff68.DATA_MAX + 1))])
def test_what_a_frame_cannot_hold_is_refused_in_words(frame: Frame) -> None:
    with pytest.raises(ValueError, match="0-255, data at most"):
        ff68.encode(frame)


def test_the_longest_frame_survives_the_parser() -> None:
    frame = Frame(255, 255, bytes(range(ff68.DATA_MAX)))
    assert ff68.Parser().feed(ff68.encode(frame)) == [frame]


@pytest.mark.parametrize(
    ("waiting", "number", "digits"),
    [
        (3, "A1042", "  3042"),  # past 999 a number has four digits, and the display three places
        (1200, "B123", "999123"),
        (-1, "AK07", "  0 07"),  # a number from a machine's own series
        (40, "YA012", " 40012"),
        (1, "A①２3", "  1  3"),  # digits of other scripts are none
    ],
)
def test_display_shows_the_last_three_digits_and_at_most_999(waiting: int, number: str, digits: str) -> None:
    data = ff68_keys.display(1, waiting, number).data
    assert data == bytes(ff68_keys.BLANK if sign == " " else int(sign) for sign in digits)


@pytest.mark.parametrize(
    ("data", "phase", "meaning"),
    [
        ("0c", "idle", Keystroke("call-next")),
        ("0d", "called", Keystroke("recall")),
        ("0b", "serving", Keystroke("end")),
        ("12", "idle", Keystroke("pause")),
        ("12", "paused", Keystroke("resume")),
        ("060f", "called", Keystroke("no-show")),
        ("000f", "serving", Keystroke("park")),
        ("030f", "idle", Keystroke("return")),
        ("000313", "serving", Keystroke("transfer", "03")),
        ("0e", "idle", Keystroke(None)),
        ("01020e", "idle", Keystroke(None)),
        ("010000010f", "closed", Keystroke("sign-on", "1001")),
        ("050c", "idle", Keystroke("call-next")),  # digits left over before a key that takes none
    ],
)
def test_every_key_means_what_the_manual_says(data: str, phase: str, meaning: Keystroke) -> None:
    assert ff68_keys.keystroke(Frame(5, ff68_keys.KEY, bytes.fromhex(data)), phase) == meaning


@pytest.mark.parametrize("data", ["", "0f", "070f", "01020f", "13", "010203040513", "14", "00", "ff", "0c0c", "ff0f"])
def test_what_is_no_key_means_nothing(data: str) -> None:
    assert ff68_keys.keystroke(Frame(5, ff68_keys.KEY, bytes.fromhex(data)), "idle") is None


def test_a_key_counts_under_any_command_but_those_with_another_meaning() -> None:
    """The manuals leave a key's command open."""
    understood = [c for c in range(256) if ff68_keys.keystroke(Frame(5, c, b"\x0c"), "idle") == Keystroke("call-next")]
    assert sorted(set(range(256)) - set(understood)) == [ff68_keys.SHOW, ff68_keys.BEEP, ff68_keys.RATING]


@pytest.mark.parametrize(("key", "level"), [(0, 2), (1, None), (2, 4), (3, 5), (4, None), (255, None)])
def test_the_four_keys_of_an_evaluator(key: int, level: int | None) -> None:
    assert ff68_keys.level(Frame(9, ff68_keys.RATING, bytes((key,)))) == level


def test_a_rating_without_data_or_under_another_command_is_none() -> None:
    assert ff68_keys.level(Frame(9, ff68_keys.RATING)) is None
    assert ff68_keys.level(Frame(9, ff68_keys.KEY, b"\x03")) is None


def test_a_key_is_acknowledged_by_itself_and_a_rating_under_01() -> None:
    key = Frame(5, ff68_keys.KEY, b"\x0c")
    assert ff68_keys.acknowledgement(key) == key
    assert ff68_keys.acknowledgement(Frame(9, ff68_keys.RATING, b"\x03")) == Frame(9, 0x01, b"\x03")
