"""A market evaluator at the far side of a real serial line: mute, noisy, unplugged, repeating itself."""

from collections.abc import Iterator

import pytest

from edge.evaluator.settings import EvaluatorSettings, Ff68Settings
from edge.protocols import ff68, ff68_keys
from edge.protocols.fake_handhelds import Evaluator
from edge.protocols.fake_radio import FakeRadio, cut
from tests.edge.evaluator.running import Running
from tests.support.live import until

ADDRESS = 7


@pytest.fixture
def line() -> Iterator[FakeRadio]:
    radio = FakeRadio()
    radio.start()
    yield radio
    radio.stop()


@pytest.fixture
def box(line: FakeRadio) -> Evaluator:
    """The evaluator at the other end, switched on."""
    return line.evaluator(ADDRESS)


@pytest.fixture
def running(line: FakeRadio, box: Evaluator) -> Iterator[Running]:
    wiring = Ff68Settings(port=str(line.port), address=ADDRESS, stars=4, retry_s=0.1, poll_s=0.5)
    with Running(EvaluatorSettings(driver="ff68", ff68=wiring)) as one:
        until(lambda: box.stars == 4, "its stars are on")
        yield one


def test_it_asks_takes_the_press_and_has_its_stars_again(running: Running, box: Evaluator) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    assert box.rate(5).wait(), "acknowledged"
    assert running.rated == [("q1", 5)]
    until(lambda: box.stars == 4 and not box.asking, "the stars are back")


def test_mute_it_is_told_in_health_and_asks_once_it_hears_again(running: Running, box: Evaluator) -> None:
    box.mute = True
    running.ask("q1")
    until(lambda: running.state.wired is not None and not running.state.wired.present, "it is missed")
    box.mute = False
    until(lambda: box.asking, "it asks")
    assert box.rate(2).wait()
    assert running.rated == [("q1", 2)]


def test_garbage_before_and_after_a_press_costs_nothing_but_a_count(
    running: Running, line: FakeRadio, box: Evaluator
) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    line.inject(bytes(range(256)) * 4 + b"\xff\x68\x03\x03\x68\x07")
    assert box.rate(4).wait()
    line.inject(b"\x00\xff\x16" * 50)
    assert running.rated == [("q1", 4)]
    assert running.driver.health()["bytes_dropped"] >= 1024


def test_a_press_that_arrives_cut_is_repeated_by_the_device_and_counts_once(
    running: Running, line: FakeRadio, box: Evaluator
) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    line.garble = cut
    press = box.rate(5)
    until(lambda: press.tries >= 2, "it repeats itself")
    line.garble = bytes
    assert press.wait()
    assert running.rated == [("q1", 5)]


def test_a_press_whose_acknowledgement_is_lost_is_repeated_and_counts_once(
    running: Running, line: FakeRadio, box: Evaluator
) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    line.lose = 1
    press = box.rate(2)
    assert press.wait()
    assert press.tries == 2
    assert running.rated == [("q1", 2)]


def test_duplicated_frames_are_one_press(running: Running, line: FakeRadio, box: Evaluator) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    line.garble = lambda burst: burst * 3
    assert box.rate(4).wait()
    until(lambda: running.state.wired is not None and running.state.wired.repeats == 2, "its copies are known")
    assert running.rated == [("q1", 4)]


def test_unplugged_in_the_middle_of_an_ask_it_asks_again_when_it_is_back(
    running: Running, line: FakeRadio, box: Evaluator
) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    line.unplug()
    until(lambda: running.driver.health()["port"] != "open", "health says that the port is gone")
    box.asking = False
    line.plug()
    until(lambda: box.asking, "it asks again")
    assert box.rate(5).wait()
    assert running.rated == [("q1", 5)]


def test_it_beeps_at_a_press_that_nobody_asked_for(running: Running, box: Evaluator) -> None:
    press = box.rate(5)
    press.wait()
    assert press.answer == "beep"
    assert running.rated == []


def test_another_address_on_the_line_is_a_stranger(running: Running, line: FakeRadio, box: Evaluator) -> None:
    running.ask("q1")
    until(lambda: box.asking, "it asks")
    line.inject(ff68.encode(ff68.Frame(ADDRESS + 1, ff68_keys.RATING, b"\x03")))
    until(lambda: running.state.wired is not None and running.state.wired.strangers == 1, "it is counted")
    assert running.rated == []


def test_the_self_test_runs_its_stars(running: Running, line: FakeRadio, box: Evaluator) -> None:
    line.heard.clear()
    running.order("screen")
    (told,) = until(lambda: running.tested, "the hub is told")
    assert told.ok
    assert "已应答" in told.text
    stars = [frame.data[0] for frame in line.heard if frame.command == ff68_keys.SHOW]
    assert [count for count, before in zip(stars, [0, *stars], strict=False) if count != before][:5] == [1, 2, 3, 4, 5]
