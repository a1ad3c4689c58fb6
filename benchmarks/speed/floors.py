"""Floors of counters on real hubs, for as long as something is measured on them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load.hall import write_hall
from benchmarks.load.site import Site
from benchmarks.speed.counters import Floor


@contextmanager
def open_floor(
    runner: asyncio.Runner, directory: Path, counters: int, serve: Sequence[str] = ()
) -> Iterator[tuple[Site, Floor]]:
    """A hub whose log is under `directory`, with all counters signed on. `serve`: more arguments of `hub serve`."""
    directory.mkdir(parents=True, exist_ok=True)
    hall_file = directory / "hall.toml"
    site = Site(directory, hall_file, write_hall(hall_file, counters, machines=1), serve=serve)
    floor = Floor(site, counters)
    with site:
        runner.run(floor.open())
        yield site, floor
        runner.run(floor.close())
