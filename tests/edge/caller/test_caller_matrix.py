"""A matrix keypad on mock pins that are joined as wires are: what the scanner tells, and what it refuses to tell."""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from gpiozero import LED

from edge.caller.events import KeyDown, KeysUnclear, KeyUp
from edge.caller.fake_matrix import FakeMatrix
from edge.caller.matrix import MatrixKeypad, is_unclear
from edge.caller.settings import CallerSettings
from edge.caller.simulated import SimulatedDriver
from edge.caller.wiring import Matrix
from edge.runtime.device import Input
from tests.edge.caller.loop import Loop, until

QUICK: dict[str, Any] = {"scan_s": 0.002}


class Bench:
    """A keypad and what it told: `+name` down, `-name` up, `?` unclear; only fresh edges."""

    def __init__(self, **settings: Any) -> None:
        self.settings = msgspec.convert(QUICK | settings, Matrix)
        self.keys = FakeMatrix(self.settings)
        self.keypad = MatrixKeypad(self.settings, self.keys)
        self.inputs: list[Input] = []
        self.keypad.start(lambda make: self.inputs.append(make(time.time())))
        until(lambda: self.keypad.is_open)

    @property
    def told(self) -> list[str]:
        said = []
        for one in self.inputs:
            match one:
                case KeyDown(key=key, fresh=True):
                    said.append(f"+{key}")
                case KeysUnclear():
                    said.append("?")
                case KeyUp(key=key):
                    said.append(f"-{key}")
        return said[20:]  # at the opening every key was said to be up

    def tap(self, name: str) -> list[str]:
        """Press and release, each held until it was told; what was told meanwhile."""
        before = len(self.told)
        for down in (True, False):
            heard = len(self.told)
            self.keys.move(name, down=down)
            until(lambda heard=heard: len(self.told) > heard)
        return self.told[before:]

    def says(self, *expected: str) -> None:
        until(lambda: len(self.told) >= len(expected))
        assert self.told == list(expected)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.keypad.stop()


def test_every_key_of_the_matrix_is_told_by_its_own_name(bench: Bench) -> None:
    names = [name for row in bench.settings.keys for name in row]
    for name in names:
        assert bench.tap(name) == [f"+{name}", f"-{name}"]
    assert bench.keys.shorts == 0


def test_two_keys_anywhere_are_told_one_after_the_other(bench: Bench) -> None:
    """Two never feign a third, whichever they are."""
    bench.keys.move("1", down=True)
    bench.says("+1")
    for other in ("2", "4", "5", "transfer"):
        assert bench.tap(other) == [f"+{other}", f"-{other}"]
    assert bench.keypad.ghosts == 0


@pytest.mark.parametrize("corners", list(itertools.permutations(("1", "2", "4", "5"), 3)))
def test_three_corners_of_a_rectangle_never_make_the_fourth(bench: Bench, corners: tuple[str, ...]) -> None:
    """Nothing changes until it is clear again which keys are down; it is said once."""
    fourth = next(name for name in ("1", "2", "4", "5") if name not in corners)
    for n, name in enumerate(corners[:2]):
        bench.keys.move(name, down=True)
        until(lambda n=n: len(bench.told) > n)
    bench.keys.move(corners[2], down=True)
    bench.says(f"+{corners[0]}", f"+{corners[1]}", "?")
    bench.keys.move(corners[2], down=False)
    bench.keys.move(corners[0], down=False)
    bench.keys.move(corners[1], down=False)
    until(lambda: {f"-{corners[0]}", f"-{corners[1]}"} <= set(bench.told))
    assert f"+{fourth}" not in bench.told
    assert f"+{corners[2]}" not in bench.told
    assert bench.keypad.health()["ghosts"] == 1


def test_with_diodes_all_four_corners_are_what_they_are() -> None:
    bench = Bench(diodes=True)
    for n, name in enumerate(("1", "2", "4")):
        bench.keys.move(name, down=True)
        until(lambda n=n: len(bench.told) > n)
    assert bench.told == ["+1", "+2", "+4"]
    bench.keys.move("5", down=True)
    bench.says("+1", "+2", "+4", "+5")
    bench.keypad.stop()


def test_however_keys_are_pressed_no_row_is_ever_driven_against_another(bench: Bench) -> None:
    dice = random.Random(4)
    for _ in range(150):
        bench.keys.join((dice.randrange(4), dice.randrange(5)), closed=dice.random() < 0.6)
        time.sleep(0.0005)
    assert bench.keys.shorts == 0


