"""What announcements are heard through: an mpv of its own without a picture, so that neither cuts the other off."""

import select
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.signage_player import pcm
from edge.signage_player.mpv import SOUND, Mpv, MpvError, MpvGoneError, MpvRefusedError, memory_mb
from edge.signage_player.pcm import Sound

_LOOK = "check [device] ao, and the cable to the loudspeaker"
_SLOW_S = 5.0  # how much longer than its sound a playback may take


class LoudspeakerError(Exception):
    """Nothing is to be heard; the text says why, and what to look at."""


class Loudspeaker:
    """Belongs to one thread. `pid` is None while no mpv runs: it is started by the first sound, ended by `rest`.

    `parents`: where a private folder is made, in turn as there is room. `starts`: of mpv, so far.
    """

    def __init__(self, program: str, options: Sequence[str], parents: Sequence[str]) -> None:
        self._program, self._options, self._parents = program, tuple(options), list(parents)
        self._is_timed = "--ao=pcm" not in self._options  # that one writes a file as fast as it can
        self._folder: Path | None = None
        self._mpv: Mpv | None = None
        self._closing = False
        self.starts = 0

    @property
    def pid(self) -> int | None:
        mpv = self._mpv
        return None if mpv is None else mpv.pid

    @property
    def memory_mb(self) -> float | None:
        pid = self.pid
        return None if pid is None else memory_mb(pid)

    def play(self, sound: Sound, begun: Callable[[], None]) -> None:
        """Returns when it was heard to its end. `begun` is called when it begins. Raises LoudspeakerError.

        An mpv that dies in the middle is replaced, and the whole is said again, once.
        """
        try:
            try:
                self._once(sound, begun)
            except (MpvGoneError, OSError) as error:
                self.rest()
                if self._closing or not (isinstance(error, MpvGoneError) or self._elsewhere()):
                    raise
                self._once(sound, begun)
        except (MpvError, OSError) as error:
            self.rest()
            raise LoudspeakerError(str(error)) from error

    def interrupt(self) -> None:
        """From another thread: what is being played ends at once, and nothing more is."""
        self._closing = True
        mpv = self._mpv
        if mpv is not None:
            mpv.kill()

    def rest(self) -> None:
        """End mpv; the next sound starts another."""
        mpv, self._mpv = self._mpv, None
        if mpv is not None:
            mpv.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _elsewhere(self) -> bool:
        """There was no room: is there another place?"""
        found = len(self._parents) > 1
        self._parents = self._parents[-1:]
        return found

    def _once(self, sound: Sound, begun: Callable[[], None]) -> None:
        mpv = self._running()
        assert self._folder is not None
        path = self._folder / "announcement.wav"
        pcm.write(path, sound)
        mpv.events()
        mpv.command("loadfile", str(path), "replace")
        self._hear_out(mpv, sound.duration_s, begun)

    def _hear_out(self, mpv: Mpv, long_s: float, begun: Callable[[], None]) -> None:
        """mpv says that a file has ended when the last of it is in the device's buffer: that is waited for, but with
        outputs that keep no time."""
        ready = select.poll()
        ready.register(mpv, select.POLLIN)
        begins, ends_at = True, time.monotonic() + long_s
        while (left := ends_at + _SLOW_S - time.monotonic()) > 0:
            for event in mpv.events():
                match event:
                    case {"event": "playback-restart"} if begins:
                        if self._is_timed:
                            _look_for_output(mpv)
                        begins, ends_at = False, time.monotonic() + long_s
                        begun()
                    case {"event": "end-file", "reason": "eof"} if not begins:
                        time.sleep(max(0.0, ends_at - time.monotonic()) if self._is_timed else 0.0)
                        return
                    case {"event": "end-file"}:
                        raise LoudspeakerError(f"no sound ({event.get('file_error', event['reason'])}): {_LOOK}")
            ready.poll(0 if mpv.has_events else left * 1000)
        raise MpvGoneError(f"the sound did not end: {_LOOK}")

    def _running(self) -> Mpv:
        if self._mpv is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tingxu-sound-", dir=self._parents[0]))
            self._mpv = Mpv(self._program, self._folder, self._options, SOUND)
            self.starts += 1
        return self._mpv


def _look_for_output(mpv: Mpv) -> None:
    """mpv plays a file without any output, too, and says nothing of it."""
    try:
        output = mpv.command("get_property", "current-ao")
    except MpvRefusedError:
        output = None
    if not output:
        raise LoudspeakerError(f"no sound device: {_LOOK}")
