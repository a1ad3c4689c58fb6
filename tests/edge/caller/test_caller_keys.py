"""Bounce, chords and stuck keys, in injected time."""

import random

from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.keys import Keys

BOUNCE_S, STUCK_S = 0.03, 10.0


def presses(edges: list[tuple[float, str, bool]]) -> list[tuple[float, str]]:
    """The presses that count among (time, key, closed)."""
    keys, counted = Keys(BOUNCE_S, STUCK_S), []
    for at, name, closed in edges:
        keys = keys.settled(at)
        if closed:
            keys, counts = keys.down(name, at)
            counted += [(at, name)] * counts
        else:
            keys = keys.up(name, at)
    return counted


def test_a_press_counts_at_its_first_edge_and_its_bounces_do_not() -> None:
    edges = [(0.0, "a", True), (0.002, "a", False), (0.004, "a", True), (0.2, "a", False), (0.203, "a", True),
             (0.205, "a", False)]  # fmt: skip
    assert presses(edges) == [(0.0, "a")]


def test_the_same_key_counts_again_once_it_stayed_up_for_the_debounce_time() -> None:
    up = [(0.0, "a", True), (0.1, "a", False)]
    assert presses([*up, (0.129, "a", True)]) == [(0.0, "a")]
    assert presses([*up, (0.131, "a", True)]) == [(0.0, "a"), (0.131, "a")]


def test_a_contact_that_flutters_while_held_is_one_press() -> None:
    edges = [(0.0, "a", True)]
    for n in range(1, 50):
        edges += [(n * 0.1, "a", False), (n * 0.1 + 0.02, "a", True)]
    assert presses(edges) == [(0.0, "a")]


def test_of_a_chord_only_the_first_key_counts_until_all_are_up() -> None:
    edges = [(0.0, "a", True), (0.05, "b", True), (0.1, "a", False), (0.2, "c", True), (0.3, "b", False),
             (0.3, "c", False), (0.4, "c", True)]  # fmt: skip
    assert presses(edges) == [(0.0, "a"), (0.4, "c")]


def test_a_second_key_within_the_bounce_of_the_first_is_a_chord() -> None:
    assert presses([(0.0, "a", True), (0.001, "a", False), (0.002, "b", True), (0.003, "a", True)]) == [(0.0, "a")]


def test_a_stuck_key_is_named_hinders_no_other_and_counts_again_after_its_release() -> None:
    keys, _ = Keys(BOUNCE_S, STUCK_S).down("a", 5.0)
    assert keys.wake_at() == 15.0
    assert keys.settled(14.9).stuck == ()
    keys = keys.settled(15.0)
    assert keys.stuck == ("a",)
    assert keys.wake_at() == float("inf")
    assert keys.down("b", 16.0)[1]
    keys = keys.up("a", 17.0).settled(17.1)
    assert keys.stuck == ()
    assert keys.down("a", 18.0)[1]


def test_a_release_that_was_never_a_press_changes_nothing() -> None:
    keys = Keys(BOUNCE_S, STUCK_S)
    assert keys.up("a", 1.0) == keys


def test_a_clock_put_back_by_a_day_leaves_no_key_dead() -> None:
    keys, _ = Keys(BOUNCE_S, STUCK_S).down("a", 86_400.0)
    keys = keys.up("a", 86_400.1).settled(10.0)
    assert keys.down("a", 10.0)[1]


@given(
    gaps=st.lists(st.floats(0.1, 2.0), min_size=1, max_size=12),
    names=st.lists(st.sampled_from("abc"), min_size=12, max_size=12),
    seed=st.integers(0, 2**32),
)
def test_any_bouncing_finger_gives_exactly_one_press_for_each_of_its_own(
    gaps: list[float], names: list[str], seed: int
) -> None:
    """Presses of 50 ms at the least, bounces of up to 10 ms at both ends, fingers 50 ms and more apart."""
    chance = random.Random(seed)
    at, edges, meant = 0.0, [], []
    for gap, name in zip(gaps, names, strict=False):
        meant.append((at, name))
        for moment, end in ((at, True), (at + gap / 2, False)):
            bounces = sorted(chance.uniform(0, 0.01) for _ in range(2 * chance.randrange(4)))
            states = [end] + [(n % 2 == 0) != end for n in range(len(bounces))]
            edges += [(moment + later, name, state) for later, state in zip([0.0, *bounces], states, strict=True)]
        at += gap
    assert presses(edges) == meant
