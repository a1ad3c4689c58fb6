"""The stream parser against noise, cuts and joins, in any portions; held against a slow one that looks everywhere.

An intact frame is any run of bytes in the stream that is a whole frame by head, lengths, checksum and end. All of them
are found, whatever stands before, behind or around them.
"""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.protocols import ff68
from edge.protocols.ff68 import DATA_MAX, FRAME_MAX, Frame, Parser, encode

frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=DATA_MAX))
small_frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=8))
quiet_noise = st.binary(max_size=40).map(lambda noise: noise.replace(b"\xff", b"\xfe"))
heads = st.integers(0, DATA_MAX + 9).map(lambda size: bytes((0xFF, 0x68, size, size, 0x68)))
pieces = st.one_of(st.binary(max_size=20), heads, st.just(b"\xff"), frames.map(encode), small_frames.map(encode))
portions_ = st.lists(st.integers(1, 50), min_size=1)


def intact(stream: bytes) -> list[tuple[int, int]]:
    """Every whole frame, by trying each stretch of bytes against the definition: (start, end), by their ends."""
    found = []
    for end in range(1, len(stream) + 1):
        for start in range(max(0, end - FRAME_MAX), end - 8):
            raw = stream[start:end]
            size = len(raw) - 7
            head = [0xFF, 0x68, size, size, 0x68]
            if list(raw[:5]) == head and raw[-2] == sum(raw[5:-2]) % 256 and raw[-1] == 0x16:
                found.append((start, end))
    return found


def parse(stream: bytes, portions: list[int]) -> tuple[list[Frame], Parser]:
    """Feed `stream` in portions of these sizes, again and again."""
    parser, found, at, turn = Parser(), [], 0, 0
    while at < len(stream):
        size = portions[turn % len(portions)]
        found += parser.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
        assert len(parser._kept) < FRAME_MAX
        assert len(parser._claimed) <= FRAME_MAX
    return found, parser


def random_frame(chance: random.Random) -> Frame:
    return Frame(chance.randrange(256), chance.randrange(256), chance.randbytes(chance.randrange(9)))


@settings(max_examples=300)
@given(st.lists(pieces, max_size=12).map(b"".join), portions_)
@example(b"\xff\x68\x07\x07\x68\x01" + encode(Frame(5, 1, b"\x0c")), [1])
def test_exactly_the_intact_frames_are_found_whatever_surrounds_them(stream: bytes, portions: list[int]) -> None:
    found, parser = parse(stream, portions)
    spans = intact(stream)
    assert list(map(encode, found)) == [stream[start:end] for start, end in spans]
    in_frames = {at for start, end in spans for at in range(start, end)}
    assert parser.bytes_dropped == len(stream) - len(in_frames)


@given(st.lists(pieces, max_size=6).map(b"".join), frames, st.lists(pieces, max_size=3).map(b"".join), portions_)
def test_a_planted_frame_is_found_the_moment_its_last_byte_comes(
    before: bytes, frame: Frame, behind: bytes, portions: list[int]
) -> None:
    """No silence is waited for, and nothing that comes behind is needed."""
    parser = Parser()
    parser.feed(before + encode(frame)[:-1])
    assert parser.feed(encode(frame)[-1:])[-1:] == [frame] or _ends_another(before, frame)
    assert frame in parse(before + encode(frame) + behind, portions)[0]


def _ends_another(before: bytes, frame: Frame) -> bool:
    """Whether a second frame ends with the same byte, and so is named behind it or before."""
    stream = before + encode(frame)
    return len([end for _, end in intact(stream) if end == len(stream)]) > 1


@given(st.lists(frames, min_size=1, max_size=8), portions_)
def test_joined_frames_come_out_whole_whatever_the_portions(sent: list[Frame], portions: list[int]) -> None:
    found, parser = parse(b"".join(map(encode, sent)), portions)
    remaining = iter(found)
    assert all(frame in remaining for frame in sent)
    assert parser.bytes_dropped == 0


@given(st.lists(st.tuples(quiet_noise, small_frames), max_size=8), portions_)
def test_noise_between_frames_is_dropped_and_counted(parts: list[tuple[bytes, Frame]], portions: list[int]) -> None:
    found, parser = parse(b"".join(noise + encode(frame) for noise, frame in parts), portions)
    assert found == [frame for _, frame in parts]
    assert parser.bytes_dropped == sum(len(noise) for noise, _ in parts)