def test_a_key_that_nobody_touches_is_never_told_however_wildly_the_others_are_played(bench: Bench) -> None:
    """Fingers are anywhere but on three keys; quicker than any finger, so that they move between two rows."""
    dice = random.Random(8)
    played = {(row, column) for row in range(3) for column in range(4)} - {(0, 0), (1, 1), (2, 2)}
    names = {bench.settings.keys[row][column] for row, column in played}

    def told() -> set[str]:
        return {one.key for one in bench.inputs if isinstance(one, KeyDown)}

    def played_and_told() -> bool:
        """Again, where the keypad had little of the processor."""
        for _ in range(600):
            bench.keys.join(dice.choice(sorted(played)), closed=dice.random() < 0.5)
            time.sleep(dice.choice((0.0, 0.0002, 0.001)))
        return bool(told() and bench.keypad.ghosts)

    until(played_and_told)
    assert told() <= names


def test_a_picture_that_was_torn_by_a_moving_key_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ghost in the first row, and its corners already up in the second: only what two looks agree upon is told."""
    keypad = MatrixKeypad(Matrix())
    told: list[Input] = []
    keypad._emit = lambda make: told.append(make(0.0))
    looks = iter([{(0, 0), (0, 1), (1, 1)}, {(0, 0), (1, 1)}, {(0, 0)}, {(0, 0)}])
    monkeypatch.setattr(keypad, "_look", lambda: frozenset(next(looks)))
    assert not keypad._take_if_settled()
    assert told == []
    assert keypad._take_if_settled()
    assert [one.key for one in told if isinstance(one, KeyDown)] == ["1"]


def test_a_row_that_is_driven_against_another_would_be_noticed() -> None:
    """So that the fact above says something."""
    keys = FakeMatrix(Matrix())
    for number, level in ((4, 0), (5, 1)):
        keys.pin(number).output_with_state(level)
    keys.join((0, 0), closed=True)
    assert keys.shorts == 0
    keys.join((1, 0), closed=True)
    assert keys.shorts > 0


@pytest.mark.parametrize(
    ("closed", "unclear"),
    [
        ([(0, 0), (0, 1), (0, 2)], False),
        ([(0, 0), (1, 0), (2, 0)], False),
        ([(0, 0), (1, 1), (2, 2)], False),
        ([(0, 0), (0, 1), (1, 0), (1, 1)], True),
        ([(0, 0), (0, 3), (2, 0), (2, 3), (3, 4)], True),
    ],
)
def test_a_rectangle_is_what_cannot_be_told(closed: list[tuple[int, int]], unclear: bool) -> None:
    assert is_unclear(closed) is unclear


def test_at_rest_nothing_is_scanned(bench: Bench) -> None:
    """All rows are low and stay so, until a column falls."""
    rows = [bench.keys.pin(number) for number in bench.settings.rows]
    until(lambda: all(row._function == "output" and not row._state for row in rows))
    for row in rows:
        row.clear_states()
    edges = [len(row.states) for row in rows]
    bench.keypad._stopped.wait(0.1)
    assert [len(row.states) for row in rows] == edges
    bench.keys.move("0", down=True)
    bench.says("+0")


def test_a_bouncing_finger_types_each_key_once() -> None:
    settings = CallerSettings(driver="simulated", keypad="matrix", keys={"ok": 4})
    matrix = msgspec.structs.replace(settings.matrix, scan_s=0.003)
    driver = SimulatedDriver(msgspec.structs.replace(settings, matrix=matrix))
    driver.pins.bounce_s = 0.01
    loop = Loop(driver, settings)
    until(lambda: driver.health()["matrix"] == "ok")
    for count, key in enumerate(("1", "0", "0", "1", "transfer"), 1):
        driver.finger.move(key, down=True)
        loop.until(lambda count=count: loop.state.presses >= count)
        driver.finger.move(key, down=False)
        loop.until(lambda: not loop.state.keys.settled(time.time()).held)
    assert loop.state.presses == 5
    assert loop.sent == [("transfer", "1001")]
    driver.stop()


def test_a_pin_that_is_taken_shows_in_health_and_the_matrix_is_opened_once_it_is_free() -> None:
    threads = threading.active_count()
    settings = msgspec.convert(QUICK, Matrix)
    keys = FakeMatrix(settings)
    other = LED(13, pin_factory=keys)
    keypad = MatrixKeypad(settings, keys)
    keypad.start(lambda make: None)
    until(lambda: "GPIO13" in str(keypad.health()["matrix"]))
    other.close()
    until(lambda: keypad.health()["matrix"] == "ok")
    keypad.stop()
    assert keypad.health()["matrix"] == "stopped"
    assert threading.active_count() == threads


def test_a_key_that_is_down_when_the_board_starts_is_no_press() -> None:
    settings = msgspec.convert(QUICK, Matrix)
    keys = FakeMatrix(settings)
    keys.join((0, 3), closed=True)
    keypad = MatrixKeypad(settings, keys)
    inputs: list[Input] = []
    keypad.start(lambda make: inputs.append(make(0.0)))
    until(lambda: keypad.is_open)
    assert [(one.key, one.fresh) for one in inputs if isinstance(one, KeyDown)] == [("call-next", False)]
    keypad.stop()
