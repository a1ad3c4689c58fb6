"""A board follows the release that the hub orders: fetched over TLS that fails, tried once, kept or given back."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.runtime.fetching import Fetcher
from edge.runtime.keeper import Site
from edge.runtime.launched import NoLauncher
from edge.runtime.releases import Releases
from edge.runtime.update_keeper import UpdateKeeper
from provisioning import signing
from tests.support.bundles import packed, release
from tests.support.live import until
from tests.support.unruly_hub import UnrulyHub
from wire import codec
from wire.upkeep import Release, Updated

FILES = [("edge/__init__.py", b"#" * 60_000), ("edge/__main__.py", b""), ("wire/__init__.py", b"")]
CONTENT = packed(FILES)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnrulyHub]:
    one = UnrulyHub(tmp_path_factory.mktemp("hub"))
    yield one
    one.close()


@pytest.fixture
def hub(served: UnrulyHub) -> UnrulyHub:
    served.faults, served.asked = [], []
    served.files = {hashlib.sha256(CONTENT).hexdigest(): CONTENT}
    served.stalled.clear()
    served.go_on.clear()
    return served


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("key") / "publisher"
    signing.make_key(place)
    return place


class Life:
    """One life of the agent's process on a board. `said`: what the hub was told; `renewed`: it is to start anew."""

    def __init__(self, store: Releases, hub: UnrulyHub, *, running: str = "0.1.0", on_trial: bool = False) -> None:
        self.said: list[Updated] = []
        self.renewed = self.busy = self.proved = False
        self.ailing: dict[str, str] = {}
        self.past = 0.0
        self.keeper = UpdateKeeper(
            store,
            Fetcher(hub.url, hub.state_dir, silence_s=5.0),
            "caller",
            on_trial=on_trial,
            spread_s=0.0,
            gate_s=60.0,
            settle_s=3.0,
            running=running,
            proved=self._prove,
            backoff_s=(0.01,),
            monotonic=lambda: self.past,
        )
        site = Site(
            ident=lambda: f"b-k{len(self.said)}",
            send=self._send,
            report=lambda: "b-h1",
            wake=lambda: None,
            renew=self._renew,
            busy=lambda: "somebody prints" if self.busy else "",
            ailing=lambda: self.ailing,
        )
        self.keeper.begin(site, 0.0)
        self.keeper.linked(0.0, True)

    def order(self, one: Release) -> None:
        self.keeper.take(0.0, codec.encode(one))

    def tick(self) -> None:
        self.keeper.tick(0.0)

    def outcomes(self) -> list[str]:
        return [one.outcome for one in self.said]

    def until(self, outcome: str) -> Updated:
        def told() -> bool:
            self.tick()
            return outcome in self.outcomes()

        until(told, f"the hub is told {outcome}")
        return next(one for one in self.said if one.outcome == outcome)

    def _send(self, message: Any) -> bool:
        self.said.append(message)
        return True

    def _renew(self) -> None:
        self.renewed = True

    def _prove(self) -> None:
        self.proved = True


@pytest.fixture
def store(tmp_path: Path, key: Path) -> Releases:
    (tmp_path / "releases").mkdir()
    return Releases(tmp_path / "releases", tmp_path / "card", key.with_name("publisher.pub"))


@pytest.fixture
def live(store: Releases, hub: UnrulyHub) -> Iterator[Callable[..., Life]]:
    made: list[Life] = []

    def make(**more: Any) -> Life:
        made.append(Life(store, hub, **more))
        return made[-1]

    yield make
    for one in made:
        one.keeper.stop()


Live = Callable[..., Life]


@pytest.mark.parametrize(
    "faults",
    [
        ["cut 20000", "cut 20000", "cut 1"],
        ["503", "503"],
        ["garbage"],
        ["wrong"],
        ["whole"],
        ["cut 9000", "other-range"],
    ],
    ids=["cut", "busy", "garbage", "wrong", "no-range", "other-range"],
)
def test_what_fails_on_its_way_is_gone_on_with_until_it_is_there(
    faults: list[str], live: Live, store: Releases, key: Path, hub: UnrulyHub
) -> None:
    hub.faults = list(faults)
    life = live()
    life.order(release(CONTENT, key, "0.2.0"))
    if faults == ["wrong"]:
        assert "hash" in life.until("refused").text
        return
    life.until("trying")
    assert store.state().trial == "0.2.0"
    assert life.renewed
    if faults[0].startswith("cut 2"):
        assert [first for _, first in hub.asked] == [0, 20000, 40000, 40001], "from where it stopped"


