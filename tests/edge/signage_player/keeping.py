"""A screen's keeper with its disk, for tests; and as a process of its own that can be killed: `python -m …keeping`."""

import hashlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from edge.runtime.device import Input
from edge.runtime.disk import Disk
from edge.runtime.fetching import Fetcher
from edge.signage_player.keeper import AnyFetcher, Keeper
from edge.signage_player.plays import Plays
from edge.signage_player.programme import BatchWaiting, Keep, Stored, Whole
from edge.signage_player.shelf import Shelf
from wire.messages import ContentItem, Emergency, Playlist, Programme


def item(data: bytes, name: str = "一.png", type_: str = "image/png") -> ContentItem:
    return ContentItem(sha256=hashlib.sha256(data).hexdigest(), size=len(data), type=type_, name=name)


def programme(*items: ContentItem, mark: str = "one") -> Programme:
    return Programme(mark=mark, timezone="Asia/Shanghai", playlists=(Playlist(id="p", items=items),))


class Kept:
    """`heard`: inputs for the logic, as they came."""

    def __init__(
        self,
        directory: Path,
        fetcher: AnyFetcher,
        disk: Disk | None = None,
        mb_max: int = 1000,
        backoff_s: tuple[float, ...] = (0.01,),
    ) -> None:
        self.folder = directory / "content"
        self.shelf = Shelf(self.folder, mb_max, disk)
        plays = Plays(directory / "plays.journal", 0.05)
        self.changes = 0
        self.keeper = Keeper(self.shelf, plays, fetcher, self._changed, backoff_s=backoff_s)
        self.heard: list[Input] = []
        self.keeper.start(self._take)

    def wish(self, programme: Programme | None, emergency: Emergency | None = None) -> None:
        self.keeper.perform(Keep(programme, emergency))

    @property
    def whole(self) -> Programme | None:
        """As the logic was told last."""
        told = [one.programme for one in self.heard if isinstance(one, Stored | Whole)]
        return told[-1] if told else None

    def messages(self, kind: type) -> list[Any]:
        return [one for one in self.heard if isinstance(one, kind)]

    def batches(self) -> list[Any]:
        return [one.batch for one in self.messages(BatchWaiting)]

    def _changed(self) -> None:
        self.changes += 1

    def _take(self, make: Callable[[float], Input]) -> None:
        self.heard.append(make(time.time()))


def main() -> None:
    """DIRECTORY URL STATE_DIR PROGRAMME: keeps, until it is killed; says "whole" when it is."""
    directory, url, state_dir, wanted = sys.argv[1:]
    kept = Kept(Path(directory), Fetcher(url, Path(state_dir)))
    wish = msgspec.json.decode(wanted, type=Programme)
    kept.wish(wish)
    while kept.whole != wish:
        time.sleep(0.01)
    print("whole", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
