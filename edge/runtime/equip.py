"""What a board does with its card's seed at every start: `python -m edge.runtime.equip` (tingxu-board.service).

Writes DATA/tingxu/CLASS.toml, for which systemd starts the class's agent. Where the seed names no class the board
enrols first, and its class is what the hub's name for it says: `led-window-3f9a` is a led_window.
"""

import argparse
import contextlib
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.runtime import config, device, identity, seed, waiting
from edge.runtime.board_led import BoardLed
from edge.runtime.disk import sync_directory, write_whole
from edge.runtime.est import Hints, hardware_serial

log = logging.getLogger("board")
_UNNAMED = "board"  # where a board enrols that does not know its class
_AGAIN_S = 5.0


class Board:
    """Its data partition, who the files of an agent belong to, and the LED that any board has."""

    def __init__(self, data: Path, led: BoardLed | None = None) -> None:
        self._data, self._led = data, led or BoardLed()
        self._place = data / "tingxu"

    def take(self, slot: bytes) -> str:
        """The class that the board is by this seed, or "" where there is none. Raises seed.SeedError, OSError,
        identity.EnrolmentError, device.UnknownDeviceError."""
        found = seed.read(slot)
        if found is None:
            log.warning("the card was not seeded: `tingxu image seed` does it")
            return ""
        if not self._place.exists():  # on a card without its data partition
            self._place.mkdir(parents=True)
            self._place.chmod(0o755)
        self._let_in(found.ssh_key)
        chosen = found.device_class or self._class_by_the_hub(found.hub)
        kind = device.device_class(chosen)
        self._hand_over(chosen, toml(_configuration(found, kind, self._place / chosen)))
        for other in self._place.glob("*.toml"):  # a card that was seeded anew, for another place
            if other.stem != chosen:
                other.unlink()
        return chosen

    def _class_by_the_hub(self, hub: config.Hub) -> str:
        for name in device.classes():
            if (who := identity.stored(self._place / name)) is not None:
                return class_of(who.device)
        unnamed = self._place / _UNNAMED
        who = identity.stored(unnamed)
        waits = waiting.by_led(self._led, "for its place")  # what other hardware it has is not known yet
        while who is None:
            try:
                who = identity.enrol(hub, unnamed, waits, Hints(hardware_serial=hardware_serial()))
            except OSError as error:
                log.warning("cannot enrol at %s yet, trying again: %s", hub.est, error)
                time.sleep(_AGAIN_S)
        chosen = class_of(who.device)
        unnamed.rename(self._place / chosen)
        sync_directory(self._place)
        return chosen

    def _hand_over(self, chosen: str, text: str) -> None:
        """The configuration comes last: systemd waits for it."""
        state = self._place / chosen
        state.mkdir(mode=0o700, exist_ok=True)
        for path in (state, *state.rglob("*")):
            _give(path, chosen)
        path = self._place / f"{chosen}.toml"
        if not path.exists() or path.read_text("utf-8") != text:
            write_whole(path, text.encode())
        _give(path, chosen)

    def _let_in(self, key: str) -> None:
        """SSH runs only while there is a key; sshd wants it to be root's own."""
        place = self._data / "ssh"
        keys = place / "authorized_keys"
        if key:
            place.mkdir(mode=0o700, exist_ok=True)
            _give_to_root(place)
            if not keys.exists() or keys.read_text("utf-8") != key + "\n":
                write_whole(keys, (key + "\n").encode())
            _give_to_root(keys)
        else:
            keys.unlink(missing_ok=True)


def class_of(name: str) -> str:
    """The class in a device's name. Raises device.UnknownDeviceError."""
    for known in device.classes():
        if name.startswith(known.replace("_", "-") + "-"):
            return known
    raise device.UnknownDeviceError(f"the hub calls this board {name!r}, and no class is called so")


def _configuration(found: seed.Seed, kind: device.DeviceClass, state: Path) -> dict[str, Any]:
    driver = next((name for name in kind.drivers if name != "simulated"), "simulated")
    hub = {"est": found.est, "ca_fingerprint": found.ca_fingerprint, "broker": found.broker, "token": found.token}
    return {"hub": hub, "agent": {"state_dir": str(state)}, "device": {"driver": driver, **found.device}}


def toml(tables: dict[str, Any]) -> str:
    """Tables of plain values; deeper ones are written inline. Text as JSON writes it is text to TOML too."""
    return "\n".join(f"[{name}]\n" + "".join(_lines(table)) for name, table in tables.items())


def _lines(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{json.dumps(key)} = {_value(value)}\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)


def _give(path: Path, chosen: str) -> None:
    """To the class's own user; on a machine that has none, such as a developer's, to nobody."""
    try:
        shutil.chown(path, f"tingxu-{chosen}", f"tingxu-{chosen}")
    except LookupError:
        return


def _give_to_root(path: Path) -> None:
    """On a developer's machine, where this is not allowed, sshd does not read it either."""
    with contextlib.suppress(PermissionError):
        os.chown(path, 0, 0)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m edge.runtime.equip", description=__doc__)
    parser.add_argument("--seed", type=Path, default=Path("/boot/firmware") / seed.FILE, help="the slot's file")
    parser.add_argument("--data", type=Path, default=Path("/data"), help="the data partition")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if not os.path.ismount(chosen.data):
            log.error(
                "%s is no partition of its own: what this board keeps, it keeps until the power is cut", chosen.data
            )
        found = Board(chosen.data).take(chosen.seed.read_bytes())
    except (seed.SeedError, identity.EnrolmentError, device.UnknownDeviceError, OSError) as error:
        print(f"board: {error}", file=sys.stderr)
        return 2
    log.info("this board is a %s", found or "blank one")
    return 0


if __name__ == "__main__":
    sys.exit(main())