def come(place: Path) -> int:
    """Bytes that are here of what is coming."""
    return sum(path.stat().st_size for path in (place / "releases").glob("*.part"))


def test_a_broken_download_is_gone_on_with_by_the_next_life(
    live: Live, key: Path, hub: UnrulyHub, tmp_path: Path
) -> None:
    hub.faults = ["stall 30000"]
    first = live()
    first.order(release(CONTENT, key, "0.2.0"))
    until(lambda: come(tmp_path) > 0, "some of it is on the disk")
    hub.go_on.set()
    first.keeper.stop()
    second = live()
    second.order(release(CONTENT, key, "0.2.0"))
    second.until("trying")
    assert hub.asked[-1][1] > 0


def test_the_order_is_told_once_and_the_trial_begins_only_when_nobody_would_lose_by_it(live: Live, key: Path) -> None:
    life = live()
    life.busy = True
    for _ in range(2):
        life.order(release(CONTENT, key, "0.2.0"))
    until(lambda: life.tick() or life.keeper.facts() == {"update": "ready 0.2.0"}, "it is unpacked")
    life.tick()
    assert (life.outcomes(), life.renewed) == (["fetching"], False)
    life.keeper.linked(0.0, False)
    life.busy = False
    life.tick()
    assert not life.renewed, "while the hub is away it could prove nothing"
    life.keeper.linked(0.0, True)
    life.tick()
    assert (life.outcomes(), life.renewed) == (["fetching", "trying"], True)


def test_a_trial_proves_itself_by_an_answered_report_and_hardware_no_worse(
    live: Live, store: Releases, key: Path
) -> None:
    order = release(CONTENT, key, "0.2.0", revision=4)
    store.try_out(order, ["reader"])
    life = live(running="0.2.0", on_trial=True)
    life.past = 10.0
    life.tick()
    assert store.state().trial == "0.2.0", "no report was answered"
    life.keeper.answered(0.0, "b-k1")
    life.tick()
    assert store.state().trial == "0.2.0", "that was another message's answer"
    life.keeper.answered(0.0, "b-h1")
    life.ailing = {"port": "no such port", "reader": "absent"}
    life.tick()
    assert store.state().trial == "0.2.0", "the port was open before"
    life.ailing = {"reader": "absent"}
    life.tick()
    assert (store.state().good, store.state().trial, life.proved) == ("0.2.0", None, True)
    assert [(one.outcome, one.revision, one.running) for one in life.said] == [("running", 4, "0.2.0")]
    life.order(order)
    assert len(life.said) == 1, "the hub has it"


@pytest.mark.parametrize(
    ("linked", "answered", "port", "why"),
    [
        (False, False, "open", "did not connect"),
        (True, False, "open", "No health report"),
        (True, True, "gone", "port: gone"),
    ],
    ids=["no link", "no answer", "worse"],
)
def test_a_trial_that_proves_nothing_goes_back_and_says_why(
    linked: bool, answered: bool, port: str, why: str, live: Live, store: Releases, key: Path
) -> None:
    order = release(CONTENT, key, "0.2.0", revision=4)
    store.try_out(order)
    trial = live(running="0.2.0", on_trial=True)
    trial.keeper.linked(0.0, linked)
    trial.ailing = {} if port == "open" else {"port": port}
    if answered:
        trial.keeper.answered(0.0, "b-h1")
    trial.past = 61.0
    trial.tick()
    assert trial.renewed
    assert store.state().trial is None

    back = live()
    for _ in range(3):
        back.order(order)
    back.tick()
    assert [(one.outcome, one.revision) for one in back.said] == [("returned", 4)]
    assert why in back.said[0].text
    assert not back.renewed, "it is not tried again"
    back.order(release(CONTENT, key, "0.2.0", revision=5))
    back.until("trying")


