"""How many places a slot has: what the hall says, or what its counters can do, less what walk-ins are kept."""

import pytest
from msgspec.structs import replace

from hub.appointments.capacity import mean_min, people_per_slot, places
from tests.support.day import small_hall


def with_a(hall=None, share=None, **fields):
    hall = hall or small_hall()
    rules = hall.appointments if share is None else replace(hall.appointments, walk_in_share=share)
    first, *others = hall.service
    return replace(hall, service=(replace(first, **fields), *others), appointments=rules)


@pytest.mark.parametrize(
    ("people", "share", "expected"),
    [(20, 0.5, 10), (20, 0.9, 2), (7, 0.5, 3), (1, 0.5, 1), (10, 0.0, 10), (10, 1.0, 0)],
)
def test_the_walk_in_reserve_comes_off_what_the_hall_says(people, share, expected):
    hall = with_a(share=share, slot_places=people)
    assert places(hall, hall.service[0]) == expected


def test_without_a_word_of_the_hall_the_counters_time_is_divided_by_the_work_that_comes():
    hall = small_hall()
    work = [one.share * mean_min(one) for one in hall.service]
    for service, part in zip(hall.service, work, strict=True):
        expected = 2 * part / sum(work) * 30 / mean_min(service)  # both counters serve all three
        assert people_per_slot(hall, service) == pytest.approx(expected)
    total = sum(people_per_slot(hall, one) * mean_min(one) for one in hall.service)
    assert total == pytest.approx(2 * 30)  # two counters, all of their half hours


def test_where_shares_are_unknown_each_service_has_an_equal_part():
    hall = with_a(share=0.5)
    hall = replace(hall, service=tuple(replace(one, share=0.0) for one in hall.service))
    assert people_per_slot(hall, hall.service[1]) == pytest.approx(2 / 3 * 30 / mean_min(hall.service[1]))


def test_the_mean_is_longer_than_the_median():
    service = small_hall().service[0]
    assert service.service_min_median < mean_min(service) < service.service_min_p90
