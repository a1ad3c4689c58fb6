"""The screen: one thread keeps one mpv alive, paints what is wanted and sends it; the newest wish wins."""

import base64
import logging
import os
import queue
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path

from edge.runtime.device import Effect, Emit
from edge.runtime.fetching import Fetcher
from edge.runtime.parts import Parts
from edge.signage_player.announcer import Announcer
from edge.signage_player.keeper import Keeper
from edge.signage_player.logic import ShowBoard, TimeIs
from edge.signage_player.media import Clip, Media
from edge.signage_player.mpv import Mpv, MpvError, memory_mb
from edge.signage_player.overlays import Overlays
from edge.signage_player.pacer import Pacer
from edge.signage_player.plays import Plays
from edge.signage_player.programme import BatchTaken, Ended, Journal, Keep, PlayMedia
from edge.signage_player.settings import Settings
from edge.signage_player.shelf import Shelf
from edge.signage_player.stage import Rows, Stage
from edge.signage_player.trials import Photograph, Photographed
from wire.base import Fact
from wire.messages import PlayOutcome

_BACKOFF_S = (0.0, 0.0, 0.2, 0.5, 1.0, 2.0, 5.0)  # by failures in a row: the first is made good at once
_STEADY_S = 10.0  # an mpv that lived this long ended by an accident: a new one is started at once
_LOOK_S = 5.0  # how often mpv is asked whether it lives, and media folder and memory are looked at
_TICKER_HZ = 25

log = logging.getLogger(__name__)


def on_screen(settings: Settings, state_dir: str, hub: str) -> Parts:
    options = [f"--vo={settings.vo}", f"--hwdec={settings.hwdec}", "--fullscreen=yes"]
    if settings.gpu_context:
        options.append(f"--gpu-context={settings.gpu_context}")
    sound = [f"--ao={settings.ao}"] if settings.ao else []
    player = Player(settings, [*options, *sound], state_dir, hub, animated=settings.ticker_px_s > 0)
    return _together(settings, state_dir, player, sound)


def simulated(settings: Settings, state_dir: str, hub: str) -> Parts:
    """The same mpvs without screen and loudspeaker: they decode and keep time; nothing is seen, heard, or moves."""
    player = Player(settings, ["--vo=null", "--ao=null", "--hwdec=no"], state_dir, hub, animated=False)
    return _together(settings, state_dir, player, ["--ao=null"])


def _together(settings: Settings, state_dir: str, player: "Player", sound: list[str]) -> Parts:
    return Parts(player=player, announcer=Announcer(settings, Path(state_dir) / "speech", sound, player.duck))


