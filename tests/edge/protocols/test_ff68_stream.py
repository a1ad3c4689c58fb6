"""The stream parser against noise, cuts and joins, in any portions."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.protocols.ff68 import DATA_MAX, Frame, Parser, encode

LONGEST = DATA_MAX + 9
frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=DATA_MAX))
quiet_noise = st.binary(max_size=40).map(lambda noise: noise.replace(b"\xff", b"\xfe"))


def parse(stream: bytes, portions: list[int]) -> tuple[list[Frame], Parser]:
    """Feed `stream` in portions of these sizes, again and again, then let the line fall silent."""
    parser, found, at, turn = Parser(), [], 0, 0
    while at < len(stream):
        size = portions[turn % len(portions)]
        found += parser.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
        assert len(parser._buffer) <= LONGEST
    found += parser.silence()
    assert not parser.pending
    return found, parser


def random_frame(chance: random.Random) -> Frame:
    return Frame(chance.randrange(256), chance.randrange(256), chance.randbytes(chance.randrange(9)))


@given(st.lists(frames, min_size=1, max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_joined_frames_come_out_whole_whatever_the_portions(sent: list[Frame], portions: list[int]) -> None:
    found, parser = parse(b"".join(map(encode, sent)), portions)
    assert (found, parser.bytes_dropped, parser.frames_bad) == (sent, 0, 0)


@given(st.lists(st.tuples(quiet_noise, frames), max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_noise_between_frames_is_dropped_and_counted(parts: list[tuple[bytes, Frame]], portions: list[int]) -> None:
    found, parser = parse(b"".join(noise + encode(frame) for noise, frame in parts), portions)
    assert found == [frame for _, frame in parts]
    assert parser.bytes_dropped == sum(len(noise) for noise, _ in parts)


@given(st.binary(max_size=400), st.lists(st.integers(1, 50), min_size=1))
def test_what_is_found_does_not_depend_on_portions_and_every_byte_is_accounted_for(
    stream: bytes, portions: list[int]
) -> None:
    found, parser = parse(stream, portions)
    at_once, whole = parse(stream, [len(stream) or 1])
    assert found == at_once
    assert (parser.bytes_dropped, parser.frames_bad) == (whole.bytes_dropped, whole.frames_bad)
    assert sum(len(encode(frame)) for frame in found) + parser.bytes_dropped == len(stream)


@settings(max_examples=200)
@given(frames, frames, st.data())
def test_a_cut_frame_does_not_swallow_the_next(first: Frame, second: Frame, data: st.DataObject) -> None:
    keep = data.draw(st.integers(1, len(encode(first)) - 1))
    found, _ = parse(encode(first)[:keep] + encode(second), [7])
    assert found[-1:] == [second] or _overlaps(encode(first)[:keep] + encode(second), second)


def _overlaps(stream: bytes, last: Frame) -> bool:
    """Whether the cut one happens to be completed by bytes of the next: then nobody can tell."""
    return any(
        stream[start : start + 2] == b"\xff\x68" and Parser().feed(stream[start:])[:1] not in ([], [last])
        for start in range(len(stream))
    )


def test_a_damaged_byte_costs_that_frame_alone() -> None:
    before, hit, after = Frame(1, 1, b"\x0c"), bytearray(encode(Frame(2, 1, b"\x0c"))), Frame(3, 1, b"\x0d")
    for position in range(len(hit)):
        damaged = bytearray(hit)
        damaged[position] ^= 0x55
        found, parser = parse(encode(before) + bytes(damaged) + encode(after), [3])
        assert found == [before, after]
        assert parser.bytes_dropped == len(hit)


def test_a_false_start_delays_what_follows_only_until_the_line_is_silent() -> None:
    parser, key = Parser(), Frame(5, 1, b"\x0c")
    assert parser.feed(b"\xff\x68\x40\x40\x68" + encode(key)) == []
    assert parser.pending
    assert parser.silence() == [key]
    assert (parser.bytes_dropped, parser.frames_bad) == (5, 1)


def test_300_000_bytes_of_garbage_crash_nothing_and_hide_no_frame() -> None:
    """Random bytes, half of them from FF68's own alphabet, with intact frames strewn in: each is found, in order."""
    chance, sent, stream = random.Random(68), [], bytearray()
    while len(stream) < 300_000:
        alphabet = chance.choice([bytes(range(256)), b"\xff\x68\x03\x04\x16\x0c"])
        stream += bytes(chance.choices(alphabet, k=chance.randrange(120)))
        sent.append(random_frame(chance))
        stream += encode(sent[-1])
    found, parser = parse(bytes(stream), [1, 2, 64, 13, 500])
    remaining = iter(found)
    missed = [frame for frame in sent if frame not in remaining]
    assert missed == []
    assert sum(len(encode(frame)) for frame in found) + parser.bytes_dropped == len(stream)


def test_100_000_bytes_of_mutated_frames_crash_nothing() -> None:
    """Frames with bits flipped, bytes lost and bytes put in: every untouched one comes out, and hardly any other."""
    chance, parser, sent, found = random.Random(16), Parser(), [], []
    for _ in range(10_000):
        frame = random_frame(chance)
        raw = bytearray(encode(frame))
        match chance.randrange(4):
            case 0:
                raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            case 1:
                del raw[chance.randrange(len(raw))]
            case 2:
                raw.insert(chance.randrange(1, len(raw)), chance.randrange(256))
            case 3:
                sent.append(frame)
        found += parser.feed(bytes(raw))
    found += parser.silence()
    remaining = iter(found)
    assert [frame for frame in sent if frame not in remaining] == []
    assert len(found) < len(sent) * 1.01
    assert parser.frames_bad > 1000
