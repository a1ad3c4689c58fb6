"""The hub's content on a real mpv: what plays, what is passed over, what an emergency interrupts, what is reported."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.signage_player.media import Clip, Media
from edge.signage_player.mpv import Mpv
from edge.signage_player.programme import PlayMedia, Turn
from edge.signage_player.projection import Projection
from edge.signage_player.shelf import Shelf
from tests.edge.signage_player.keeping import item
from tests.support.files import FILES
from wire.messages import ContentItem

Until = Callable[[Callable[[], Any]], Any]
FILM, OTHER = (FILES / "film.mp4").read_bytes(), (FILES / "film.mkv").read_bytes()
PNG, JPEG = (FILES / "one.png").read_bytes(), (FILES / "one.jpg").read_bytes()


class Cinema:
    """A projection on an mpv of its own. `ended`: what it said became of each clip."""

    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder / "content", 1000)
        (folder / "content").mkdir()
        self.media = Media(str(folder / "own"), self.shelf)
        self.faults: dict[str, str] = {}
        self.ended: list[tuple[str, str]] = []
        self.seconds: list[float] = []
        self.mpv = Mpv("mpv", folder, ["--vo=null", "--ao=null"])
        self.mpv.command("observe_property", 1, "idle-active")
        self.projection = Projection(self.mpv, self.media, folder, 0.5, self.faults, self._ended)

    def has(self, data: bytes, type_: str) -> ContentItem:
        one = item(data, type_.replace("/", "."), type_)
        self.shelf.path(one).write_bytes(data)
        return one

    def play(self, *items: ContentItem, full: bool = False, folder: bool = True) -> None:
        self.media.play(PlayMedia(tuple(Turn(one, full) for one in items), folder))
        self.projection.look()

    def playing(self) -> str:
        """The file that mpv shows."""
        for event in self.mpv.events():
            self.projection.hear(event)
        return Path(self.projection.path).name

    def shows(self, one: ContentItem) -> bool:
        return self.playing() == self.shelf.path(one).name

    def _ended(self, clip: Clip, seconds: float, outcome: str) -> None:
        self.ended.append((Path(clip.path).name, outcome))
        self.seconds.append(seconds)


@pytest.fixture
def cinema(tmp_path: Path) -> Iterator[Cinema]:
    one = Cinema(tmp_path)
    one.projection.begin()
    yield one
    one.mpv.close()


@pytest.fixture
def film(cinema: Cinema) -> ContentItem:
    return cinema.has(FILM, "video/mp4")


@pytest.fixture
def picture(cinema: Cinema) -> ContentItem:
    return cinema.has(PNG, "image/png")


def test_items_play_in_turn_each_as_long_as_it_should_and_are_counted(
    cinema: Cinema, film: ContentItem, picture: ContentItem, until: Until
) -> None:
    cinema.play(picture, film)
    until(lambda: cinema.playing() and len(cinema.ended) >= 3)
    names = [cinema.shelf.path(one).name for one in (picture, film, picture)]
    assert cinema.ended[:3] == [(name, "whole") for name in names]
    assert cinema.seconds[0] < cinema.seconds[1], "half a second of a picture, two of the film"


@pytest.mark.parametrize("type_", ["image/png", "image/jpeg", "video/mp4", "video/x-matroska"])
def test_mpv_knows_what_it_is_by_its_hash_alone(cinema: Cinema, until: Until, type_: str) -> None:
    data = {"image/png": PNG, "image/jpeg": JPEG, "video/mp4": FILM, "video/x-matroska": OTHER}[type_]
    one = cinema.has(data, type_)
    cinema.play(one)
    until(lambda: cinema.shows(one))


def test_an_emergency_shows_at_once_and_the_film_goes_on_where_it_was(
    cinema: Cinema, film: ContentItem, picture: ContentItem, until: Until
) -> None:
    cinema.play(film, picture)
    until(lambda: cinema.shows(film) and cinema.mpv.command("get_property", "time-pos") > 0.8)
    sign = cinema.has(JPEG, "image/jpeg")
    cinema.play(sign, folder=False)
    until(lambda: cinema.shows(sign))
    assert cinema.ended == [(cinema.shelf.path(film).name, "cut")]
    cinema.play(film, picture)
    until(lambda: cinema.shows(film))
    assert cinema.mpv.command("get_property", "time-pos") >= 0.8


def test_an_emergency_without_a_picture_stops_what_plays(cinema: Cinema, film: ContentItem, until: Until) -> None:
    cinema.play(film)
    until(lambda: cinema.shows(film))
    cinema.play(folder=False)
    until(lambda: cinema.playing() == "background.png")
    assert cinema.projection.on_ground


def test_a_file_that_is_deleted_is_passed_over_and_back_when_it_is_here_again(
    cinema: Cinema, film: ContentItem, picture: ContentItem, until: Until
) -> None:
    cinema.play(picture, film)
    until(lambda: cinema.shows(picture))
    cinema.shelf.path(film).unlink()
    until(lambda: cinema.playing() and (cinema.shelf.path(film).name, "broken") in cinema.ended)
    cinema.projection.look()
    assert [clip.item for clip in cinema.projection._clips] == [picture]
    cinema.has(FILM, "video/mp4")
    cinema.media.changed()
    assert cinema.projection.is_news
    cinema.projection.look()
    until(lambda: cinema.shows(film))


def test_a_damaged_file_is_told_and_the_next_one_plays(cinema: Cinema, picture: ContentItem, until: Until) -> None:
    bad = cinema.has(bytes(5000), "video/mp4")
    cinema.play(bad, picture)
    until(lambda: cinema.shows(picture))
    assert (cinema.shelf.path(bad).name, "broken") in cinema.ended


def test_what_plays_is_not_interrupted_when_something_is_added_after_it(
    cinema: Cinema, film: ContentItem, picture: ContentItem, until: Until
) -> None:
    cinema.play(film)
    until(lambda: cinema.shows(film))
    cinema.play(film, picture)
    until(lambda: cinema.shows(picture))
    assert cinema.ended == [(cinema.shelf.path(film).name, "whole")]


def test_without_anything_of_the_hubs_the_screens_own_folder_plays(
    cinema: Cinema, film: ContentItem, tmp_path: Path, until: Until
) -> None:
    cinema.play(film)
    until(lambda: cinema.shows(film))
    (tmp_path / "own").mkdir()
    shutil.copy(FILES / "one.png", tmp_path / "own" / "own.png")
    cinema.play()
    until(lambda: cinema.playing() == "own.png")


def test_a_full_item_has_the_screen_only_while_it_is_shown(
    cinema: Cinema, film: ContentItem, picture: ContentItem, until: Until
) -> None:
    cinema.media.play(PlayMedia((Turn(picture, True), Turn(film, False))))
    cinema.projection.look()
    until(lambda: cinema.shows(picture))
    assert cinema.projection.full
    until(lambda: cinema.shows(film))
    assert not cinema.projection.full
