"""An evaluator that nobody knows flashes its number; one that the hub looks for has its lamps run."""

from datetime import UTC, datetime

from edge.evaluator import logic
from edge.evaluator.events import Face, Lamps, Transmit
from edge.evaluator.pairing import pairing
from edge.evaluator.settings import EvaluatorSettings, PageSettings
from edge.runtime.device import Arrived
from edge.runtime.pairing import Rhythm
from tests.edge.evaluator.bench import Bench
from wire import pairing_number
from wire.orders import Identify

CODE = "7K3M-0QXA"
FLASHES = 1 + sum(map(int, pairing_number.number(CODE)))


def identify(bench: Bench, seconds: float = 4.0) -> None:
    order = Identify(id="i", at=datetime.fromtimestamp(bench.at, UTC), seconds=seconds)
    bench.give(Arrived(at=bench.at, message=order))


def test_all_lamps_together_flash_the_number():
    [rhythm] = pairing(CODE, EvaluatorSettings())
    assert isinstance(rhythm, Rhythm)
    assert [effect for _, effect in rhythm.steps].count(Lamps(lit=(5, 4, 3, 2, 1))) == FLASHES


def test_a_page_shows_the_code():
    [shown] = pairing(CODE, EvaluatorSettings(driver="page"))
    assert shown == Face(step="pairing", code=CODE)
    assert len(pairing(CODE, EvaluatorSettings(page=PageSettings()))) == 2


def test_the_stars_of_a_wired_one_flash_the_number():
    [rhythm] = pairing(CODE, EvaluatorSettings(driver="ff68"))
    frames = [effect for _, effect in rhythm.steps]
    assert all(isinstance(effect, Transmit) for effect in frames)
    assert frames.count(frames[0]) == FLASHES


def test_its_lamps_run_one_after_another_and_go_out_again():
    bench = Bench()
    bench.ask(None)
    identify(bench, 5)
    seen = [bench.lamps]
    for _ in range(5):
        bench.pass_time(1)
        seen.append(bench.lamps)
    assert seen == [*(Lamps(lit=(level,)) for level in (5, 4, 3, 2, 1)), Lamps()]


def test_a_citizen_who_is_asked_sees_the_question_and_nothing_else():
    bench = Bench()
    identify(bench, 60)
    bench.ask("a-1")
    assert bench.lamps == Lamps(lit=(5, 4, 3, 2, 1))
    assert logic.busy(bench.state) != ""
    bench.press(4)
    assert bench.rated == [("a-1", 4)]


def test_a_page_says_here_until_it_is_over():
    bench = Bench(driver="page", page=PageSettings(port=0))
    bench.ask(None)
    identify(bench)
    assert bench.face.here
    bench.pass_time(5)
    assert not bench.face.here
