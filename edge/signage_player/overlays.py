"""Tiles on mpv: each look painted once into a raw file, each slot told to mpv only when something about it changed."""

import os
import shutil
import tempfile
from pathlib import Path

import msgspec
from PIL import Image

from edge.signage_player.layout import AnyLook, Ticker, Tile
from edge.signage_player.mpv import Mpv, MpvRefusedError
from edge.signage_player.places import places
from edge.signage_player.screen import bgra, paint, ticker_period

_PREFIX = "tingxu-signage-"


class _Sheet(msgspec.Struct, frozen=True):
    """A painted look on disk. `period`: of a moving strip, in pixels; 0: it stands still."""

    path: Path
    stride: int
    period: int


class Overlays:
    """Belongs to one thread. `directory`: "" for /dev/shm while there is room, else the temporary folder."""

    def __init__(self, directory: str, fonts: tuple[str, ...]) -> None:
        self._parents = places(directory)
        self.folder = self._made()
        self._fonts = fonts
        self._sheets: dict[AnyLook, _Sheet] = {}
        self._sent: dict[int, tuple[object, ...]] = {}
        self._slots: dict[int, Tile] = {}
        self.painted = self.errors = 0  # since the start

    def move(self) -> bool:
        """Where we are is no room: go elsewhere, and paint anew. False: there is nowhere else."""
        if len(self._parents) < 2:
            return False
        self.close()
        self._parents = self._parents[1:]
        self.folder = self._made()
        self._sheets.clear()
        self.forget()
        return True

    def forget(self) -> None:
        """A new mpv knows nothing: everything is sent again, nothing painted again."""
        self._sent.clear()
        self._slots.clear()

    def put(self, mpv: Mpv, tile: Tile, shift: float = 0.0) -> bool:
        """Show a tile, a moving one `shift` pixels on. True once mpv has acknowledged it, or had before.

        Raises NoFontError, MpvGoneError, OSError (no room for the file).
        """
        sheet = self._sheet(tile.look)
        column = int(shift) % sheet.period if sheet.period else 0
        offset = tile.frame * tile.look.h * sheet.stride + column * 4
        words = (tile.x, tile.y, str(sheet.path), offset, "bgra", tile.look.w, tile.look.h, sheet.stride)
        if self._sent.get(tile.slot) == words:
            return True
        try:
            mpv.command("overlay-add", tile.slot, *words)
        except MpvRefusedError:
            self.errors += 1
            return False
        self._sent[tile.slot], self._slots[tile.slot] = words, tile
        return True

    def keep_only(self, mpv: Mpv, tiles: tuple[Tile, ...]) -> None:
        """Take away what is no longer on the screen, and the files that nothing shows. Raises MpvGoneError."""
        wanted = {tile.slot for tile in tiles}
        for slot in [slot for slot in self._sent if slot not in wanted]:
            try:
                mpv.command("overlay-remove", slot)
            except MpvRefusedError:
                self.errors += 1
            del self._sent[slot], self._slots[slot]
        used = {tile.look for tile in tiles}
        for look in [look for look in self._sheets if look not in used]:
            self._sheets.pop(look).path.unlink(missing_ok=True)

    def is_moving(self, tile: Tile) -> bool:
        sheet = self._sheets.get(tile.look)
        return sheet is not None and sheet.period > 0

    def picture(self, tile: Tile, shift: float) -> Image.Image | None:
        """What lies on the screen of it; None before it was painted."""
        sheet = self._sheets.get(tile.look)
        if sheet is None:
            return None
        data = sheet.path.read_bytes()
        strip = Image.frombytes("RGBA", (sheet.stride // 4, len(data) // sheet.stride), data, "raw", "BGRA")
        left = int(shift) % sheet.period if sheet.period else 0
        top = tile.frame * tile.look.h
        return strip.crop((left, top, left + tile.look.w, top + tile.look.h))

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _made(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=self._parents[0]))
        _sweep(folder.parent)
        return folder

    def _sheet(self, look: AnyLook) -> _Sheet:
        known = self._sheets.get(look)
        if known is not None:
            return known
        image = paint(look, self._fonts)
        self.painted += 1
        path = self.folder / f"{self.painted}.bgra"
        try:
            path.write_bytes(bgra(image))
        except OSError:
            path.unlink(missing_ok=True)  # half a tile would only take room
            raise
        period = ticker_period(look, self._fonts) if isinstance(look, Ticker) else 0
        sheet = self._sheets[look] = _Sheet(path, image.width * 4, period)
        return sheet


def _sweep(parent: Path) -> None:
    """Remove what agents that were killed have left behind: their process is not there any more."""
    for folder in parent.glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
