"""A message to bytes and back: msgspec with its checks, against json and a dict without any."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from benchmarks.rounds import Figures, Ways
from wire import codec
from wire.messages import Action

BASELINE = "json"

_MESSAGE = Action(id="5f3a9c01-17", verb="call-next", at=datetime(2026, 1, 5, 1, 0, tzinfo=UTC))
_BYTES = codec.encode(_MESSAGE)
_DICT = json.loads(_BYTES)


@contextmanager
def ways(quick: bool) -> Iterator[Ways]:
    times = 2_000 if quick else 100_000
    yield {
        "json": lambda: _both(times, lambda: json.dumps(_DICT).encode(), lambda: json.loads(_BYTES)),
        "msgspec": lambda: _both(times, lambda: codec.encode(_MESSAGE), lambda: codec.decode_up("action", _BYTES)),
    }


def _both(times: int, encode: Callable[[], bytes], decode: Callable[[], Any]) -> Figures:
    return {"encode_us": _each_us(times, encode), "decode_us": _each_us(times, decode)}


def _each_us(times: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times * 1e6
