"""The picture goes on through a hanging mpv, a film that kills it, lost files, full memory; and screens are in step."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from edge.signage_player import driver, mpv, overlays, projection
from edge.signage_player.driver import Player, simulated
from edge.signage_player.logic import ShowBoard, TimeIs
from edge.signage_player.trials import Photograph, Photographed

Make = Callable[..., Player]
Screen = Callable[..., ShowBoard]
Until = Callable[[Callable[[], Any]], Any]


def film(path: Path, seconds: float, grey: int = 90) -> None:
    """Uncompressed (YUV4MPEG2), which every mpv can play; mpv goes by what is in a file, not by its name."""
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W64 H36 F25:1 Ip A1:1 C420jpeg\n")
        for _ in range(round(seconds * 25)):
            file.write(b"FRAME\n" + bytes([grey]) * (64 * 36) + b"\x80" * (64 * 18))


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, and does not wait long for an answer."""
    monkeypatch.setattr(driver, "_LOOK_S", 0.3)
    monkeypatch.setattr(mpv, "_ANSWER_S", 1.0)


@pytest.fixture
def small_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A memory disk that is full."""
    folder = tmp_path / "memory"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    (folder / "ballast").write_bytes(bytes(44 * 1024))
    monkeypatch.setattr(overlays, "places", lambda directory: [str(folder), directory])
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_an_mpv_that_hangs_is_replaced_and_shows_the_same(
    quick: None, player: Make, screen: Screen, until: Until
) -> None:
    one = player()
    one.perform(screen("A002", "A001"))
    until(lambda: one.shown)
    first = one.mpv_pid
    os.kill(first, signal.SIGSTOP)
    until(lambda: one.shown and one.mpv_pid != first)
    assert one.shown == (("A002", "1"), ("A001", "2"))
    assert not Path(f"/proc/{first}").exists()
    assert one.health()["mpv_restarts"] == 1


def test_after_a_crash_the_same_item_is_on_the_screen_again(
    media: Path, player: Make, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "_DEADLY_S", 0.0)
    film(media / "a.mp4", 0.4)
    film(media / "b.mp4", 60)
    one = player()
    until(lambda: one.playing.endswith("b.mp4"))
    first = one.mpv_pid
    os.kill(first, signal.SIGKILL)
    until(lambda: one.playing and one.mpv_pid != first)
    assert one.playing.endswith("b.mp4")


def test_after_a_crash_at_the_beginning_of_an_item_the_next_one_follows(
    media: Path, player: Make, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the item that kills mpv: it must not do so for ever."""
    monkeypatch.setattr(projection, "_DEADLY_S", 1000.0)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        film(media / name, 60)
    one = player()
    until(lambda: one.playing.endswith("a.mp4"))
    first = one.mpv_pid
    os.kill(first, signal.SIGKILL)
    until(lambda: one.playing and one.mpv_pid != first)
    assert one.playing.endswith("b.mp4")


def test_a_film_that_was_gone_on_with_begins_at_its_beginning_the_next_time(
    media: Path, player: Make, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "_DEADLY_S", 0.0)
    film(media / "a.mp4", 2)
    one = player()
    until(lambda: one.playing)
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 1)  # into the film
    ended: list[float] = []
    monkeypatch.setattr(one, "_ended", lambda clip, played_s, outcome: ended.append(played_s))
    os.kill(one.mpv_pid, signal.SIGKILL)
    until(lambda: len(ended) >= 2)  # the rest of it, and then all of it
    assert ended[0] < ended[1] - 0.5


def test_a_film_that_is_deleted_while_it_plays_leaves_the_others(
    quick: None, media: Path, player: Make, until: Until
) -> None:
    film(media / "a.mp4", 60)
    film(media / "b.mp4", 60)
    one = player()
    until(lambda: one.playing.endswith("a.mp4"))
    (media / "a.mp4").unlink()
    until(lambda: one.playing.endswith("b.mp4"))
    assert one.health()["mpv_restarts"] == 0


def test_full_memory_sends_the_tiles_to_the_disk(
    small_memory: Path, tmp_path: Path, player: Make, screen: Screen, until: Until
) -> None:
    one = player()
    one.perform(screen("A002", "A001"))
    until(lambda: one.shown)
    assert list((tmp_path / "overlays").glob("*/*.bgra"))
    assert [path.name for path in small_memory.iterdir()] == ["ballast"]
    assert "fault" not in one.health()


def test_a_photograph_shows_film_and_tiles_and_fits_into_a_message(
    media: Path, player: Make, screen: Screen, until: Until
) -> None:
    import base64
    import io

    Image.new("RGB", (320, 180), "#00a000").save(media / "a.png")
    one, got = player(), []
    one._emit = lambda make: got.append(make(0.0))
    until(lambda: one.playing.endswith("a.png"))
    one.perform(screen("A001", lit=True))
    until(lambda: one.shown)
    one.perform(Photograph("o1"))
    answer = cast(Photographed, until(lambda: [one for one in got if isinstance(one, Photographed)])[0])
    assert answer.ok
    assert len(answer.picture) < 54_000
    picture = Image.open(io.BytesIO(base64.b64decode(answer.picture))).convert("RGB")
    assert picture.size == (960, 540)
    near = [sum(abs(a - b) for a, b in zip(picture.getpixel(at), colour, strict=True)) for at, colour in PLACES]
    assert max(near) < 40


PLACES = [((20, 180), (196, 22, 28)), ((790, 400), (0, 160, 0)), ((940, 520), (6, 31, 74))]  # call, film, ticker


def test_two_screens_that_began_at_different_times_come_into_step(
    media: Path, settings: Any, tmp_path: Path, until: Until
) -> None:
    film(media / "a.mp4", 4)
    film(media / "b.mp4", 3)
    Image.new("RGB", (64, 36), "green").save(media / "c.png")
    both = [
        cast(Player, simulated(settings(sync=True, image_s=2), str(tmp_path / name), "https://127.0.0.1:9")["player"])
        for name in ("one", "two")
    ]
    try:
        for at, one in enumerate(both):
            one.start(lambda make: None)
            until(lambda one=one: one.playing)
            one.perform(TimeIs(time.time()))
            time.sleep(0.7 * (1 - at))
        until(lambda: all(one.health()["sync_error_ms"] is not None for one in both))  # the films' lengths are known
        steady: list[int] = []

        def in_step() -> bool:
            """Three looks in a row."""
            errors = [cast(int, one.health()["sync_error_ms"]) for one in both]
            steady.append(1 if all(error is not None and abs(error) < 100 for error in errors) else 0)
            time.sleep(0.4)
            return sum(steady[-4:]) == 4 and both[0].playing == both[1].playing

        until(in_step)
    finally:
        for one in both:
            one.stop()


def test_without_the_hubs_time_a_screen_is_not_in_step_and_says_why(media: Path, player: Make, until: Until) -> None:
    film(media / "a.mp4", 4)
    one = player(sync=True)
    until(lambda: one.playing)
    assert one.health()["sync_error_ms"] is None
    assert "time is not known" in str(one.health()["sync"])
