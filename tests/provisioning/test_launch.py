"""The launcher: whatever lies on the disk, something whole is started, and no bad release is started for ever."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.board import launch
from provisioning.board.launch import TRIES_MAX, Moment, choose
from tests.support.bundles import packed

NOW = Moment("boot-1", 1000.0)
RELEASES = ("", "0.2.0", "0.3.0")


def whole(*names: str) -> Any:
    return lambda name: name in names


# What is chosen.


def test_without_a_state_the_cards_own_release_starts() -> None:
    assert choose({}, whole(), NOW) == ("", False, None)


def test_the_good_one_starts_and_nothing_is_written() -> None:
    assert choose({"good": "0.2.0", "trial": None}, whole("0.2.0"), NOW) == ("0.2.0", False, None)


def test_a_trial_is_counted_before_it_starts() -> None:
    choice = choose({"good": "0.2.0", "trial": "0.3.0", "tries": 0}, whole("0.2.0", "0.3.0"), NOW)
    assert (choice.name, choice.is_trial) == ("0.3.0", True)
    assert choice.state == {
        "good": "0.2.0", "trial": "0.3.0", "tries": 1, "began": {"boot": "boot-1", "s": 1000.0},
    }  # fmt: skip


def test_after_three_starts_without_a_proof_the_good_one_is_back_with_why() -> None:
    state = {"good": "0.2.0", "trial": "0.3.0", "tries": 3, "revision": 5}
    choice = choose(state, whole("0.2.0", "0.3.0"), NOW)
    assert (choice.name, choice.is_trial) == ("0.2.0", False)
    assert choice.state is not None
    assert choice.state["trial"] is None
    assert choice.state["returned"]["name"] == "0.3.0"
    assert choice.state["returned"]["revision"] == 5
    assert "three times" in choice.state["returned"]["why"]


def test_one_that_ran_its_whole_time_is_not_tried_again() -> None:
    state = {"good": "", "trial": "0.3.0", "tries": 1, "began": {"boot": "boot-1", "s": 600.0}}
    assert choose(state, whole("0.3.0"), NOW, 300.0).name == ""
    assert choose(state, whole("0.3.0"), NOW, 500.0).name == "0.3.0", "its time is not over: a crash"
    assert choose(state, whole("0.3.0"), Moment("boot-2", 9000.0), 300.0).name == "0.3.0", "the power was cut"


def test_a_damaged_trial_is_given_up_and_a_damaged_good_one_leaves_the_cards() -> None:
    assert choose({"good": "0.2.0", "trial": "0.3.0", "tries": 0}, whole("0.2.0"), NOW).name == "0.2.0"
    fallen = choose({"good": "0.2.0"}, whole(), NOW)
    assert fallen.name == ""
    assert fallen.state is not None
    assert fallen.state["returned"]["name"] == "0.2.0"


junk = st.sampled_from([None, True, -1, 0, 2, 7, 1e300, float("nan"), "x", "../card", "boot-1", 900.0, []])


@given(
    state=st.dictionaries(
        st.sampled_from(["good", "trial", "tries", "began", "revision", "returned", "ailing", "x"]),
        junk | st.sampled_from(RELEASES) | st.dictionaries(st.sampled_from(["boot", "s"]), junk, max_size=2),
    ),
    good=st.sets(st.sampled_from(RELEASES)),
)
def test_whatever_the_state_says_something_whole_is_chosen_and_trials_end(
    state: dict[str, Any], good: set[str]
) -> None:
    starts = 0
    for _ in range(TRIES_MAX + 2):
        choice = choose(state, lambda name: name in good, NOW)
        assert choice.name == "" or choice.name in good
        state = choice.state if choice.state is not None else state
        starts += choice.is_trial
    assert starts <= TRIES_MAX
    assert not choose(state, lambda name: name in good, NOW).is_trial


# As a process.


class Card:
    """A board's partitions, with releases that say which they are."""

    def __init__(self, place: Path) -> None:
        self.releases, self.factory = place / "releases", place / "card"
        self.releases.mkdir()
        self.put(self.factory, "0.1.0")

    def put(self, where: Path, name: str, code: str = "") -> None:
        code = code or f"import os, sys; print({name!r}, os.environ['TINGXU_TRIAL'], *sys.argv[1:])"
        content = packed([("edge/__init__.py", b""), ("edge/__main__.py", code.encode())], name=name)
        import io
        import tarfile

        with tarfile.open(fileobj=io.BytesIO(content)) as made:
            made.extractall(where / name, filter="data")

    def say(self, **state: object) -> None:
        (self.releases / "state.json").write_text(json.dumps(state))

    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.releases / "state.json").read_text()))

    def start(self, trial_s: int = 300) -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ, "TINGXU_RELEASES": str(self.releases), "TINGXU_FACTORY": str(self.factory),
            "TINGXU_TRIAL_S": str(trial_s),
        }  # fmt: skip
        command = [sys.executable, "-I", str(Path(launch.__file__)), "caller", "--config", "x"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def test_it_becomes_the_agent_with_its_arguments(card: Card) -> None:
    done = card.start()
    assert (done.stdout, done.returncode) == ("0.1.0  caller --config x\n", 0)


def test_it_needs_nothing_but_the_standard_library(card: Card, tmp_path: Path) -> None:
    """Also alone, without the packages that it lies beside here."""
    alone = tmp_path / "launch"
    shutil.copy(launch.__file__, alone)
    environment = {"TINGXU_RELEASES": str(card.releases), "TINGXU_FACTORY": str(card.factory)}
    done = subprocess.run(
        ["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in environment.items()), sys.executable, "-I", "-S", alone, "x"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("0.1.0"), done.stderr


def test_a_trial_that_crashes_is_started_three_times(card: Card) -> None:
    card.put(card.releases, "0.3.0", "raise SystemExit('planted')")
    card.say(good="", trial="0.3.0", tries=0, revision=4)
    said = [card.start() for _ in range(4)]
    assert [one.stdout for one in said] == ["", "", "", "0.1.0  caller --config x\n"]
    assert card.state()["returned"]["revision"] == 4


def test_a_trial_that_hangs_is_ended_by_its_time(card: Card) -> None:
    """Even one that holds every Python signal handler off."""
    hang = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(9)"
    card.put(card.releases, "0.3.0", hang)
    card.say(good="", trial="0.3.0", tries=0)
    assert card.start(trial_s=1).returncode < 0
    assert card.start(trial_s=1).stdout.startswith("0.1.0"), "it is not tried again"


def test_what_cannot_be_counted_is_not_tried(card: Card) -> None:
    card.put(card.releases, "0.3.0")
    card.say(good="", trial="0.3.0", tries=0)
    (card.releases / "state.launch").mkdir()  # nothing can be written there
    done = card.start()
    assert done.stdout.startswith("0.1.0")
    assert "no trial is started" in done.stderr


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"good": 7, "trial": {}}', '{"good": "../card"}', "\x00" * 50]
)
def test_a_torn_state_starts_the_cards_own_release(card: Card, content: str) -> None:
    (card.releases / "state.json").write_text(content)
    assert card.start().stdout.startswith("0.1.0")


def test_a_data_partition_that_is_not_there_starts_the_cards_own_release(card: Card) -> None:
    shutil.rmtree(card.releases)
    assert card.start().stdout.startswith("0.1.0")


def test_a_card_without_any_release_says_what_to_do(card: Card) -> None:
    shutil.rmtree(card.factory)
    done = card.start()
    assert (done.returncode, "write the card anew" in done.stderr) == (2, True)


def test_nothing_compiled_is_left_on_the_disk(card: Card) -> None:
    card.put(card.releases, "0.3.0", "import edge; print('0.3.0')")
    card.say(good="0.3.0")
    assert card.start().stdout == "0.3.0\n"
    assert not list(card.releases.rglob("*.pyc"))
