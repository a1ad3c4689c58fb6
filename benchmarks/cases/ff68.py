"""FF68 parser under fire: noise, false heads, frames cut, mutated, joined; what it finds of what was whole."""

import random
import time
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

from edge.protocols.ff68 import DATA_MAX, FRAME_MAX, Frame, Parser, encode

_BYTES, _QUICK_BYTES = 12_000_000, 400_000
_SEED = 68
_PORTIONS = (1, 2, 7, 64, 500, 4096)  # bytes at a time, as a port may give them
_CHUNK = 4096
_ALPHABET = b"\xff\x68\x02\x03\x04\x16\x0c"
_HEADS = {size: bytes((0xFF, 0x68, size, size, 0x68)) for size in (2, 3, 22, DATA_MAX + 2)}
_ADVERSARIES = {f"heads of {size}": head for size, head in _HEADS.items()} | {"FF": b"\xff", "FF 68": b"\xff\x68"}


def measure(quick: bool) -> dict[str, Any]:
    """`planted`: whole frames put into the stream, `found` of them, `by_chance`: whole, though nobody planted them.

    `verified`: the frames of a part of the stream were held against a search of every stretch of bytes.
    `worst_ratio`: time per byte of the worst stream that we know, to that of key frames one after another.
    """
    wanted = _QUICK_BYTES if quick else _BYTES
    chance = random.Random(_SEED)  # noqa: S311 - a seed, not a secret
    parser, fed, planted, found, by_chance, crashes = Parser(), 0, 0, 0, 0, 0
    spent_s = 0.0
    for stream, frames in _portions_of_weather(chance):
        begun = time.process_time()
        try:
            heard = list(chain.from_iterable(map(parser.feed, _cut(stream, chance))))
        except Exception as error:
            crashes += 1
            print(f"crashed: {error!r}")
            parser, heard = Parser(), []
        spent_s += time.process_time() - begun
        fed += len(stream)
        hits = _in_order(frames, heard)
        planted, found, by_chance = planted + len(frames), found + hits, by_chance + len(heard) - hits
        if fed >= wanted:
            break
    return {
        "bytes": fed,
        "crashes": crashes,
        "planted": planted,
        "found": found,
        "by_chance": by_chance,
        "bytes_dropped": parser.bytes_dropped,
        "frames_bad": parser.frames_bad,
        "verified": _verified(chance, 20_000 if quick else 100_000),
        "mb_per_s": fed / spent_s / 1e6,
        **_adversaries(chance, wanted // 20),
    }


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield f"{figures['bytes']:,} bytes, {figures['crashes']} crashes, {figures['mb_per_s']:.2f} MB/s"
    yield f"frames planted {figures['planted']:,}, found {figures['found']:,}; {figures['by_chance']} more by chance"
    yield f"dropped {figures['bytes_dropped']:,} bytes; {figures['frames_bad']:,} heads with a wrong end or checksum"
    yield f"same frames as a search everywhere: {figures['verified']}"
    for name, ratio in figures["ratios"].items():
        yield f"  {name:36} {ratio:6.2f}"


def _portions_of_weather(chance: random.Random) -> Iterator[tuple[bytes, list[Frame]]]:
    """For ever: some bytes, and the whole frames among them."""
    weathers = (_noise, _mutated, _false_heads, _joined)
    while True:
        stream, frames = bytearray(), []
        while len(stream) < _CHUNK:
            raw, planted = chance.choice(weathers)(chance)
            stream += raw
            frames += planted
        yield bytes(stream), frames


def _frame(chance: random.Random) -> Frame:
    size = chance.choice((1, 1, 1, 2, 6, chance.randrange(DATA_MAX + 1)))
    return Frame(chance.randrange(256), chance.randrange(256), chance.randbytes(size))


def _noise(chance: random.Random) -> tuple[bytes, list[Frame]]:
    """Random bytes, or of FF68's own alphabet; and a frame right behind them."""
    size = chance.randrange(200)
    noise = chance.randbytes(size) if chance.random() < 0.5 else bytes(chance.choices(_ALPHABET, k=size))
    frame = _frame(chance)
    return noise + encode(frame), [frame]


def _mutated(chance: random.Random) -> tuple[bytes, list[Frame]]:
    """A bit turned, a byte lost or put in, or the frame cut; and a whole one right behind it."""
    raw, behind = bytearray(encode(_frame(chance))), _frame(chance)
    at = chance.randrange(len(raw))
    match chance.randrange(4):
        case 0:
            raw[at] ^= 1 << chance.randrange(8)
        case 1:
            del raw[at]
        case 2:
            raw.insert(at, chance.randrange(256))
        case _:
            del raw[at:]
    return bytes(raw) + encode(behind), [behind]


def _false_heads(chance: random.Random) -> tuple[bytes, list[Frame]]:
    """Heads that would swallow the frame behind them."""
    heads = b"".join(chance.choice(list(_HEADS.values())) for _ in range(chance.randrange(1, 20)))
    frame = _frame(chance)
    return heads[: len(heads) - chance.randrange(5)] + encode(frame), [frame]


def _joined(chance: random.Random) -> tuple[bytes, list[Frame]]:
    frames = [_frame(chance) for _ in range(chance.randrange(1, 9))]
    return b"".join(map(encode, frames)), frames


def _cut(stream: bytes, chance: random.Random) -> Iterator[bytes]:
    size = chance.choice(_PORTIONS)
    return (stream[at : at + size] for at in range(0, len(stream), size))


def _in_order(planted: list[Frame], heard: list[Frame]) -> int:
    """How many of the planted ones were heard, each for itself and in the order of planting."""
    rest = iter(heard)
    return sum(frame in rest for frame in planted)


def _verified(chance: random.Random, size: int) -> bool:
    stream = b""
    for portion, _ in _portions_of_weather(chance):
        stream += portion
        if len(stream) >= size:
            break
    return list(map(encode, Parser().feed(stream))) == list(_everywhere(stream))


def _everywhere(stream: bytes) -> Iterator[bytes]:
    """Every stretch of bytes that is a whole frame, by trying each."""
    for end in range(9, len(stream) + 1):
        if stream[end - 1] != 0x16:
            continue
        for start in range(max(0, end - FRAME_MAX), end - 8):
            raw = stream[start:end]
            size = len(raw) - 7
            if raw[:5] == bytes((0xFF, 0x68, size, size, 0x68)) and raw[-2] == sum(raw[5:-2]) & 0xFF:
                yield raw


def _adversaries(chance: random.Random, size: int) -> dict[str, Any]:
    """Streams made to cost: time per byte, to that of key frames one after another, in the same run."""
    keys = b"".join(encode(Frame(chance.randrange(256), 1, b"\x0c")) for _ in range(size // 10))
    calm = min(_spent_s(keys) for _ in repeat(None, 3)) / len(keys) * size
    ratios = {}
    for name, pattern in _ADVERSARIES.items():
        stream = (pattern * (size // len(pattern) + 1))[:size]
        ratios[f"{name} / keys"] = min(_spent_s(stream) for _ in repeat(None, 3)) / calm
        if name == "heads of 22":
            ratios[f"{name}, twice as many / once"] = min(_spent_s(stream * 2) for _ in repeat(None, 3)) / 2 / calm
            ratios[f"{name}, twice as many / once"] /= ratios[f"{name} / keys"]
    return {"ratios": ratios, "worst_ratio": max(ratio for name, ratio in ratios.items() if name.endswith("keys"))}


def _spent_s(stream: bytes) -> float:
    parser = Parser()
    begun = time.process_time()
    for at in range(0, len(stream), _CHUNK):
        parser.feed(stream[at : at + _CHUNK])
    return time.process_time() - begun
