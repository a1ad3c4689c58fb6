"""Onbon BX: the manufacturer's own examples byte for byte, and a reader that survives what lines do."""

import random
from pathlib import Path

import pytest

from edge.protocols import onbon_bx, onbon_text
from edge.protocols.onbon_bx import Answer, Area, Packet, Reader

GOLDEN = Path(__file__).parents[2] / "golden" / "onbon_bx.txt"
HEAD = "A5 A5 A5 A5 A5 A5 A5 A5 "


def spaced(data):
    return data.hex(" ").upper()


def examples():
    """`tests/golden/onbon_bx.txt`: heading, commentary, and a frame in hex."""
    for block in GOLDEN.read_text("utf-8").split("\n== ")[1:]:
        name, *lines = block.splitlines()
        yield name, bytes.fromhex("".join(line.split("|")[0] for line in lines if line.startswith("  ")))


FRAMES = dict(examples())


def test_the_checksum_is_crc16_arc():
    """Check value of the CRC catalogue."""
    assert onbon_bx.crc16(b"123456789") == 0xBB3D


@pytest.mark.parametrize("name", [name for name in FRAMES if name.startswith("§")])
def test_the_manufacturers_examples_are_understood_and_written_again(name):
    """All of them as printed, but for their heads: the manual prints eight or nine A5."""
    reader = Reader()
    [packet] = reader.feed(FRAMES[name])
    assert reader.dropped == 0
    assert onbon_bx.frame(packet).lstrip(b"\xa5") == FRAMES[name].lstrip(b"\xa5")


def test_ping_is_the_manuals_ping():
    assert onbon_bx.frame(Packet(1, onbon_bx.PING)) == FRAMES["§8.7 PING"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [("§7.1 ACK", Answer(ok=True)), ("§7.2 NACK: bad checksum", Answer(ok=False, error=onbon_bx.BAD_CHECKSUM))],
)
def test_answers_are_understood(name, answer):
    [packet] = Reader().feed(FRAMES[name])
    assert packet.screen == onbon_bx.HOST
    assert onbon_bx.answer(packet.data) == answer


OURS = {
    "a number, red, standing still": onbon_bx.show(
        [
            Area(
                width=64,
                height=16,
                timeout_s=120,
                text=onbon_text.content("A012", "red", 16, "gb2312", 485).text,
            )
        ]
    ),
    "a notice that moves to the left": onbon_bx.show(
        [
            Area(
                width=64,
                height=16,
                timeout_s=120,
                moving=True,
                text=onbon_text.content("下午休息，请周一再来", "yellow", 16, "gb2312", 485).text,
            )
        ]
    ),
    "clear": onbon_bx.CLEAR,
    "brightness 7 of 15": onbon_bx.brightness(7),
}


@pytest.mark.parametrize("name", OURS)
def test_what_we_send_is_what_was_looked_at(name):
    sent = onbon_bx.frame(Packet(1, OURS[name], dynamic=name.startswith("a ")))
    assert spaced(sent) == spaced(FRAMES[f"ours: {name}"])


def test_bytes_that_mean_something_are_escaped_on_the_way():
    packet = Packet(0x5AA5, bytes((0xA0, 0xA5, 0xA6, 0x5A, 0x5B)))
    sent = onbon_bx.frame(packet)
    assert sent.count(b"\xa5") == 8
    assert sent.count(b"\x5a") == 1
    assert Reader().feed(sent) == [packet]


def test_every_byte_survives_the_way():
    for start in range(0, 256, 16):
        packet = Packet(1, bytes(range(start, start + 16)) * 3)
        assert Reader().feed(onbon_bx.frame(packet)) == [packet]


def test_a_frame_comes_in_pieces_of_any_size():
    sent = onbon_bx.frame(Packet(1, onbon_bx.PING))
    for size in range(1, len(sent)):
        reader = Reader()
        found = [one for at in range(0, len(sent), size) for one in reader.feed(sent[at : at + size])]
        assert found == [Packet(1, onbon_bx.PING)]


def test_a_frame_with_any_one_byte_wrong_is_never_taken_for_another():
    sent = onbon_bx.frame(Packet(1, onbon_bx.PING))
    for at in range(8, len(sent)):
        for wrong in range(256):
            if wrong == sent[at]:
                continue
            found = Reader().feed(sent[:at] + bytes([wrong]) + sent[at + 1 :])
            assert found == [], (at, wrong)


def test_frames_are_found_among_noise_and_after_cut_ones():
    dice, reader, sent = random.Random(3), Reader(), onbon_bx.frame(Packet(1, onbon_bx.PING))
    found = 0
    for _ in range(500):
        noise = bytes(dice.randrange(256) for _ in range(dice.randrange(40)))
        found += len(reader.feed(noise + sent[: dice.randrange(len(sent))] + sent))
    assert found == 500
    assert reader.dropped > 100


def test_noise_without_an_end_is_not_collected_for_ever():
    reader = Reader()
    reader.feed(b"\xa5" + b"\x00" * 100_000)
    assert len(reader._body or b"") <= 4096
    assert reader.feed(onbon_bx.frame(Packet(1, onbon_bx.PING))) == [Packet(1, onbon_bx.PING)]


def test_text_is_written_in_the_cards_charset_and_what_it_lacks_is_shown_and_told():
    content = onbon_text.content("喆龘A", "green", 24, "gb2312", 485)
    assert content.text == b"\\FO001\\FE001\\C2" + "〓〓A".encode("gb2312")
    assert content.lacking == "喆龘"
    content = onbon_text.content("喆龘𬀩", "red", 16, "gbk", 485)
    assert content.text == b"\\FO000\\FE000\\C1" + "喆龘〓".encode("gbk")
    assert content.lacking == "𬀩"


def test_no_text_can_be_taken_for_an_escape_or_a_line_break():
    content = onbon_text.content("\\C2 绿\n\\DY", "red", 16, "gb2312", 485)
    body = content.text.removeprefix(b"\\FO000\\FE000\\C1")
    assert b"\\" not in body
    assert body.decode("gbk") == "＼C2 绿 ＼DY"


def test_signs_that_gb2312_and_gbk_write_alike_are_no_trouble():
    assert onbon_text.content("·—…“”（）", "red", 16, "gb2312", 485).lacking == ""


def test_text_that_is_too_long_for_an_area_is_cut_between_characters_and_told():
    content = onbon_text.content("请" * 300, "red", 16, "gb2312", 100)
    assert content.cut
    assert len(content.text) <= 100
    assert content.text.decode("gb2312").endswith("请请…")
    assert not onbon_text.content("请" * 42, "red", 16, "gb2312", 100).cut


def test_an_area_says_itself_how_long_it_is():
    text = b"\\C1A012"
    data = onbon_bx.show([Area(width=64, height=16, timeout_s=300, text=text)], delete=[1, 2])
    assert data[:9] == bytes((0xA3, 0x06, 1, 0, 0, 2, 1, 2, 1))
    assert int.from_bytes(data[9:11], "little") == len(data) - 11 == 27 + len(text)
