"""The announcer's hardware: one thread that makes each announcement into sound and plays it, one after another."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.runtime.device import Effect, Emit
from edge.signage_player.announcements import Announce, Begun, Said, Speak, VoiceFound
from edge.signage_player.loudspeaker import Loudspeaker, LoudspeakerError
from edge.signage_player.places import places
from edge.signage_player.settings import Settings
from edge.signage_player.synthesis import Synthesis, SynthesisError
from edge.signage_player.utterance import Voice
from wire.base import Fact

_TRUSTED_AGAIN_S = 600.0  # a loudspeaker that failed is offered to the hub again after this

log = logging.getLogger(__name__)


class Announcer:
    """mpv for sound runs only while this screen announces, from the first announcement on, or is tested.

    `ducked(True)` is called on this thread when something begins to be heard, `ducked(False)` when it has ended.
    `on_said(text)`: after each announcement that was heard.
    """

    def __init__(
        self,
        settings: Settings,
        cache: Path,
        options: Sequence[str],
        ducked: Callable[[bool], None],
        command: Sequence[str] | None = None,
    ) -> None:
        voices = {"zh": settings.voice_zh, "en": settings.voice_en}
        synthesis = Synthesis(cache, voices, settings.speech_wpm, *([command] if command else []))  # type: ignore[arg-type]
        self._settings, self._synthesis, self._ducked = settings, synthesis, ducked
        volume = f"--volume={settings.volume}"
        self.loudspeaker = Loudspeaker(settings.mpv, [*options, volume], places(settings.overlay_dir))
        self._voice: Voice | None = None
        self.on_said: Callable[[str], None] | None = None
        self._emit: Emit = lambda make: None
        self._orders: queue.SimpleQueue[Effect] = queue.SimpleQueue()
        self._on = False
        self._fault, self._failed_at = "", float("-inf")
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Announce | Speak):
            self._orders.put(effect)

    def health(self) -> dict[str, Fact]:
        """`sound`: what the hub goes by when it chooses an announcer."""
        voice, pid = self._voice, self.loudspeaker.pid
        source = voice.source if voice else "none"
        deaf = bool(self._fault) and time.monotonic() - self._failed_at < _TRUSTED_AGAIN_S
        can = self._settings.sound and source != "none" and not deaf
        found: dict[str, Fact] = {"sound": can}
        if self._settings.sound:
            found["voice"] = source
        if pid is not None:
            found |= {"sound_memory_mb": self.loudspeaker.memory_mb, "sound_restarts": self.loudspeaker.starts - 1}
        faults = [fault for fault in (self._fault, *(voice.faults.values() if voice else ())) if fault]
        return {**found, "sound_fault": "; ".join(faults)} if faults and self._settings.sound else found

    def stop(self) -> None:
        """What is being said is cut off, and mpv has ended when this returns."""
        self._orders.put(None)
        if self._thread.ident is not None:
            self._thread.join(0.1)
            self.loudspeaker.interrupt()
            self._thread.join(15)

    # The announcer's thread.

    def _run(self) -> None:
        if self._settings.sound:
            self._voice = Voice(self._settings.clips_dir, self._synthesis, chime=self._settings.chime)
            self._emit(lambda at: VoiceFound(at=at))
        while (order := self._orders.get()) is not None:
            try:
                if isinstance(order, Announce):
                    self._turn(order.on)
                else:
                    self._say(order)
            except Exception as error:
                log.exception("announcer")
                self._fault = repr(error)
        self.loudspeaker.rest()

    def _turn(self, on: bool) -> None:
        self._on = on
        if not on:
            self.loudspeaker.rest()

    def _say(self, speak: Speak) -> None:
        text = self._heard(speak)
        if not self._on:
            self.loudspeaker.rest()
        if not text and self.on_said is not None:
            self.on_said(speak.zh)
        self._emit(lambda at: Said(at=at, id=speak.id, ok=not text, text=text))

    def _heard(self, speak: Speak) -> str:
        """Why it was not heard, in words; "" if it was."""
        if self._voice is None:
            return "此屏未设扬声器 This screen has no loudspeaker: set [device] sound"
        try:
            sound = self._voice.render(speak)
            self.loudspeaker.play(sound, lambda: self._begun(speak))
        except SynthesisError as error:
            return f"没有语音 There is no voice: {error}"
        except LoudspeakerError as error:
            self._failed(str(error))
            return f"没有声音 Nothing is heard: {error}"
        finally:
            self._ducked(False)
        self._fault = ""
        return ""

    def _begun(self, speak: Speak) -> None:
        self._ducked(True)
        self._emit(lambda at: Begun(at=at, id=speak.id))

    def _failed(self, why: str) -> None:
        log.warning("announcer: %s", why)
        self._fault, self._failed_at = why, time.monotonic()
