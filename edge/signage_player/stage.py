"""What one mpv shows: media or a plain ground, and over them the tiles of a board."""

from typing import Any

import msgspec

from edge.signage_player.layout import Box, Plan, plan
from edge.signage_player.logic import ShowBoard
from edge.signage_player.media import Media
from edge.signage_player.mpv import Mpv, MpvRefusedError, memory_mb
from edge.signage_player.overlays import Overlays
from edge.signage_player.photograph import photograph
from edge.signage_player.projection import OnEnded, Projection
from edge.signage_player.screen import NoFontError
from edge.signage_player.settings import Settings

_FAR_ABOVE = 1.5  # times the cap: such an mpv is replaced in the middle of a film
_MARGINS = ("left", "right", "top", "bottom")

Rows = tuple[tuple[str, str], ...]


class Stage:
    """Belongs to the player's thread and to one mpv. `faults`: what does not work, in words, by what it is about.

    `worn`: mpv holds more memory than it may, and nothing would be cut off now: replace it.
    Every method raises MpvGoneError.
    """

    def __init__(
        self, mpv: Mpv, overlays: Overlays, settings: Settings, source: Media, on_ended: OnEnded, *, animated: bool
    ) -> None:
        self._mpv, self._overlays, self._settings, self._animated = mpv, overlays, settings, animated
        self._size = (settings.width, settings.height)
        self._margins: tuple[float, ...] = (0.0,) * 4
        self._drawn: tuple[ShowBoard, tuple[int, int], bool] | None = None
        self._plan = Plan((), Box(0, 0, *self._size))
        self._heavy = False
        self._volume = 100  # mpv's own
        self.faults: dict[str, str] = {}
        self.worn = False
        self.projection = Projection(mpv, source, overlays.folder, settings.image_s, self.faults, on_ended)

    @property
    def is_moving(self) -> bool:
        return any(self._overlays.is_moving(tile) for tile in self._plan.tiles)

    def begin(self) -> None:
        self._mpv.command("get_property", "mpv-version")
        self._mpv.command("observe_property", 1, "idle-active")
        self._mpv.command("observe_property", 2, "osd-dimensions")
        self.projection.begin()

    def draw(self, screen: ShowBoard, shift: float) -> Rows | None:
        """The rows that mpv has acknowledged; None when nothing was to be done, or it could not be done."""
        if self.projection.is_news:
            self.projection.look()
        if self.projection.full and screen.alarm is None:
            screen = msgspec.structs.replace(screen, board=False, notice=False)
        wish = (screen, self._size, self._has_media)
        if wish == self._drawn:
            return None
        self._drawn = wish
        width, height = self._size
        self._plan = plan(screen, width, height, rows=self._settings.rows, media=self._has_media, moving=self._animated)
        try:
            return self._put(shift)
        except NoFontError as error:
            self.faults["font"] = str(error)
        except OSError as error:
            if isinstance(error, ConnectionError):
                raise
            self.faults["overlays"] = f"{self._overlays.folder} cannot be written: {error.strerror}"
            self.worn = self._overlays.move()  # a new mpv finds its files in the new place
        return None

    def duck(self, on: bool) -> None:
        volume = self._settings.duck_volume if on else self._settings.media_volume
        if volume != self._volume:
            self._volume = volume
            self._set("volume", volume)

    def photograph(self, shift: float) -> tuple[bytes, str]:
        """JPEG, and how it was made. Raises OSError."""
        return photograph(self._mpv, self._overlays, self._plan, self._size, shift)

    def slide(self, shift: float) -> None:
        """The ticker's next position."""
        for tile in self._plan.tiles:
            if self._overlays.is_moving(tile):
                self._overlays.put(self._mpv, tile, shift)

    def hear(self) -> None:
        """Take in what mpv has said."""
        for event in self._mpv.events():
            self.projection.hear(event)
            match event:
                case {"event": "property-change", "name": "osd-dimensions"} | {"event": "video-reconfig"}:
                    self._measure()
                case {"event": "playback-restart"}:
                    self._measure()
                case {"event": "start-file"}:
                    self.worn = self.worn or self._heavy

    def look(self) -> None:
        """From time to time: new media, memory, and whatever failed is tried again."""
        self.projection.look()
        self._measure()
        limit, now = self._settings.memory_mb_max, memory_mb(self._mpv.pid)
        self._heavy = bool(limit) and now is not None and now > limit
        self.worn = self._heavy and (self.projection.on_ground or bool(now and now > limit * _FAR_ABOVE))
        if self.faults.keys() & {"font", "overlays"}:
            self._drawn = None

    def _measure(self) -> None:
        """The screen's own size; outputs without a screen say 0. mpv does not always tell when it changes."""
        try:
            width, height = (int(self._mpv.command("get_property", f"osd-{side}")) for side in ("width", "height"))
        except (MpvRefusedError, TypeError, ValueError):
            return
        if min(width, height) >= 240:
            self._size = (width, height)

    @property
    def _has_media(self) -> bool:
        return not self.projection.on_ground

    def _put(self, shift: float) -> Rows:
        rows = []
        for tile in self._plan.tiles:
            if self._overlays.put(self._mpv, tile, shift) and tile.call is not None:
                rows.append(tile.call)
        self._overlays.keep_only(self._mpv, self._plan.tiles)
        self._frame(self._plan.zone)
        self.faults.pop("font", None)
        self.faults.pop("overlays", None)
        return tuple(rows)

    def _frame(self, zone: Box) -> None:
        """Keep the media to their zone: margins as shares of the screen."""
        width, height = self._size
        right, bottom = width - zone.x - zone.w, height - zone.y - zone.h
        margins = (zone.x / width, right / width, zone.y / height, bottom / height)
        if margins != self._margins:
            self._margins = margins
            for side, share in zip(_MARGINS, margins, strict=True):
                self._set(f"video-margin-ratio-{side}", share)

    def _set(self, name: str, value: Any) -> None:
        try:
            self._mpv.command("set_property", name, value)
        except MpvRefusedError as error:
            self.faults["options"] = f"{name}: {error}"
