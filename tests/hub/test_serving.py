"""The hub as a process: its end is orderly, and a part of it that dies is heard of."""

import asyncio
import contextlib
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fastapi
import httpx
import pytest

from hub import main
from hub.settings import Address, SettingsError
from provisioning.broker.process import free_port
from tests.support.day import SMALL
from tests.support.hub import run
from tests.support.live import until


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("hub")
    arguments = [sys.executable, "-m", "hub", "init", "--data", str(directory), "--hall", str(SMALL)]
    subprocess.run(arguments, check=True, capture_output=True)
    return directory


@contextlib.contextmanager
def hub(data: Path, http: int) -> Iterator[subprocess.Popen[str]]:
    """Without a broker: that is no reason not to serve pages."""
    addresses = [f"--{door}=127.0.0.1:{port}" for door, port in (("http", http), ("est", free_port()), ("broker", 1))]
    arguments = [sys.executable, "-m", "hub", "serve", "--data", str(data), "--hall", str(SMALL), *addresses]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_hub_that_is_told_to_stop_ends_well_and_leaves_a_clean_database(data, number):
    port = free_port()
    with hub(data, port) as process:
        until(lambda: answers(port), "the hub serves")
        process.send_signal(number)
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()
    assert not (data / "hub.db-wal").exists()  # SQLite tidies up when the last connection is closed
    with contextlib.closing(sqlite3.connect(data / "hub.db")) as database:
        assert database.execute("SELECT epoch FROM hub_start ORDER BY id DESC").fetchone() == (1,), (
            "it said that it began"
        )


def test_a_hub_whose_port_is_taken_says_which_and_ends(data):
    with socket.create_server(("127.0.0.1", 0)) as taken, hub(data, taken.getsockname()[1]) as process:
        assert process.wait(30) == 2
        assert f"cannot listen at 127.0.0.1:{taken.getsockname()[1]}" in process.stderr.read()


def test_a_hub_that_is_told_to_stop_while_its_database_is_locked_still_ends(data):
    port = free_port()
    with hub(data, port) as process:
        until(lambda: answers(port), "the hub serves")
        with contextlib.closing(sqlite3.connect(data / "hub.db", isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/api/v1/halls/small/queue").status_code == 200
    return False


@pytest.mark.parametrize("text", ["127.0.0.1:²", "127.0.0.1:", ":8000", "127.0.0.1:0", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused_with_an_example(text):
    with pytest.raises(SettingsError, match="is not HOST:PORT, such as"):
        Address.of(text)


def test_a_part_that_ends_by_itself_ends_the_hub_and_is_named():
    async def fails() -> None:
        raise KeyError("a fault")

    async def story() -> None:
        tasks = [
            asyncio.create_task(asyncio.sleep(60), name="lasts"),
            asyncio.create_task(fails(), name="urgent views"),
        ]
        with pytest.raises(main.StoppedError, match="'urgent views' ended by itself") as stopped:
            await main._until(asyncio.Event(), tasks)
        assert isinstance(stopped.value.__cause__, KeyError)

    run(story())


def test_a_server_that_cannot_start_is_an_error_and_not_the_end_of_the_process_at_once():
    """What is open must still be closed; uvicorn alone would raise SystemExit through the loop."""

    @contextlib.asynccontextmanager
    async def broken(app: fastapi.FastAPI):
        raise RuntimeError("no")
        yield

    async def story() -> None:
        server = main._Server(fastapi.FastAPI(lifespan=broken))
        with socket.create_server(("127.0.0.1", 0)) as door, pytest.raises(main.StoppedError, match="could not start"):
            await server.run_at(door)

    run(story())
