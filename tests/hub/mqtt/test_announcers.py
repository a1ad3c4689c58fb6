"""One announcer for each area: chosen in the hall file, or the first that is there with sound; another when it dies."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from halls.format import Hall, Position
from hub.domain.state import new_day
from hub.mqtt import views
from hub.roster import Bound, Roster
from tests.support.day import small_hall
from wire.messages import Health, Presence

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
SCREENS = ("tv-1", "tv-2", "tv-3")


def hall(announcer: str = "") -> Hall:
    """Two screens in the lobby, one upstairs."""
    small = small_hall()
    (lobby,) = small.area
    upstairs = replace(lobby, id="up", name="二层")
    places = zip(SCREENS, ("lobby", "lobby", "up"), strict=True)
    positions = tuple(Position(id=name, kind="tv-box", area=area) for name, area in places)
    others = tuple(one for one in small.position if one.device_class != "signage_player")
    return replace(small, area=(replace(lobby, announcer=announcer), upstairs), position=(*others, *positions))


class Screens:
    def __init__(self, announcer: str = "") -> None:
        self.hall = hall(announcer)
        self.roster = Roster([self.hall], list)
        self.roster.seat_all([Bound(name, "small", name) for name in SCREENS])

    def come(self, name: str, sound: bool | None = True) -> None:
        """`sound` None: it has not told how it is."""
        self.roster.present(name, Presence(online=True, boot="1"), NOW)
        if sound is not None:
            told = Health(id="h", at=NOW, uptime_s=1.0, agent="0", device={"sound": sound})
            self.roster.healthy(name, told, NOW)

    def go(self, name: str) -> None:
        self.roster.present(name, Presence(online=False), NOW)

    def announcing(self, after_s: float = 0.0) -> list[str]:
        found = []
        for name in SCREENS:
            seat = self.roster.at("small", name)
            view = views.view(new_day(self.hall, "2026-01-05"), self.roster, seat, NOW + timedelta(seconds=after_s))
            if view is not None and view.announces:
                found.append(name)
        return found


@pytest.mark.parametrize(
    ("announcer", "there", "announces"),
    [
        ("", {}, []),
        ("", {"tv-1": True, "tv-2": True}, ["tv-1"]),
        ("", {"tv-1": False, "tv-2": True}, ["tv-2"]),
        ("", {"tv-1": False, "tv-2": False}, []),
        ("", {"tv-1": True, "tv-2": True, "tv-3": True}, ["tv-1", "tv-3"]),
        ("tv-2", {"tv-1": True, "tv-2": True}, ["tv-2"]),
        ("tv-2", {"tv-1": True}, ["tv-1"]),
        ("tv-2", {"tv-1": True, "tv-2": False}, ["tv-1"]),
    ],
)
def test_one_screen_of_an_area_announces(announcer, there, announces):
    screens = Screens(announcer)
    for name, sound in there.items():
        screens.come(name, sound)
    assert screens.announcing() == announces


def test_another_takes_over_when_it_dies_and_gives_back_when_it_is_there_again():
    screens = Screens()
    screens.come("tv-1")
    screens.come("tv-2")
    screens.go("tv-1")
    assert screens.announcing() == ["tv-2"]
    screens.come("tv-1")
    assert screens.announcing() == ["tv-1"]


def test_nothing_is_decided_anew_before_a_screen_that_came_on_has_told_whether_it_has_sound():
    """A hub that starts hears first who is there and then how they are: what is retained stays until it knows."""
    screens = Screens()
    screens.come("tv-1", sound=None)
    screens.come("tv-2")
    seat = screens.roster.at("small", "tv-2")
    assert views.view(new_day(screens.hall, "2026-01-05"), screens.roster, seat, NOW) is None
    assert screens.announcing(after_s=6) == ["tv-2"]


def test_the_view_tells_the_halls_time():
    screens = Screens()
    seat = screens.roster.at("small", "tv-1")
    assert views.view(new_day(screens.hall, "2026-01-05"), screens.roster, seat, NOW).utc_offset_s == 8 * 3600
