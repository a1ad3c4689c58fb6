"""How much of some time a device was there."""

from hub.domain.presence import Came, There, there

DAY = [Came(100, True, "started"), Came(400, False, "lost"), Came(700, True, "started"), Came(900, False, "restarts")]


def test_time_before_a_device_first_came_is_not_known():
    assert there(DAY, [(0, 1000)]) == [There(online_s=500, known_s=900, drops=1, starts=2)]
    assert there([], [(0, 1000)]) == [There()]


def test_steps_add_up_to_the_whole():
    steps = [(n, n + 130) for n in range(0, 1300, 130)]
    whole = There()
    for one in there(DAY, steps):
        whole = whole.plus(one)
    assert [whole] == there(DAY, [(0, 1300)])


def test_what_held_before_a_step_holds_into_it():
    assert there(DAY, [(450, 650), (750, 850)]) == [There(0, 200, 0, 0), There(100, 100, 0, 0)]