def test_an_order_that_is_taken_back_is_dropped_and_may_come_again(live: Live, key: Path, hub: UnrulyHub) -> None:
    hub.faults = ["stall 30000"]
    life = live()
    life.order(release(CONTENT, key, "0.2.0", revision=1))
    assert hub.stalled.wait(20)
    life.order(release(CONTENT, key, "0.2.0", revision=1, version=2, held=True))
    hub.go_on.set()
    life.tick()
    assert life.keeper.facts() == {}
    life.order(release(CONTENT, key, "0.2.0", revision=2, version=3))
    life.until("trying")


def test_an_older_order_that_comes_late_is_ignored(live: Live, key: Path) -> None:
    life = live(running="0.2.0")
    life.order(release(CONTENT, key, "0.2.0", revision=9, version=9))
    life.order(release(CONTENT, key, "0.3.0", revision=8, version=8))
    assert [(one.outcome, one.revision) for one in life.said] == [("running", 9)]


def test_going_back_to_the_version_before_fetches_nothing(
    live: Live, store: Releases, key: Path, hub: UnrulyHub
) -> None:
    order = release(CONTENT, key, "0.2.0")
    first = live()
    first.order(order)
    first.until("trying")
    store.commit("0.2.0")
    hub.asked.clear()
    later = live(running="0.3.0")
    later.order(release(CONTENT, key, "0.2.0", revision=2))
    later.until("trying")
    assert hub.asked == []


def test_a_name_that_is_here_with_other_content_is_refused(live: Live, store: Releases, key: Path) -> None:
    first = live()
    first.order(release(CONTENT, key, "0.2.0"))
    first.until("trying")
    store.commit("0.2.0")
    life = live(running="0.2.0")
    other = packed(FILES[1:])
    life.order(release(other, key, "0.2.0", revision=2))
    assert "other content" in life.until("refused").text


def test_a_board_without_the_launcher_says_that_it_cannot(key: Path) -> None:
    said: list[Any] = []
    keeper = NoLauncher()
    never = lambda *_: None  # noqa: E731
    keeper.begin(Site(lambda: "b-k1", lambda one: not said.append(one), never, never, never), 0.0)  # type: ignore[func-returns-value]
    for _ in range(2):
        keeper.take(0.0, codec.encode(release(CONTENT, key, "0.2.0")))
    assert [(one.outcome, "launcher" in one.text) for one in said] == [("refused", True)]


_CHILD = """
import sys, time
from pathlib import Path
from edge.runtime.fetching import Fetcher
from edge.runtime.keeper import Site
from edge.runtime.releases import Releases
from edge.runtime.update_keeper import UpdateKeeper
url, state_dir, folder, key, order = sys.argv[1:]
store, renewed = Releases(Path(folder), Path(folder).parent / "card", Path(key)), []
keeper = UpdateKeeper(store, Fetcher(url, Path(state_dir)), "caller", on_trial=False, spread_s=0.0)
never = lambda *_: True
keeper.begin(Site(lambda: "b-k1", never, never, never, lambda: renewed.append(1)), 0.0)
keeper.linked(0.0, True)
keeper.take(0.0, Path(order).read_bytes())
while not renewed:
    keeper.tick(0.0)
    time.sleep(0.01)
"""


def test_a_download_goes_on_after_the_process_was_killed(
    tmp_path: Path, store: Releases, key: Path, hub: UnrulyHub
) -> None:
    order = tmp_path / "order"
    order.write_bytes(codec.encode(release(CONTENT, key, "0.2.0")))
    folder = tmp_path / "releases"
    command = [sys.executable, "-c", _CHILD, hub.url, str(hub.state_dir), str(folder), f"{key}.pub", str(order)]
    hub.faults = ["stall 20000"]
    with subprocess.Popen(command) as child:
        until(lambda: come(tmp_path) > 0, "some of it is on the disk")
        child.send_signal(signal.SIGKILL)
    assert come(tmp_path) > 0
    subprocess.run(command, timeout=60, check=True)
    assert hub.asked[-1][1] > 0
    assert store.state().trial == "0.2.0"
