"""A hub and its broker as real processes, and who comes to them: browsers, programs, and what they leave behind."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from provisioning.broker.process import free_port
from provisioning.rehearsal.processes import Addresses, Processes
from tests.support.day import SMALL

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 30.0  # with one answer; two cores may be busy elsewhere


@contextlib.contextmanager
def hub_at_work(directory: Path, hall_file: Path = SMALL) -> Iterator[Processes]:
    """A new hub, prepared and serving, with its broker; both are gone afterwards."""
    processes = Processes(directory, hall_file, Addresses.free(f"127.0.0.1:{free_port()}"))
    try:
        processes.start()
        yield processes
    finally:
        processes.stop()


def stranger(hub: Processes, **headers: str) -> httpx.Client:
    """Somebody with nothing in hand."""
    return httpx.Client(base_url=hub.addresses.pages, headers=headers, timeout=_PATIENCE_S)


@contextlib.contextmanager
def browser(hub: Processes, name: str = "admin", password: str = "") -> Iterator[httpx.Client]:
    """Logged in, on one of the hub's own pages; without a password: the first administrator."""
    with stranger(hub, Origin=hub.addresses.pages) as client:
        answer = client.post("/api/v1/session", json={"name": name, "password": password or hub.password})
        assert answer.status_code == 200, answer.text
        yield client


@contextlib.contextmanager
def program(hub: Processes, role: str) -> Iterator[httpx.Client]:
    """With a token of that role."""
    with browser(hub) as administrator:
        answer = administrator.post("/api/v1/tokens", json={"name": f"a-{role}", "role": role})
        assert answer.status_code == 201, answer.text
    with stranger(hub, Authorization=f"Bearer {answer.json()['token']}") as client:
        yield client


def claim(administrator: httpx.Client, hall: str, position: str) -> str:
    """An enrolment token for the position."""
    answer = administrator.post(f"/api/v1/halls/{hall}/claims", json={"positions": [position]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["claims"][0]["token"])


def seat(administrator: httpx.Client, hall: str, position: str) -> dict[str, Any]:
    """What the hub says of that position and the device at it."""
    devices = administrator.get(f"/api/v1/halls/{hall}/devices").json()["devices"]
    return next(one for one in devices if one["position"] == position)


def read_events(hub: Processes, headers: httpx.Headers) -> list[dict[str, Any]]:
    """The stream from its first event to the newest."""
    found: list[dict[str, Any]] = []
    with (
        stranger(hub, Authorization=headers["Authorization"]) as reader,
        reader.stream("GET", "/api/v1/events", headers={"Last-Event-ID": "999999999999"}) as now,
    ):
        last = next(json.loads(line[5:])["position"] for line in now.iter_lines() if line.startswith("data:"))
        with reader.stream("GET", "/api/v1/events", headers={"Last-Event-ID": "0"}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:") and "event" in (message := json.loads(line[5:])):
                    found.append(message)
                    if message["position"] >= last:
                        return found
    raise AssertionError("the stream ended too soon")


class Mark:
    """Put into the environment of a process, it is inherited by every child, wherever that ends up."""

    def __init__(self) -> None:
        self._value = uuid.uuid4().hex
        self.environment = {**os.environ, "TINGXU_MARK": self._value}

    def carriers(self) -> dict[int, str]:
        """The processes that carry it now, with their command lines."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if f"TINGXU_MARK={self._value}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    line = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(process.name)] = line.decode("utf-8", "replace").strip()
            except OSError:  # it has just ended, or is not ours to see
                continue
        return found
