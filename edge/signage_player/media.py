"""What plays when: what the hub wants, as far as it is here; else the files of the media folder, by name."""

import threading
from pathlib import Path

import msgspec

from edge.signage_player.programme import PlayMedia, Turn
from edge.signage_player.screen import background
from edge.signage_player.shelf import Shelf
from wire.messages import ContentItem

_STILLS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_FILMS = (".mp4", ".mkv", ".mov", ".webm", ".ts", ".mpg", ".mpeg", ".m4v", ".avi")
_BACKGROUND_SIZE = (64, 36)  # stretched by mpv; a full-size picture would cost 10 MB in every player


class Clip(msgspec.Struct, frozen=True):
    """`seconds` 0: a film to its end, a picture as long as pictures stay. `item`: None for the folder's own files."""

    path: str
    seconds: float = 0.0
    full: bool = False
    item: ContentItem | None = None

    @property
    def is_still(self) -> bool:
        return self.path.lower().endswith(_STILLS)


class Media:
    """`play` and `changed` from any thread; `version` rises with them. `shelf`: None where nothing comes from a hub."""

    def __init__(self, folder: str, shelf: Shelf | None = None) -> None:
        self.folder, self._shelf = folder, shelf
        self._wanted = PlayMedia()
        self._lock = threading.Lock()
        self.version = 0
        self.lengths_s: dict[str, float] = {}  # of films, by path, as mpv told them
        self.left: tuple[Clip, float] | None = None  # what the last mpv played, and how far it was

    @property
    def is_urgent(self) -> bool:
        """An emergency has the screen."""
        return not self._wanted.folder

    def play(self, wanted: PlayMedia) -> None:
        self._wanted = wanted
        self.changed()

    def changed(self) -> None:
        """Files came or went."""
        with self._lock:
            self.version += 1

    def clips(self) -> tuple[Clip, ...]:
        """What can be played of it now. A file that is not here is passed over."""
        wanted, shelf = self._wanted, self._shelf
        found = tuple(_clip(shelf, turn) for turn in wanted.turns if shelf and shelf.has(turn.item))
        if found or not wanted.folder:
            return found
        return tuple(Clip(path) for path in playlist(self.folder))

    def used(self, clip: Clip) -> None:
        if clip.item is not None and self._shelf is not None:
            self._shelf.used(clip.item)


def _clip(shelf: Shelf, turn: Turn) -> Clip:
    return Clip(str(shelf.path(turn.item)), turn.item.duration_s, turn.full, turn.item)


def playlist(folder: str) -> tuple[str, ...]:
    """Paths of the media in `folder`, by name; empty where there are none, or no folder. A leading dot hides a file."""
    try:
        found = [path for path in Path(folder).iterdir() if path.suffix.lower() in _STILLS + _FILMS and path.is_file()]
    except OSError:
        return ()
    return tuple(str(path) for path in sorted(found) if not path.name.startswith("."))


def write_background(folder: Path) -> str:
    path = folder / "background.png"
    background(*_BACKGROUND_SIZE).save(path)
    return str(path)
