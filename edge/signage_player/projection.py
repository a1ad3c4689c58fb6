"""The media of one mpv: its playlist, what of it is on the screen, and what became of each item."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.signage_player import media
from edge.signage_player.media import Clip, Media
from edge.signage_player.mpv import Mpv, MpvRefusedError
from edge.signage_player.pace import Place
from wire.messages import PlayOutcome

_ALONE_S = 300.0  # a single picture need not be loaded anew every few seconds; each time counts as a play
_DEADLY_S = 3.0  # a film that was on for no longer when mpv died may have killed it
_OUTCOMES: dict[str, PlayOutcome] = {"eof": "whole", "error": "broken"}

OnEnded = Callable[[Clip, float, PlayOutcome], None]


class Projection:
    """Belongs to the player's thread and to one mpv. `faults`: those of its stage. Raises MpvGoneError.

    `on_ground`: nothing can be played, so a plain ground does. `path`: of the file whose pictures mpv shows.
    `on_ended(clip, seconds, outcome)`: a clip has left the screen.
    """

    def __init__(
        self, mpv: Mpv, source: Media, folder: Path, image_s: float, faults: dict[str, str], on_ended: OnEnded
    ) -> None:
        self._mpv, self._source, self._folder, self._image_s = mpv, source, folder, image_s
        self._faults, self._on_ended = faults, on_ended
        self._clips: tuple[Clip, ...] = ()
        self._entries: dict[int, Clip] = {}  # by mpv's id of the playlist's entry
        self._resumed: int | None = None  # the entry that does not begin at its beginning, and plays once
        self._resumed_s = 0.0
        self._now: Clip | None = None
        self._began_at = self._from_s = 0.0
        self._interrupted: tuple[tuple[Clip, ...], Clip | None, float] = ((), None, 0.0)
        self._urgent = False
        self._seen = -1
        self._started = False  # before the first file mpv is idle, which is no fault
        self.on_ground = False
        self.path = ""

    @property
    def full(self) -> bool:
        """What is on the screen wants all of it."""
        return self._now is not None and self._now.full and not self.on_ground

    @property
    def is_news(self) -> bool:
        return self._source.version != self._seen

    @property
    def is_still(self) -> bool:
        return self._now is not None and self._now.is_still

    def begin(self) -> None:
        """Goes on where the mpv before was; after a film that may have killed it, with the next."""
        self.look(anew=True)

    def lengths_s(self) -> list[float]:
        """Of every item, in turn; empty where one is not known, or is there twice."""
        lengths = [self._still_s(clip) if clip.is_still else self._film_s(clip) for clip in self._clips]
        known = all(length > 0 for length in lengths) and len(set(self._clips)) == len(lengths)
        return lengths if known and not self.on_ground else []

    def place(self) -> Place | None:
        """Where it is now; None between two items."""
        if self._now is None or self._now not in self._clips:
            return None
        elapsed_s = time.monotonic() - self._began_at
        return Place(self._clips.index(self._now), elapsed_s if self._now.is_still else self._position_s())

    def jump(self, index: int) -> None:
        """To another item of the list."""
        wanted = self._clips[index]
        idents = [entry.get("id") for entry in self._mpv.command("get_property", "playlist")]
        found = next((at for at, ident in enumerate(idents) if self._entries.get(ident) == wanted), None)
        if found is not None:
            self._mpv.command("playlist-play-index", found)

    def look(self, *, anew: bool = False) -> None:
        """Play what there is now. What is on the screen goes on where it still belongs to it."""
        self._seen = self._source.version
        found, urgent = self._source.clips(), self._source.is_urgent
        if not anew and found == self._clips and urgent == self._urgent and not self._is_to_try_again(found):
            return
        if urgent and not self._urgent:
            self._interrupted = (self._clips, self._now, self._position_s())
        was_urgent, self._urgent, self._clips = self._urgent, urgent, found
        if not found:
            self._play_ground()
        elif self._now in found and not self.on_ground and was_urgent == urgent:
            self._replan(self._now)
        elif was_urgent and not urgent and self._interrupted[0] == found and self._interrupted[1] in found:
            self._load(self._interrupted[1], self._interrupted[2])
        else:
            self._load(*self._first(found))

    def hear(self, event: dict[str, Any]) -> None:
        match event:
            case {"event": "property-change", "name": "idle-active", "data": True} if self._started:
                if self._mpv.command("get_property", "idle-active"):  # a file that came after a bad one may play by now
                    self._exhausted()
            case {"event": "start-file"}:
                self._started = True
                self._now = self._entries.get(event.get("playlist_entry_id", 0))
                self._began_at, self._from_s = time.monotonic(), 0.0
                if self._resumed is not None and event.get("playlist_entry_id") == self._resumed:
                    self._from_s = self._resumed_s
            case {"event": "end-file"}:
                self._end(event)
            case {"event": "playback-restart"}:
                self._measure()
                self.path = self._ask_path()
                if not (self.on_ground and self._clips):
                    self._faults.pop("media", None)

    def close(self, *, died: bool = False) -> None:
        """mpv is ended, or has ended (`died`): what was on the screen was cut, and the next mpv goes on with it."""
        if self._now is not None:
            elapsed_s = time.monotonic() - self._began_at
            clips = self._clips if self._now in self._clips else (self._now,)
            after = clips[(clips.index(self._now) + 1) % len(clips)]
            deadly = died and elapsed_s < _DEADLY_S
            self._source.left = (after, 0.0) if deadly else (self._now, self._from_s + elapsed_s)
        self._leave("cut")

    def _first(self, found: tuple[Clip, ...]) -> tuple[Clip, float]:
        left, self._source.left = self._source.left, None
        return left if left is not None and left[0] in found else (found[0], 0.0)

    def _measure(self) -> None:
        """The length of a film is known once it plays."""
        if self._now is None or self._now.is_still:
            return
        try:
            self._source.lengths_s[self._now.path] = float(self._mpv.command("get_property", "duration"))
        except (MpvRefusedError, TypeError, ValueError):
            return

    def _film_s(self, clip: Clip) -> float:
        length_s = self._source.lengths_s.get(clip.path, 0.0)
        return min(length_s, clip.seconds) if clip.seconds and length_s else clip.seconds or length_s

    def _is_to_try_again(self, found: tuple[Clip, ...]) -> bool:
        return self.on_ground and bool(found or "media" in self._faults)

    def _end(self, event: dict[str, Any]) -> None:
        reason = str(event.get("reason"))
        if reason == "error":
            self._faults["media"] = f"mpv cannot show a file: {event.get('file_error', 'it does not say why')}"
        self._leave(_OUTCOMES.get(reason, "cut"))
        if self._resumed is not None and event.get("playlist_entry_id") == self._resumed:
            self._resumed = None
            self._remove_first()

    def _remove_first(self) -> None:
        try:
            self._mpv.command("playlist-remove", 0)
        except MpvRefusedError:
            return  # the list was made anew meanwhile

    def _leave(self, outcome: PlayOutcome) -> None:
        clip, self._now = self._now, None
        if clip is not None:
            self._source.used(clip)
            self._on_ended(clip, time.monotonic() - self._began_at, outcome)

    def _load(self, first: Clip, from_s: float = 0.0) -> None:
        """All of them, beginning with one."""
        self.on_ground = False
        self._entries.clear()
        self._resumed = None
        self._add(first, "replace", from_s)
        self._follow(first)

    def _replan(self, now: Clip) -> None:
        """Others after what is on the screen."""
        self._mpv.command("playlist-clear")
        self._entries = {ident: clip for ident, clip in self._entries.items() if clip == now}
        self._follow(now)

    def _follow(self, first: Clip) -> None:
        """The others after it, and itself at the end where it did not begin at its beginning."""
        at = self._clips.index(first)
        again = self._clips[at : at + 1] if self._resumed is not None else ()
        for clip in (*self._clips[at + 1 :], *self._clips[:at], *again):
            self._add(clip, "append-play")  # plays it where the one before failed already, and mpv is idle again

    def _add(self, clip: Clip, flags: str, from_s: float = 0.0) -> None:
        options = {}
        if clip.is_still:
            options["image-display-duration"] = f"{self._still_s(clip):g}"
        else:
            options |= {"length": f"{clip.seconds:g}"} if clip.seconds else {}
            options |= {"start": f"{from_s:.3f}"} if from_s else {}
        answer = self._mpv.named("loadfile", url=clip.path, flags=flags, options=options)
        if isinstance(answer, dict) and isinstance(ident := answer.get("playlist_entry_id"), int):
            self._entries[ident] = clip
            if "start" in options:
                self._resumed, self._resumed_s = ident, from_s

    def _still_s(self, clip: Clip) -> float:
        if len(self._clips) == 1:
            return _ALONE_S
        return clip.seconds or self._image_s

    def _ask_path(self) -> str:
        try:
            return str(self._mpv.command("get_property", "path"))
        except MpvRefusedError:
            return ""

    def _position_s(self) -> float:
        try:
            return float(self._mpv.command("get_property", "time-pos"))
        except (MpvRefusedError, TypeError, ValueError):
            return 0.0

    def _play_ground(self) -> None:
        self.on_ground = True
        self._entries.clear()
        try:
            path = media.write_background(self._folder)
            self._mpv.named("loadfile", url=path, flags="replace", options={"image-display-duration": "inf"})
        except OSError as error:
            if isinstance(error, ConnectionError):
                raise
            self._faults["overlays"] = f"{self._folder} cannot be written: {error.strerror}"

    def _exhausted(self) -> None:
        """mpv has nothing left that it could show. The next look tries again."""
        if self.on_ground:
            self._faults["media"] = "mpv gets no picture onto the screen: check [device] vo and gpu_context"
            return
        names = {str(Path(clip.path).parent) for clip in self._clips}
        self._faults["media"] = f"none of the {len(self._clips)} files in {', '.join(sorted(names))} can be shown"
        self._play_ground()