class Player:
    """`shown`: (number, counter) of the rows whose overlays mpv has acknowledged, newest first.

    `on_shown(rows)` is called on the player's thread when that changes. `mpv_pid` is None while no mpv runs.
    `playing`: path of the file that mpv shows.
    `state_dir`: where content and plays are kept; `hub`: where content is fetched from.
    """

    def __init__(self, settings: Settings, options: list[str], state_dir: str, hub: str, *, animated: bool) -> None:
        self._settings, self._animated = settings, animated
        shelf = Shelf(Path(state_dir) / "content", settings.media_mb_max)
        self._media = Media(settings.media_dir, shelf)
        self._keeper = Keeper(
            shelf,
            Plays(Path(state_dir) / "plays.journal", settings.plays_s),
            Fetcher(hub, Path(state_dir), settings.fetch_kb_s),
            self._content_changed,
            settings.fetch_spread_s,
        )
        self._emit: Emit = lambda make: None
        self._options = options
        self.shown: Rows = ()
        self.on_shown: Callable[[Rows], None] | None = None
        self.mpv_pid: int | None = None
        self.playing = ""
        self._starts = 0
        self._faults: dict[str, str] = {}
        self._wanted = ShowBoard()
        self._ducked = False
        self._ahead_s: float | None = None  # of our monotonic clock: the hub's
        self._pacer: Pacer | None = None
        self._photographs: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = False
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._overlays: Overlays | None = None
        self._thread = threading.Thread(target=self._run, name="signage player", daemon=True)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._keeper.start(emit)
        self._thread.start()

    @property
    def overlays_painted(self) -> int:
        """How many tiles were painted since the start; equal ones are painted once."""
        return self._overlays.painted if self._overlays else 0

    def perform(self, effect: Effect) -> None:
        """Of ShowBoard and PlayMedia the newest counts; an earlier one that is not on the screen yet is passed over."""
        match effect:
            case ShowBoard():
                self._wanted = effect
            case PlayMedia():
                self._media.play(effect)
            case Photograph(id):
                self._photographs.put(id)
            case TimeIs(at):
                self._ahead_s = at - time.monotonic()
            case Keep() | Journal() | BatchTaken():
                self._keeper.perform(effect)
            case _:
                return
        os.eventfd_write(self._wake, 1)

    def duck(self, on: bool) -> None:
        """Films are played softly while something is said. From any thread."""
        self._ducked = on
        if not self._stopping:
            os.eventfd_write(self._wake, 1)

    def health(self) -> dict[str, Fact]:
        pid, overlays = self.mpv_pid, self._overlays
        found: dict[str, Fact] = {
            "mpv": pid is not None,
            "mpv_restarts": max(0, self._starts - 1),
            "mpv_memory_mb": None if pid is None else memory_mb(pid),
            "rows_shown": len(self.shown),
            "playing": Path(self.playing).name,
            "overlay_errors": overlays.errors if overlays else 0,
            **self._keeper.health(),
        }
        pacer = self._pacer
        if pacer is not None:
            found["sync_error_ms"] = pacer.error_ms
            found |= {"sync": pacer.why} if pacer.why else {}
        faults = list(self._faults.values())
        return {**found, "fault": "; ".join(faults)} if faults else found

    def stop(self) -> None:
        """mpv has ended and its files are gone when this returns."""
        if self._stopping:
            return
        self._stopping = True
        os.eventfd_write(self._wake, 1)
        if self._thread.ident is not None:
            self._thread.join(15)
        self._keeper.stop()
        if not self._thread.is_alive():
            os.close(self._wake)

    # The player's thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            began = time.monotonic()
            try:
                self._one_mpv()
                failures = 0
            except (MpvError, OSError) as error:
                self._faults = {"mpv": str(error)}
                log.warning("signage player: %s", error)
                failures = 0 if time.monotonic() - began > _STEADY_S else failures + 1
            except Exception as error:
                log.exception("signage player")
                self._faults = {"mpv": repr(error)}
                failures += 1
            self._pause(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
        if self._overlays is not None:
            self._overlays.close()

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def _one_mpv(self) -> None:
        """From the start of one mpv until it is worn or the player stops. Raises MpvError, OSError."""
        if self._overlays is None:
            self._overlays = Overlays(self._settings.overlay_dir, self._settings.fonts)
        self._overlays.forget()
        mpv = self._started(self._overlays)
        stage = Stage(mpv, self._overlays, self._settings, self._media, self._ended, animated=self._animated)
        try:
            stage.begin()
            self._starts += 1
            self.mpv_pid, self._faults = mpv.pid, stage.faults
            self._play(mpv, stage)
        finally:
            self.mpv_pid, self.playing = None, ""
            self._acknowledged(())
            stage.projection.close(died=not (stage.worn or self._stopping))
            mpv.close()

    def _started(self, overlays: Overlays) -> Mpv:
        try:
            return Mpv(self._settings.mpv, overlays.folder, self._options)
        except OSError as error:
            if isinstance(error, MpvError) or not overlays.move():
                raise
        return Mpv(self._settings.mpv, overlays.folder, self._options)

    def _play(self, mpv: Mpv, stage: Stage) -> None:
        ready = select.poll()
        ready.register(self._wake, select.POLLIN)
        ready.register(mpv, select.POLLIN)
        self._pacer = Pacer(mpv, stage.projection) if self._settings.sync else None
        look_at = time.monotonic() + _LOOK_S
        while not self._stopping and not stage.worn:
            now = time.monotonic()
            shift = now * self._settings.ticker_px_s
            rows = stage.draw(self._wanted, shift)
            if rows is not None:
                self._acknowledged(rows)
            if stage.is_moving:
                stage.slide(shift)
            stage.duck(self._ducked)
            self._photograph(stage, shift)
            if now >= look_at:
                look_at = now + _LOOK_S
                stage.look()
            patience_s = min(1 / _TICKER_HZ if stage.is_moving else look_at - time.monotonic(), self._in_step())
            ready.poll(0 if mpv.has_events else max(0.0, patience_s) * 1000)
            _drain(self._wake)
            stage.hear()
            self.playing = stage.projection.path

    def _in_step(self) -> float:
        """How long (s) it may be left alone."""
        if self._pacer is None:
            return float("inf")
        if self._ahead_s is not None:
            self._pacer.check(time.monotonic() + self._ahead_s)
        return max(0.02, self._pacer.patience_s())

    def _photograph(self, stage: Stage, shift: float) -> None:
        while not self._photographs.empty():
            id = self._photographs.get()
            try:
                picture, text = stage.photograph(shift)
                answer = base64.b64encode(picture).decode("ascii")
            except OSError as error:
                if isinstance(error, ConnectionError):
                    raise
                picture, answer, text = b"", "", f"截屏失败 There is no picture: {error}"
            self._emit(_photographed(id, answer, text))

    def _content_changed(self) -> None:
        """On the keeper's thread."""
        self._media.changed()
        os.eventfd_write(self._wake, 1)

    def _ended(self, clip: Clip, played_s: float, outcome: PlayOutcome) -> None:
        """A clip has left the screen: told to the hub, if it is the hub's; looked at, if it could not be played."""
        item = clip.item
        if item is None:
            return
        if outcome == "broken":
            self._keeper.suspect(item)
        self._emit(lambda at: Ended(at=at, sha256=item.sha256, played_s=played_s, outcome=outcome))

    def _acknowledged(self, rows: Rows) -> None:
        if rows != self.shown:
            self.shown = rows
            if self.on_shown is not None:
                self.on_shown(rows)


def _photographed(id: str, picture: str, text: str) -> Callable[[float], Photographed]:
    return lambda at: Photographed(at=at, id=id, ok=bool(picture), picture=picture, text=text)


def _drain(wake: int) -> None:
    try:
        os.eventfd_read(wake)
    except BlockingIOError:
        pass
