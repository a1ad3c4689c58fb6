"""The two hall files that come with Tingxu say what they are meant to say."""

from collections import Counter
from math import exp, log
from pathlib import Path

import pytest

import halls
from halls.format import CLASS_OF, Hall, Service, parse

FOLDER = Path(halls.__file__).parent
OPEN_MIN = 9 * 60
TICKETS = 1500
WALK_MIN = 1.0  # between two citizens
PORTIONS, ROUNDS = 100, 10


def hall_of(name: str) -> Hall:
    return parse((FOLDER / name).read_text(encoding="utf-8"), name)


@pytest.fixture(scope="module")
def dongcheng() -> Hall:
    return hall_of("dongcheng.toml")


def mean_min(service: Service) -> float:
    """Of a log-normal distribution with the service's median and 90th percentile (1.2816 sigma)."""
    sigma = log(service.service_min_p90 / service.service_min_median) / 1.2816
    return service.service_min_median * exp(sigma**2 / 2)


def test_dongcheng_has_the_274_devices_of_the_seed(dongcheng: Hall) -> None:
    assert Counter(position.kind for position in dongcheng.position) == {
        "ticket-machine": 5,
        "caller": 58,
        "evaluator": 108,
        "repeater": 30,
        "window-card": 48,
        "tv-box": 12,
        "publishing-terminal": 3,
        "play-box": 9,
        "guide-terminal": 1,
    }
    assert len(dongcheng.position) == 274
    assert sum(1 for position in dongcheng.position if position.wireless) == 22


def test_dongcheng_has_four_centres_three_floors_22_services_48_counters_and_a_clerk_for_each(dongcheng: Hall) -> None:
    tables = (dongcheng.centre, dongcheng.floor, dongcheng.service, dongcheng.counter)
    assert [len(table) for table in tables] == [4, 3, 22, 48]
    assert {counter.id for counter in dongcheng.counter} == {clerk.counter for clerk in dongcheng.clerk} - {""}
    assert sum(service.share for service in dongcheng.service) == pytest.approx(1)


def test_every_dongcheng_counter_has_its_wired_caller_window_card_and_two_wired_evaluators(dongcheng: Hall) -> None:
    wired = Counter((p.counter, p.kind) for p in dongcheng.position if p.counter and not p.wireless)
    for counter in dongcheng.counter:
        of_kind = [wired[counter.id, kind] for kind in ("caller", "window-card", "evaluator")]
        assert of_kind == [1, 1, 2], counter.id


def test_every_dongcheng_handheld_is_heard_by_two_repeaters_of_its_floor_and_some_repeaters_hear_nobody(
    dongcheng: Hall,
) -> None:
    floor_of = {area.id: area.floor for area in dongcheng.area}
    repeaters = {p.id: floor_of[p.area] for p in dongcheng.position if p.kind == "repeater"}
    handhelds = [(floor_of[p.area], p.wireless.repeaters) for p in dongcheng.position if p.wireless]
    for floor, heard_by in handhelds:
        assert len(set(heard_by)) == 2
        assert {repeaters[name] for name in heard_by} == {floor}
    assert {name for _, heard_by in handhelds for name in heard_by} < set(repeaters)


def test_every_dongcheng_area_has_a_board_and_tells_the_way_and_every_floor_gives_tickets(dongcheng: Hall) -> None:
    areas = {area.id: area for area in dongcheng.area}
    assert {p.area for p in dongcheng.position if p.kind == "tv-box"} == set(areas)
    assert all(area.route for area in areas.values())
    machines = {areas[p.area].floor for p in dongcheng.position if p.kind == "ticket-machine"}
    assert machines == {floor.id for floor in dongcheng.floor}


def test_every_dongcheng_service_has_two_counters_or_more(dongcheng: Hall) -> None:
    serving = Counter(letter for counter in dongcheng.counter for letter in counter.services)
    assert {letter for letter, counters in serving.items() if counters < 2} == set()


def busy_min_by_counter(hall: Hall) -> dict[str, float]:
    """The day's work in small portions, each moved to the least busy of its counters until nothing moves any more."""
    busy = {counter.id: 0.0 for counter in hall.counter}
    able = {s.letter: [c.id for c in hall.counter if s.letter in c.services] for s in hall.service}
    portion = {s.letter: TICKETS * s.share * (mean_min(s) + WALK_MIN) / PORTIONS for s in hall.service}
    dealt = [(letter, able[letter][n % len(able[letter])]) for letter in able for n in range(PORTIONS)]
    for letter, counter in dealt:
        busy[counter] += portion[letter]
    for _ in range(ROUNDS):
        for place, (letter, counter) in enumerate(dealt):
            busy[counter] -= portion[letter]
            least_busy = min(able[letter], key=busy.__getitem__)
            busy[least_busy] += portion[letter]
            dealt[place] = (letter, least_busy)
    return busy


def test_dongcheng_copes_with_1500_tickets_in_nine_hours(dongcheng: Hall) -> None:
    """Well dealt out, a busy day's work fills no counter's day by more than 85%, and the hall's by more than 65%."""
    busy = busy_min_by_counter(dongcheng)
    assert max(busy.values()) < 0.85 * OPEN_MIN
    assert sum(busy.values()) > 0.65 * OPEN_MIN * len(busy)


def test_small_has_one_machine_and_two_counters() -> None:
    small = hall_of("small.toml")
    kinds = Counter(position.kind for position in small.position)
    assert kinds == {"ticket-machine": 1, "caller": 2, "evaluator": 2, "window-card": 2, "tv-box": 1}
    assert [len(small.counter), len(small.service), len(small.clerk)] == [2, 3, 2]


@pytest.mark.parametrize("kind", sorted(CLASS_OF))
def test_every_kind_is_served_by_a_device_class_with_a_folder(kind: str) -> None:
    assert (FOLDER.parent / "edge" / CLASS_OF[kind]).is_dir()
