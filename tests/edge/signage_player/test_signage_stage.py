"""What one real mpv plays and where: ground, media beside the board, a sliding ticker, the memory cap, swept files."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from edge.signage_player.media import Media
from edge.signage_player.mpv import Mpv, memory_mb
from edge.signage_player.overlays import Overlays
from edge.signage_player.settings import Settings
from edge.signage_player.stage import Stage

Until = Callable[[Callable[[], Any]], Any]


class Bench:
    """A stage on an mpv of its own that can be asked what it plays."""

    def __init__(self, settings: Settings, animated: bool = False) -> None:
        self.overlays = Overlays(settings.overlay_dir, settings.fonts)
        self.mpv = Mpv("mpv", self.overlays.folder, ["--vo=null", "--ao=null"])
        self.stage = Stage(
            self.mpv, self.overlays, settings, Media(settings.media_dir), lambda *_: None, animated=animated
        )
        self.stage.begin()

    def playing(self) -> str:
        """The file whose first picture was decoded; "" before."""
        properties = {entry: self.ask(entry) for entry in ("filename", "video-params/w")}
        self.stage.hear()
        return properties["filename"] if properties["video-params/w"] else ""

    def ask(self, name: str) -> Any:
        try:
            return self.mpv.command("get_property", name)
        except ValueError:
            return None


@pytest.fixture
def bench(settings: Callable[..., Settings]) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(animated: bool = False, **changes: Any) -> Bench:
        made.append(Bench(settings(**changes), animated))
        return made[-1]

    yield make
    for one in made:
        one.mpv.close()
        one.overlays.close()


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


def test_without_media_the_ground_is_decoded_and_stays(bench: Any, until: Until) -> None:
    one = bench()
    assert until(one.playing) == "background.png"
    assert one.ask("image-display-duration") in (float("inf"), "inf")
    assert one.stage.faults == {}


def test_media_play_in_their_zone_beside_the_board(bench: Any, until: Until, media: Path, screen: Any) -> None:
    Image.new("RGB", (320, 180), "green").save(media / "a.png")
    one = bench()
    assert until(one.playing) == "a.png"
    assert one.stage.draw(screen("A001"), 0) == (("A001", "1"),)
    assert one.ask("video-margin-ratio-left") == pytest.approx(0.645, abs=0.01)
    assert one.ask("video-margin-ratio-bottom") == pytest.approx(90 / 1080, abs=0.01)


def test_several_media_play_one_after_another_by_name(bench: Any, until: Until, media: Path) -> None:
    for name in ("b.png", "a.png", ".c.png", "notes.txt"):
        Image.new("RGB", (320, 180), "green").save(media / name, "png")
    one = bench(image_s=1.0)
    assert until(one.playing) == "a.png"
    assert one.ask("playlist-count") == 2
    until(lambda: one.playing() == "b.png")
    until(lambda: one.playing() == "a.png")


def test_media_that_come_and_go_are_noticed_at_the_next_look(bench: Any, until: Until, media: Path) -> None:
    one = bench()
    assert until(one.playing) == "background.png"
    Image.new("RGB", (320, 180), "green").save(media / "a.png")
    one.stage.look()
    until(lambda: one.playing() == "a.png")
    (media / "a.png").unlink()
    one.stage.look()
    until(lambda: one.playing() == "background.png")


def test_one_broken_file_does_not_stop_the_others(bench: Any, until: Until, media: Path) -> None:
    (media / "a.mp4").write_bytes(b"not a film")
    Image.new("RGB", (320, 180), "green").save(media / "b.png")
    one = bench()
    assert until(one.playing) == "b.png"


def test_a_long_ticker_slides_by_its_offset_alone(bench: Any, screen: Any) -> None:
    one = bench(animated=True)
    one.stage.draw(screen("A001", ticker="请携带本人身份证件。" * 12), 0)
    painted = one.overlays.painted
    assert one.stage.is_moving
    for shift in range(0, 5000, 250):
        one.stage.slide(float(shift))
    assert one.overlays.painted == painted
    assert one.overlays.errors == 0


def test_an_mpv_beyond_its_memory_is_worn(bench: Any, until: Until) -> None:
    one = bench(memory_mb_max=1)
    until(one.playing)
    assert not one.stage.worn
    one.stage.look()
    assert one.stage.worn


def test_with_media_a_worn_mpv_is_replaced_between_two_items_only(bench: Any, until: Until, media: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (320, 180), "green").save(media / name)
    first = bench(image_s=1.0)
    until(first.playing)
    usual_mb = memory_mb(first.mpv.pid)
    first.mpv.close()  # two of them would share their libraries
    one = bench(memory_mb_max=round(usual_mb * 0.75), image_s=5.0)  # a look takes its time on a busy machine
    assert until(one.playing) == "a.png"
    one.stage.look()
    assert not one.stage.worn
    until(lambda: one.playing() and one.stage.worn)


def test_an_mpv_far_beyond_its_memory_is_replaced_in_the_middle_of_a_film(
    bench: Any, until: Until, media: Path
) -> None:
    Image.new("RGB", (320, 180), "green").save(media / "a.png")
    one = bench(memory_mb_max=1)
    assert until(one.playing) == "a.png"
    one.stage.look()
    assert one.stage.worn


def test_what_a_killed_agent_left_is_swept_and_what_lives_is_not(settings: Any) -> None:
    parent = Path(settings().overlay_dir)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (parent / f"tingxu-signage-{gone.pid}-abc").mkdir()
    living = Overlays(str(parent), ())
    other = Overlays(str(parent), ())
    assert sorted(parent.iterdir()) == sorted([living.folder, other.folder])


def test_films_are_soft_while_something_is_said(bench: Any) -> None:
    one = bench(media_volume=70, duck_volume=5)
    one.stage.duck(False)
    assert one.ask("volume") == 70
    one.stage.duck(True)
    assert one.ask("volume") == 5
