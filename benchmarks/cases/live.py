"""Two hundred browsers on the live page while people press: processor and memory of the hub, and what a press waits."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from benchmarks.load.hall import write_hall
from benchmarks.load.program import Program
from benchmarks.load.site import HOST, Hub, Site

_STEP_S = 0.2  # between two presses
_TICKS = os.sysconf("SC_CLK_TCK")


class Window(NamedTuple):
    """Processor seconds a second of the hub; the median press, ms; what a browser is sent a second: bytes, pictures."""

    cpu: float
    press_ms: float
    bytes_per_s: float
    shown_per_s: float


def measure(quick: bool) -> dict[str, Any]:
    """Rounds without and with browsers in turn; `memory_mb`: resident, with them less without."""
    browsers, rounds, window_s = (5, 1, 1.0) if quick else (200, 5, 10.0)
    with tempfile.TemporaryDirectory(prefix="tingxu-bench-") as scratch:
        place = Path(scratch)
        hall = write_hall(place / "hall.toml", 8, machines=1)
        with (
            Site(place / "site", place / "hall.toml", hall) as site,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            return runner.run(_measured(site, browsers, rounds, window_s))


async def _measured(site: Site, browsers: int, rounds: int, window_s: float) -> dict[str, Any]:
    (hub,) = site.hubs
    who, secret = site.token("bench")
    program = Program(hub.http, who, secret)
    counter, clerk = site.hall.counter[0].id, site.hall.clerk[0].number
    signed_on = await program.ask(f"/halls/load/counters/{counter}/sign-on", {"clerk": clerk}, program.next_key())
    assert signed_on.status == 200, signed_on
    await _window(hub, program, counter, [], 1.0)  # warm
    found: dict[str, list[Window]] = {"alone": [], "watched": []}
    memory: list[float] = []
    for _ in range(rounds):
        before_kb = hub.rss_kb()
        found["alone"].append(await _window(hub, program, counter, [], window_s))
        readers = [Browser(hub.http, secret) for _ in range(browsers)]
        await asyncio.gather(*(one.open() for one in readers))
        found["watched"].append(await _window(hub, program, counter, readers, window_s))
        memory.append((hub.rss_kb() - before_kb) / 1024)
        for one in readers:
            one.close()
        await asyncio.sleep(0.5)
    program.close()
    alone, watched = (
        {name: statistics.median(getattr(one, name) for one in windows) for name in Window._fields}
        for windows in found.values()
    )
    return {
        "browsers": browsers,
        "alone": alone,
        "watched": watched,
        "cpu_of_browsers": watched["cpu"] - alone["cpu"],
        "press_ratio": statistics.median(
            two.press_ms / one.press_ms for one, two in zip(found["alone"], found["watched"], strict=True)
        ),
        "memory_mb": memory[0],  # the first time; freed memory is not given back
    }


def told(figures: dict[str, Any]) -> Iterable[str]:
    alone, watched = figures["alone"], figures["watched"]
    yield (
        f"{figures['browsers']} browsers on the live page, {1 / _STEP_S:.0f} presses a second: the hub takes "
        f"{watched['cpu']:.3f} of a core, {alone['cpu']:.3f} without them; {figures['memory_mb']:.0f} MB more"
    )
    yield (
        f"each is shown {watched['shown_per_s']:.1f} pictures a second, {watched['bytes_per_s'] / 1000:.1f} kB/s; "
        f"a press takes "
        f"{watched['press_ms']:.2f} ms, {alone['press_ms']:.2f} without them: × {figures['press_ratio']:.2f}"
    )


class Browser:
    """Reads the stream, and counts."""

    def __init__(self, address: str, secret: str) -> None:
        self.bytes = self.shown = 0
        self._address, self._secret = address, secret
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        _, _, port = self._address.partition(":")
        reader, self._writer = await asyncio.open_connection(HOST, int(port))
        self._writer.write(
            f"GET /dash/load/live HTTP/1.1\r\nHost: {self._address}\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {self._secret}\r\n\r\n".encode()
        )
        status = await reader.readline()
        assert b" 200 " in status, status
        self._task = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(1 << 16):
            self.bytes += len(chunk)
            self.shown += chunk.count(b"event: show\n")

    def close(self) -> None:
        assert self._writer is not None
        assert self._task is not None
        self._task.cancel()
        self._writer.close()


async def _window(hub: Hub, program: Program, counter: str, readers: list[Browser], length_s: float) -> Window:
    began, cpu = time.monotonic(), _cpu_s(hub.pid)
    counted = sum(one.bytes for one in readers), sum(one.shown for one in readers)
    presses: list[float] = []
    for turn in range(max(1, round(length_s / _STEP_S))):
        await asyncio.sleep(max(0.0, began + turn * _STEP_S - time.monotonic()))
        presses.append(await _press(program, counter))
    took = time.monotonic() - began
    sent = sum(one.bytes for one in readers) - counted[0], sum(one.shown for one in readers) - counted[1]
    each = max(1, len(readers)) * took
    return Window((_cpu_s(hub.pid) - cpu) / took, 1000 * statistics.median(presses), sent[0] / each, sent[1] / each)


async def _press(program: Program, counter: str) -> float:
    """A ticket is taken, called, served and ended: seconds that the call took."""
    await program.ask("/halls/load/tickets", {"service": "A"}, program.next_key())
    began = time.perf_counter()
    answer = await program.ask(f"/halls/load/counters/{counter}/call-next", {}, program.next_key())
    took = time.perf_counter() - began
    assert answer.status == 200, answer
    await program.ask(f"/halls/load/counters/{counter}/end", {}, program.next_key())
    return took


def _cpu_s(pid: int) -> float:
    """User and system, of all threads (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
