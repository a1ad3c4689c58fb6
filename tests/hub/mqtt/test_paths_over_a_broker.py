"""Three repeaters, as processes, in one air: who speaks to a handheld, and what is when that one is killed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.protocols import ff68, ff68_keys
from edge.protocols.fake_air import FakeAir
from edge.protocols.fake_radio import FakeRadio
from halls.format import Position, Wireless
from hub.domain import commands as c
from hub.domain import events as e
from hub.mqtt import views
from tests.support.day import small_hall
from tests.support.live import LiveHall, until

ROOT = Path(__file__).parents[3]
KEYPAD, RATER = 7, 8
REPEATERS = ("far", "near", "best")
STRENGTHS = {"far": -85, "near": -68, "best": -50}


class Reach:
    """A hall with three repeaters around one counter's handhelds; `processes`, `radios` by position."""

    def __init__(self, directory: Path) -> None:
        hall = small_hall()
        wireless = Wireless(address=KEYPAD, repeaters=REPEATERS)
        keypad = Position(id="keypad", kind="caller", area="lobby", counter="1", wireless=wireless)
        rater = replace(keypad, id="rater", kind="evaluator", wireless=replace(wireless, address=RATER))
        repeaters = (Position(id=name, kind="repeater", area="lobby") for name in REPEATERS)
        self.air = FakeAir()
        self.radios = {name: FakeRadio(self.air) for name in REPEATERS}
        for name, radio in self.radios.items():
            radio.rssi = True
            radio.start()
            for address in (KEYPAD, RATER):
                self.air.strength(address, radio, STRENGTHS[name])
        self.keypad, self.rater = self.air.keypad(KEYPAD), self.air.evaluator(RATER)
        self.live = LiveHall(directory, replace(hall, position=(*hall.position, *repeaters, keypad, rater)))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.count = 0
        self.switch_on("far")
        self.switch_on("best")
        until(lambda: self.speaker == "best", "the one that hears it best is chosen")
        self.switch_on("near")

    def switch_on(self, name: str) -> None:
        who = self.live.identity(name)
        file = who.directory / "agent.toml"
        file.write_text(
            f'[hub]\nest = "https://127.0.0.1:1"\nbroker = "localhost:{self.live.port}"\n'
            f'ca_fingerprint = "{"0" * 64}"\n'
            f'[agent]\nstate_dir = "{who.directory}"\nhealth_s = 1.0\n'
            f'[device]\nport = "{self.radios[name].port}"\nrssi = "appended"\npoll_s = 2.0\nlost_s = 30.0\n',
            "utf-8",
        )
        command = [sys.executable, "-m", "edge", "repeater", "--config", str(file)]
        with (who.directory / "agent.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until(lambda: (seat := self.live.roster.seat(who.device)) and seat.online, f"{name} comes online")

    def do(self, kind: type[c.Command], **fields: str) -> None:
        self.count += 1
        command = kind(id=f"t{self.count}", at=self.live.desk.now(), by="test", **fields)
        self.live.run(self.live.desk.handle("small", command))

    @property
    def day(self):
        return self.live.desk.today("small")

    @property
    def speaker(self) -> str:
        path = self.day.paths.get("keypad")
        return path.repeater if path else REPEATERS[0]

    def turns(self) -> dict[str, int]:
        """By repeater: whose turn it is to answer the keypad, as its view says."""
        found = {}
        for name in REPEATERS:
            shown = views.view(self.day, self.live.roster, self.live.roster.at("small", name), self.live.desk.now())
            found[name] = next(one.turn for one in shown.handhelds if one.address == KEYPAD)
        return found

    def events(self, kind: type[e.Event]) -> list[e.Event]:
        recorded = self.live.run(self.live.desk.history("small", self.day.day))
        return [one.event for one in recorded if isinstance(one.event, kind)]

    def said(self, frame: ff68.Frame) -> list[str]:
        """Which repeaters sent that frame."""
        names = {id(radio): name for name, radio in self.radios.items()}
        return [names[id(radio)] for radio, heard in tuple(self.air.said) if heard == frame]

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(30)
        self.live.close()
        for radio in self.radios.values():
            radio.stop()


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[Reach]:
    made = Reach(tmp_path)
    yield made
    made.close()


def test_the_best_one_speaks_and_when_it_is_killed_another_does_at_once(reach: Reach) -> None:
    for service in "AAAA":
        reach.do(c.TakeTicket, service=service)
    reach.do(c.SignOn, counter="1", clerk="1001")
    assert [one.reason for one in reach.events(e.PathChosen) if one.position == "keypad"] == ["better"]
    assert reach.turns() == {"best": 0, "far": 1, "near": 2}
    until(lambda: reach.keypad.display.waiting == "  4", "the keypad shows how many wait")

    press = reach.keypad.press("call-next")
    assert press.wait()
    until(lambda: reach.keypad.display.number == "001", "the keypad shows whom it called")
    until(lambda: len(reach.events(e.HandheldHeard)) == 3, "all three passed it on")
    assert [one.number for one in reach.events(e.TicketCalled)] == ["A001"]
    assert reach.said(ff68_keys.acknowledgement(press.frame)) == ["best"] * press.tries
    assert reach.said(ff68_keys.display(KEYPAD, 3, "A001"))[0] == "best"
    strong = reach.live.roster.at("small", "keypad").hearings["best"].rssi_dbm
    assert strong == pytest.approx(STRENGTHS["best"], abs=1)

    reach.processes["best"].kill()
    reach.air.said.clear()
    second = reach.keypad.press("end")
    assert second.wait(), second.answer
    until(lambda: reach.speaker == "near", "the next best speaks")
    until(lambda: reach.rater.asking, "the evaluator asks, by another repeater as well")
    assert reach.rater.rate(5).wait()
    until(lambda: reach.day.tickets["A001"].level == 5, "the rating is in the log")
    assert "best" not in reach.said(ff68_keys.acknowledgement(second.frame))
    reach.do(c.TakeTicket, service="A")
    until(lambda: reach.keypad.display.waiting == "  4", "its next content comes by another repeater")
    assert set(reach.said(ff68_keys.display(KEYPAD, 4, ""))) == {"near"}
    assert reach.keypad.press("call-next").wait()
    until(lambda: reach.keypad.display.number == "002", "the keypad shows whom it called")
    assert [len(reach.events(kind)) for kind in (e.TicketCalled, e.ServiceEnded, e.Rated)] == [2, 1, 1]
    assert reach.turns()["near"] == 0

    reach.switch_on("best")
    until(lambda: reach.speaker == "near" and reach.turns()["best"] > 0, "the one that came back listens at first")


def test_a_repeater_that_lost_its_radio_and_does_not_know_it_is_stood_in_for(reach: Reach) -> None:
    """Its agent is well and at the broker; nothing says that its antenna fell off but that it does not answer."""
    reach.do(c.TakeTicket, service="A")
    reach.do(c.SignOn, counter="1", clerk="1001")
    reach.radios["best"].deaf = True
    press = reach.keypad.press("call-next")
    assert press.wait()
    until(lambda: reach.speaker != "best", "another one is chosen")
    until(lambda: reach.keypad.display.number == "001", "the keypad shows whom it called")
    assert len(reach.events(e.TicketCalled)) == 1
    assert {one.reason for one in reach.events(e.PathChosen) if one.instead_of == "best"} == {"lost"}
