"""The card reader's frames: exact bytes, any portions, noise and cuts; and what is taken from a card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.protocols import sam_v
from edge.protocols.sam_v import Card, CardError, Parser
from edge.ticket_printer.fake_reader import FakeCard

CARD = FakeCard.of(7)
READ = sam_v.reply(sam_v.OK, b"\x01\x00\x04\x00" + CARD.text() + bytes(1024))
STATUS = sam_v.reply(sam_v.OK)
quiet = st.binary(max_size=60).map(lambda noise: noise.replace(b"\xaa", b"\xab"))


def said(replies):
    return [(one.sw, bytes(one.data)) for one in replies]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (sam_v.FIND, "aaaaaa966900032001 22"),
        (sam_v.SELECT, "aaaaaa966900032002 21"),
        (sam_v.READ, "aaaaaa966900033001 32"),
        (sam_v.STATUS, "aaaaaa9669000311ff ed"),
    ],
)
def test_the_commands_are_the_published_bytes(command, wanted):
    assert command == bytes.fromhex(wanted)


def test_the_published_replies_are_understood():
    found = Parser().feed(bytes.fromhex("aaaaaa9669000800009f0000000097"))
    failed = Parser().feed(bytes.fromhex("aaaaaa966900040000414 5".replace(" ", "")))
    assert said(found) == [(sam_v.FOUND, bytes(4))]
    assert said(failed) == [((0, 0, 0x41), b"")]
    assert "读卡失败" in failed[0].trouble


def test_a_card_is_1295_bytes_on_the_line():
    assert len(READ) == 1295


def test_name_and_number_are_all_that_is_taken_from_a_card():
    (reply,) = Parser().feed(READ)
    card = sam_v.card(reply.data)
    assert card == Card(CARD.number, "测*")
    assert CARD.address not in repr((card, reply))
    reply.wipe()
    assert not any(reply.data)


def test_nothing_of_a_card_stays_in_the_parser():
    parser = Parser()
    parser.feed(READ)
    assert len(parser._buffer) == 0


@given(st.lists(st.integers(1, 700), min_size=1))
def test_replies_come_out_whole_whatever_the_portions(portions):
    stream, parser, found, turn = STATUS + READ + STATUS, Parser(), [], 0
    while stream:
        size = portions[turn % len(portions)]
        found += said(parser.feed(stream[:size]))
        stream, turn = stream[size:], turn + 1
    assert found == said(Parser().feed(STATUS + READ + STATUS))
    assert len(found) == 3
    assert (parser.bytes_dropped, parser.frames_bad) == (0, 0)


@given(st.lists(quiet, min_size=1, max_size=5))
def test_noise_between_replies_is_dropped_and_counted(noises):
    parser = Parser()
    found = [one for noise in noises for one in parser.feed(noise + STATUS)]
    assert said(found) == [(sam_v.OK, b"")] * len(noises)
    assert parser.bytes_dropped == sum(map(len, noises))


@given(st.integers(0, len(READ) - 1), st.integers(1, 255))
def test_a_damaged_reply_is_never_taken_for_a_good_one(place, by):
    damaged = READ[:place] + bytes([READ[place] ^ by]) + READ[place + 1 :]
    parser = Parser()
    assert parser.feed(damaged) + parser.silence() == []


@given(st.integers(0, len(READ) - 1))
def test_after_a_reply_that_was_cut_the_next_is_understood(length):
    parser = Parser()
    assert parser.feed(READ[:length]) == []
    parser.silence()
    assert said(parser.feed(STATUS)) == [(sam_v.OK, b"")]


@given(st.binary(max_size=3000))
def test_no_noise_breaks_the_parser_or_fills_it(noise):
    parser = Parser()
    parser.feed(noise)
    parser.silence()
    assert not parser.pending


def test_a_length_that_cannot_be_swallows_nothing():
    parser = Parser()
    found = parser.feed(sam_v.HEADER + b"\xff\xff" + STATUS)
    assert said(found) == [(sam_v.OK, b"")]
    assert parser.frames_bad == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(100),
        b"\x01\x00\x04\x00" + bytes(256),
        b"\x01\x00\x04\x00" + FakeCard("测试", "000000199001010011", "").text(),
        b"\x00\x10\x04\x00" + CARD.text(),
    ],
    ids=["nothing", "zeros", "no name", "a wrong check character", "another length of text"],
)
def test_what_is_no_whole_card_is_refused_and_quoted_nowhere(data):
    with pytest.raises(CardError) as raised:
        sam_v.card(bytearray(data))
    assert "00000019900101" not in str(raised.value)
