"""The byte of signal strength that some radio modules put behind a frame; and settings that contradict each other."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.protocols.ff68 import Frame, encode
from edge.repeater.reception import Reception
from edge.repeater.settings import Settings

KEY, OTHER = Frame(5, 1, b"\x0c"), Frame(6, 1, b"\x0d")


def test_without_strength_a_frame_comes_at_once() -> None:
    reception = Reception("none")
    assert reception.take(encode(KEY)) == [(KEY, None)]
    assert not reception.expecting


@pytest.mark.parametrize(("kind", "byte", "dbm"), [("appended", 0xB9, -71), ("appended-half", 0x8E, -71)])
def test_the_byte_behind_a_frame_is_its_strength(kind: str, byte: int, dbm: int) -> None:
    reception = Reception(kind)
    assert reception.take(encode(KEY) + bytes((byte,))) == [(KEY, dbm)]
    assert reception.take(encode(KEY)) == []
    assert reception.expecting
    assert reception.take(bytes((byte,))) == [(KEY, dbm)]
    assert reception.bytes_dropped == 0


def test_a_byte_that_does_not_come_holds_the_frame_up_only_until_the_line_is_silent() -> None:
    reception = Reception("appended")
    assert reception.take(encode(KEY)) == []
    assert reception.take(b"") == [(KEY, None)]
    assert not reception.expecting


def test_a_frame_right_behind_a_frame_is_no_strength() -> None:
    reception = Reception("appended")
    assert reception.take(encode(KEY) + encode(OTHER) + b"\xc4") == [(KEY, None), (OTHER, -60)]


def test_what_the_port_had_begun_to_say_is_forgotten_when_it_goes_away() -> None:
    reception = Reception("appended")
    reception.take(encode(KEY))
    reception.forget()
    assert reception.take(b"\xc4" + encode(KEY)[4:]) == []
    reception = Reception("none")
    reception.take(encode(KEY)[:5])
    reception.forget()
    assert reception.take(encode(KEY)[5:]) == []


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 120)), max_size=6), st.integers(1, 7))
def test_every_frame_gets_its_own_strength_whatever_the_portions(sent: list[tuple[int, int]], portion: int) -> None:
    stream = b"".join(encode(Frame(address, 1, b"\x0c")) + bytes((256 - dbm,)) for address, dbm in sent if dbm > 1)
    reception, heard = Reception("appended"), []
    for at in range(0, len(stream), portion):
        heard += reception.take(stream[at : at + portion])
    assert heard == [(Frame(address, 1, b"\x0c"), -dbm) for address, dbm in sent if dbm > 1]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"port": ""}, "name the serial port"),
        ({"poll_s": 1.0}, "poll_s = 1 is too short"),
        ({"lost_s": 20.0}, "lost_s = 20 must be longer than poll_s = 20"),
        ({"answer_s": 0.9}, "answer_s = 0.9 must be shorter than repeat_s = 0.8"),
        ({"slot_s": 0.1}, "three slots must fit into answer_s = 0.15"),
        ({"rssi": "prefixed"}, "Invalid enum value 'prefixed'"),
        ({"direction": "cts"}, "Invalid enum value 'cts'"),
        ({"baud": 0}, "`int` >= 1"),
        ({"star_level": 6}, "`int` <= 5"),
        ({"bauds": 9600}, "unknown field `bauds`"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(table: dict[str, object], words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refusal:
        msgspec.convert(table, Settings)
    assert words in str(refusal.value)


def test_the_settings_that_a_hall_begins_with_make_sense() -> None:
    assert msgspec.convert({}, Settings).port == "/dev/ttyUSB0"
