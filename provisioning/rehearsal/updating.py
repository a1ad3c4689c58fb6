"""A few real boards in the rehearsal's hall, which get a bad version, give it back, and get a good one."""

import hashlib
import io
import shutil
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from halls.format import Hall
from provisioning import signing
from provisioning.board.real import Board
from provisioning.rehearsal.processes import Addresses
from provisioning.rehearsal.technician import Hub
from provisioning.release import bundle

COUNT = 4
FACTORY, BAD, GOOD = "0.1.0", "0.2.0", "0.3.0"
_ROOT = Path(__file__).parents[2]
_PLANT = ("edge/led_window/__init__.py", "from edge.led_window", "import nowhere\nfrom edge.led_window")
_PATIENCE_S = 300.0
_LOOK_S = 0.25


def with_boards(hall: Hall, text: str) -> str:
    """The hall file with positions for the real boards: further windows of its first counter."""
    counter = hall.counter[0]
    return text + "".join(
        f'\n[[position]]\nid = "{name}"\nkind = "window-card"\narea = "{counter.area}"\ncounter = "{counter.id}"\n'
        for name in names()
    )


def names() -> list[str]:
    return [f"board-{number}" for number in range(1, COUNT + 1)]


def planted(root: Path, place: Path, name: str, *changes: tuple[str, str, str]) -> bytes:
    """A release of the sources under `root` with faults. `changes`: file, words that are in it once or first, and what
    they become."""
    source = place / f"source-{name}"
    for part in ("edge", "wire", "locks"):
        shutil.copytree(root / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path, words, instead in changes:
        file = source / path
        text = file.read_text("utf-8")
        if words not in text:
            raise ValueError(f"{path} does not have {words!r}")
        file.write_text(text.replace(words, instead, 1), "utf-8")
    return bundle.build(source, name)


class Updating:
    """`prepare` before the hub starts, `equip` when it answers, `run` on a thread of its own; `stop` in any case."""

    def __init__(self, directory: Path, hub_data: Path, say: Callable[[str], None]) -> None:
        self._directory, self._data, self._say = directory / "boards", hub_data, say
        self._key = self._directory / "publisher"
        self._boards: dict[str, Board] = {}
        self._ended = threading.Event()
        self.figures: dict[str, Any] = {"boards": COUNT, "problems": ["the update was not over in time"]}

    def prepare(self) -> None:
        """The publisher's key, in the hub and on the cards, and what the cards carry."""
        self._directory.mkdir(parents=True)
        public = signing.make_key(self._key)
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy(public, self._data / "release.pub")
        with tarfile.open(fileobj=io.BytesIO(bundle.build(_ROOT, FACTORY))) as card:
            card.extractall(self._directory / "card" / FACTORY, filter="data")

    def equip(self, hall: str, hub: Hub, addresses: Addresses, fingerprint: str) -> None:
        tokens = hub.claims(hall, names())
        for name in names():
            board = Board(self._directory / name, "led_window", self._directory / "card", Path(f"{self._key}.pub"))
            board.configure(
                {
                    "est": f"https://{addresses.est}",
                    "broker": addresses.broker,
                    "ca_fingerprint": fingerprint,
                    "token": tokens[name],
                },
                health_s=5.0,
                device='driver = "simulated"\nframes_s = 2.0',
            )
            self._boards[name] = board
            board.power_on()

    def run(self, hall: str, hub: Hub) -> None:
        """Blocks until all boards have given the bad version back and keep the good one, or `stop`."""
        bad = planted(_ROOT, self._directory, BAD, _PLANT)
        returned, returned_s = self._roll_out(hall, hub, BAD, bad, "returned")
        good = bundle.build(_ROOT, GOOD)
        running, running_s = self._roll_out(hall, hub, GOOD, good, "running")
        problems = [
            f"{one['position']}: {one['stage']} {one['text']}" for one in returned if one["stage"] != "returned"
        ]
        problems += [f"{one['position']}: {one['stage']} {one['text']}" for one in running if one["stage"] != "running"]
        self.figures = {
            "boards": COUNT,
            "bundle_bytes": len(good),
            "bad_given_back": sum(one["stage"] == "returned" for one in returned),
            "bad_given_back_s": round(returned_s, 1),
            "good_kept": sum(one["stage"] == "running" for one in running),
            "good_kept_s": round(running_s, 1),
            "problems": problems,
        }

    def stop(self) -> None:
        self._ended.set()
        for board in self._boards.values():
            board.power_off()

    def _roll_out(
        self, hall: str, hub: Hub, name: str, content: bytes, stage: str
    ) -> tuple[list[dict[str, Any]], float]:
        """The boards as they are when nothing is under way any more, and after how many seconds."""
        began = time.monotonic()
        sha256 = hub.add_release(content, signing.sign(hashlib.sha256(content).hexdigest(), self._key))
        ident = hub.roll_out(hall, sha256, names())
        members: list[dict[str, Any]] = []
        while not self._ended.wait(_LOOK_S) and time.monotonic() - began < _PATIENCE_S:
            members = hub.members(hall, ident)
            done = sum(one["stage"] in ("running", "returned", "refused", "late") for one in members)
            if done == COUNT:
                break
        self._say(f"version {name}: {sum(one['stage'] == stage for one in members)} of {COUNT} boards {stage}")
        if stage == "returned":
            hub.abort(hall, ident)
        return members, time.monotonic() - began