@given(frames, frames, st.data())
def test_a_cut_frame_does_not_swallow_the_next(first: Frame, second: Frame, data: st.DataObject) -> None:
    keep = data.draw(st.integers(1, len(encode(first)) - 1))
    assert second in parse(encode(first)[:keep] + encode(second), [7])[0]


def test_a_damaged_byte_costs_that_frame_alone() -> None:
    before, hit, after = Frame(1, 1, b"\x0c"), bytearray(encode(Frame(2, 1, b"\x0c"))), Frame(3, 1, b"\x0d")
    for position in range(len(hit)):
        damaged = bytearray(hit)
        damaged[position] ^= 0x55
        found, parser = parse(encode(before) + bytes(damaged) + encode(after), [3])
        assert found == [before, after]
        assert parser.bytes_dropped == len(hit)


def test_a_false_head_neither_hides_nor_delays_what_lies_inside_it() -> None:
    parser, key = Parser(), Frame(5, 1, b"\x0c")
    assert parser.feed(b"\xff\x68\x40\x40\x68" + encode(key)) == [key]
    assert (parser.bytes_dropped, parser.frames_bad) == (5, 0)
    parser.feed(bytes(80))
    assert (parser.bytes_dropped, parser.frames_bad) == (85, 1)


def test_a_frame_is_found_behind_every_head_that_could_swallow_it() -> None:
    """Every length that a head can claim, over every part of the frame behind it, and heads within heads."""
    key = Frame(0x68, 0xFF, b"\x68\x16")
    for size in range(256):
        for depth in range(1, 4):
            for cut in range(6):
                noise = bytes((0xFF, 0x68, size, size, 0x68)) * depth + bytes((0xFF, 0x68, size, size, 0x68))[:cut]
                assert key in Parser().feed(noise + encode(key)), (size, depth, cut)


def test_what_was_fed_says_where_a_frame_lay() -> None:
    raw, parser = encode(Frame(5, 1, b"\x0c")), Parser()
    assert [(one.start, one.end) for one in parser.find(b"\x00" + raw + b"\x07")] == [(1, 11)]
    parser.find(raw[:4])
    assert [(one.start, one.end) for one in parser.find(raw[4:] + b"\x99")] == [(-4, 6)]


def test_300_000_random_bytes_crash_nothing_and_hide_no_frame() -> None:
    """Half of them from FF68's own alphabet, with intact frames strewn in; the whole fuzz is `scripts/bench ff68`."""
    chance, sent, stream = random.Random(68), [], bytearray()
    while len(stream) < 300_000:
        alphabet = chance.choice([bytes(range(256)), b"\xff\x68\x03\x04\x16\x0c"])
        stream += bytes(chance.choices(alphabet, k=chance.randrange(120)))
        sent.append(random_frame(chance))
        stream += encode(sent[-1])
    found, _ = parse(bytes(stream), [1, 2, 64, 13, 500])
    remaining = iter(found)
    assert [frame for frame in sent if frame not in remaining] == []


def test_no_stream_makes_the_parser_look_at_a_byte_more_than_a_few_times(monkeypatch) -> None:
    """Heads as dense as they can stand, each with the right end: the worst that can be sent. Counted, not timed."""
    looked = 0
    check, may_begin = ff68._checked, ff68._may_begin

    def checked(raw: bytes) -> Frame | None:
        nonlocal looked
        looked += len(raw)
        return check(raw)

    def begins(head: bytes) -> bool:
        nonlocal looked
        looked += len(head)
        return may_begin(head)

    monkeypatch.setattr(ff68, "_checked", checked)
    monkeypatch.setattr(ff68, "_may_begin", begins)
    worst = [bytes((0xFF, 0x68, size, size, 0x68)) for size in (2, 0x16, DATA_MAX + 2)] + [b"\xff", b"\xff\x68"]
    for pattern in worst:
        for portion, limit in ((4096, 20), (16, 60)):
            for count in (20_000, 40_000):
                looked, parser, stream = 0, Parser(), (pattern * count)[:count]
                for at in range(0, count, portion):
                    parser.feed(stream[at : at + portion])
                assert looked <= limit * count, (pattern, portion, looked / count)
