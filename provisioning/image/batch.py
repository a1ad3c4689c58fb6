"""Many cards, one after the other: whose turn it is, each one's seed, and what is done, so that it can go on later."""

import json
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from edge.runtime import seed
from edge.runtime.device import classes
from edge.runtime.disk import write_whole
from edge.runtime.equip import toml


class BatchError(ValueError):
    """The hub, or a file, does not give what is needed; the text says what to do."""


class Place(msgspec.Struct, frozen=True):
    """A position that gets a card."""

    position: str
    device_class: str
    where: str = ""


class Claims(Protocol):
    """Where tokens come from."""

    def places(self) -> list[Place]: ...

    def token(self, position: str) -> str:
        """A fresh one. Raises BatchError."""


class Hub:
    """Its API, with a token of role technician. `base`: https://HOST or http://127.0.0.1:PORT."""

    def __init__(self, base: str, hall: str, token: str, hours: int = 24 * 14) -> None:
        if not base.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise BatchError(f"{base}: tokens go over https only")
        self._base, self._hall, self._token, self._hours = base.rstrip("/"), hall, token, hours

    def places(self) -> list[Place]:
        """That have no device yet, in the order of the hall's file. Wireless handhelds need no card."""
        found = self._ask("GET", "devices")["devices"]
        return [
            Place(one["position"], one["device_class"], " ".join(filter(None, (one["area"], one["counter"]))))
            for one in found
            if not one["device"] and one["device_class"] in classes()
        ]

    def token(self, position: str) -> str:
        claims = self._ask("POST", "claims", {"positions": [position], "hours": self._hours})["claims"]
        return str(claims[0]["token"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - looked at above
            f"{self._base}/api/v1/halls/{self._hall}/{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read(300).decode("utf-8", "replace")
            raise BatchError(f"the hub refused {method} {path}: {error.code} {said}") from error
        except (OSError, ValueError) as error:
            raise BatchError(f"the hub at {self._base} does not answer: {error}") from error


class Listed:
    """Claims that were fetched before, from a file of JSON lines: position, device_class, token, where."""

    def __init__(self, path: Path) -> None:
        self._rows: dict[str, dict[str, str]] = {}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.strip():
                try:
                    row = json.loads(line)
                    self._rows[row["position"]] = row
                except (ValueError, KeyError, TypeError) as error:
                    raise BatchError(f"{path}:{number}: is no JSON object with a position") from error

    def places(self) -> list[Place]:
        return [Place(name, row.get("device_class", ""), row.get("where", "")) for name, row in self._rows.items()]

    def token(self, position: str) -> str:
        return self._rows[position].get("token", "")


class Pattern:
    """What the seeds of a batch have in common: a seed without token and class. A table that is called like a class has
    the `[device]` of its boards. Raises BatchError, OSError."""

    def __init__(self, path: Path) -> None:
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BatchError(f"{path}: is not TOML: {error}") from error
        self._devices = {name: found.pop(name) for name in classes() if name in found}
        self._common = found

    def slot(self, place: Place, token: str) -> bytes:
        """Raises edge.runtime.seed.SeedError."""
        own: dict[str, Any] = {**self._common, "token": token}
        if place.device_class:
            own["class"] = place.device_class
        device = {**own.pop("device", {}), **self._devices.get(place.device_class, {})}
        top = toml({"top": own}).partition("\n")[2]
        return seed.slot(top + toml({"device": device}))


class Done:
    """Positions whose card is written, on the disk after each one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.positions: list[str] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            self.positions = []
        except ValueError as error:
            raise BatchError(f"{path}: is damaged; remove it to begin anew") from error

    def add(self, position: str) -> None:
        self.positions.append(position)
        write_whole(self._path, json.dumps(self.positions).encode())

    def left(self, places: Iterable[Place]) -> list[Place]:
        return [place for place in places if place.position not in self.positions]
