"""A screen on a real mpv: how soon the picture is back after a crash, a call is shown, a sentence is ready; memory."""

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from edge.signage_player.announcements import Speak
from edge.signage_player.driver import Player, simulated
from edge.signage_player.logic import ShowBoard
from edge.signage_player.loudspeaker import Loudspeaker
from edge.signage_player.mpv import memory_mb
from edge.signage_player.places import places
from edge.signage_player.settings import Settings
from edge.signage_player.synthesis import Synthesis
from edge.signage_player.utterance import Voice
from wire.messages import BoardCall

_PATIENCE_S = 30.0


def measure(quick: bool) -> dict[str, Any]:
    times, steady_s = (2, 3.2) if quick else (15, 10.5)
    with tempfile.TemporaryDirectory(prefix="tingxu-screen-") as scratch:
        return {**_picture(Path(scratch), times, steady_s), **_speech(Path(scratch), times)}


def told(figures: dict[str, Any]) -> Iterable[str]:
    yield f"mpv killed → the same film and board again: {_spread(figures['crash_to_picture_ms'])} ms"
    yield f"a call → its row is acknowledged by mpv: {_spread(figures['call_to_row_ms'])} ms"
    yield f"an announcement of {figures['heard_s']:.1f} s is ready: of words never said before, after "
    yield f"  {figures['new_sentence_ms']:.0f} ms; of known ones, after {_spread(figures['known_sentence_ms'])} ms"
    yield f"PSS of mpv with a board of 1920x1080: {figures['picture_pss_mb']:.0f} MB; of that for sound, after it: "
    yield f"  {figures['sound_pss_mb']:.0f} MB"


def _picture(scratch: Path, times: int, steady_s: float) -> dict[str, Any]:
    media = scratch / "media"
    media.mkdir()
    _film(media / "film.mp4", 120)
    settings = Settings(driver="simulated", media_dir=str(media))
    player = cast(Player, simulated(settings, str(scratch / "state"), "https://127.0.0.1:9")["player"])
    player.start(lambda make: None)
    try:
        shown = [_timed(lambda n=n: player.perform(_board(n)), lambda n=n: _newest(player) == f"A{n:03}")  # type: ignore[misc]
                 for n in range(times)]  # fmt: skip
        back = [_crash(player, steady_s) for _ in range(max(1, times // 3))]
        pid = player.mpv_pid
        return {
            "call_to_row_ms": shown[1:],
            "crash_to_picture_ms": back,
            "picture_pss_mb": memory_mb(pid) if pid is not None else None,
        }
    finally:
        player.stop()


def _crash(player: Player, steady_s: float) -> float:
    """mpv has run for a while, as in a hall: after a crash in a film's first seconds the next would follow, and between
    crashes one upon the other there are pauses."""
    _until(lambda: player.playing and player.shown)
    time.sleep(steady_s)
    pid, shown = player.mpv_pid, player.shown
    assert pid is not None
    return _timed(
        lambda: os.kill(pid, signal.SIGKILL),
        lambda: player.mpv_pid not in (None, pid) and player.playing and player.shown == shown,
    )


def _speech(scratch: Path, times: int) -> dict[str, Any]:
    voice = Voice("/nowhere", Synthesis(scratch / "speech", {"zh": "cmn", "en": "en"}, 185), chime=True)
    speak = Speak(
        id="x", zh="请A零一二号到3号窗口办理", en="Ticket A zero one two, please go to counter 3", times=2, slot_s=12
    )
    began = time.perf_counter()
    sound = voice.render(speak)
    first = (time.perf_counter() - began) * 1000
    known = []
    for _ in range(times):
        began = time.perf_counter()
        voice.render(speak)
        known.append((time.perf_counter() - began) * 1000)
    loudspeaker = Loudspeaker("mpv", ["--ao=null"], places(str(scratch)))
    loudspeaker.play(voice.render(Speak(id="y", zh="测试")), lambda: None)
    memory = loudspeaker.memory_mb
    loudspeaker.rest()
    return {
        "new_sentence_ms": first,
        "known_sentence_ms": known,
        "heard_s": sound.duration_s,
        "sound_pss_mb": memory,
    }


def _board(number: int) -> ShowBoard:
    at = datetime.now(UTC)
    calls = tuple(
        BoardCall(number=f"A{n:03}", counter=str(n % 9 + 1), counter_name=f"{n % 9 + 1}号窗口", calls=1, at=at)
        for n in range(number, max(-1, number - 6), -1)
    )
    return ShowBoard(board=True, title="二层等候区", english="Second floor", calls=calls)


def _newest(player: Player) -> str:
    return player.shown[0][0] if player.shown else ""


def _film(path: Path, seconds: int) -> None:
    """Uncompressed, small: decoding is not what is measured."""
    frame = b"FRAME\n" + bytes(64 * 36) + b"\x80" * (64 * 18)
    path.write_bytes(b"YUV4MPEG2 W64 H36 F25:1 Ip A1:1 C420jpeg\n" + frame * (25 * seconds))


def _timed(act: Callable[[], Any], done: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    _until(done)
    return (time.perf_counter() - began) * 1000


def _until(done: Callable[[], Any]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("the screen did not come to it")
        time.sleep(0.001)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} (at the most {max(values):.0f})"
