"""A screen and a loudspeaker on the bench: TINGXU_SCREEN_VO, TINGXU_SCREEN_CONTEXT, TINGXU_SCREEN_AO say which."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.runtime.device import Input
from edge.runtime.parts import Parts
from edge.signage_player.announcements import Said, Speak
from edge.signage_player.driver import on_screen
from edge.signage_player.logic import ShowBoard
from edge.signage_player.settings import Settings
from edge.signage_player.trials import Photograph, Photographed

pytestmark = pytest.mark.hardware
NEEDED = ("TINGXU_SCREEN_VO", "TINGXU_SCREEN_CONTEXT", "TINGXU_SCREEN_AO")


class Bench:
    def __init__(self, parts: Parts) -> None:
        self.parts, self.told = parts, list[Input]()
        parts.start(lambda make: self.told.append(make(time.time())))

    def until(self, kind: type[Input], patience_s: float = 30.0) -> Any:
        end = time.monotonic() + patience_s
        while not (found := [one for one in self.told if isinstance(one, kind)]):
            assert time.monotonic() < end, f"no {kind.__name__}: {self.parts.health()}"
            time.sleep(0.05)
        return found[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[[], Bench]]:
    for name in NEEDED:
        if name not in os.environ:
            pytest.skip(f"set {name}")
    vo, context, ao = (os.environ[name] for name in NEEDED)
    parts = on_screen(Settings(vo=vo, gpu_context=context, ao=ao), str(tmp_path), "https://127.0.0.1:9")
    yield lambda: Bench(parts)
    parts.stop()


def test_the_pattern_is_on_the_screen_and_the_output_gives_a_picture_of_it(bench: Callable[[], Bench]) -> None:
    one = bench()
    one.parts.perform(ShowBoard(pattern="bench"))
    one.parts.perform(Photograph("o1"))
    answer = one.until(Photographed)
    assert answer.ok, answer.text
    assert "as the output shows it" in answer.text
    time.sleep(5)  # somebody looks


def test_a_sentence_is_played_on_the_loudspeaker(bench: Callable[[], Bench]) -> None:
    one = bench()
    one.parts.perform(
        Speak(id="x", zh="请A零一二号到3号窗口办理", en="Ticket A zero one two, please go to counter 3", times=1)
    )
    said = one.until(Said)
    assert said.ok, said.text
