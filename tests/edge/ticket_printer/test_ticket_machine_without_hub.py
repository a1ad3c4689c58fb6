"""The whole agent with the real runtime, after a power cut and with no network at all."""

import time

import msgspec

from edge.runtime.agent import Agent
from edge.runtime.config import AgentSettings, Config, Hub
from edge.runtime.identity import Identity
from edge.runtime.outbox import Outbox
from edge.ticket_printer import DEVICE
from edge.ticket_printer.events import Memory
from tests.support.live import LiveHall, until
from wire.messages import Issued, MachineService, MachineView, Printed

PATIENCE_S = 30.0
VIEW = MachineView(
    epoch=0,
    version=0,
    hall_name="东城大厅",
    hall_english="Dongcheng hall",
    area="一层",
    series="K",
    day="2026-01-04",
    services=(MachineService(letter="A", name="存档", english="files", centre="公服中心"),),
)


def agent(directory):
    config = Config(
        hub=Hub(est="https://127.0.0.1:9", ca_fingerprint="", broker="127.0.0.1:9"),
        agent=AgentSettings(state_dir=str(directory)),
        device={"driver": "simulated", "baud": 115200},
    )
    return Agent(DEVICE, config, Identity("machine-1", directory))


def tap_until_slips(one, count):
    one.start()
    try:
        until = time.monotonic() + PATIENCE_S
        while len(one.driver.printer.slips) < count:
            assert time.monotonic() < until, one.driver.health()
            one.driver.press("A")
            time.sleep(0.3)
        while one.state.making is not None:
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        one.stop()
    return [slip.number for slip in one.driver.printer.slips]


def test_a_machine_that_wakes_without_network_prints_on_and_keeps_it_for_the_hub(tmp_path):
    """The view and the series come from its disk, numbers go on over a restart, and the journal holds every ticket."""
    (tmp_path / "series.json").write_bytes(msgspec.json.encode(Memory(VIEW, "2099-01-04", {"A": 3})))
    numbers = tap_until_slips(agent(tmp_path), 2) + tap_until_slips(agent(tmp_path), 1)
    assert numbers == [f"AK{count:02d}" for count in range(4, 4 + len(numbers))]
    journal = Outbox(tmp_path / "outbox.journal").pending()
    issued = [msgspec.json.decode(one.body, type=Issued).number for one in journal if one.kind == "issued"]
    printed = [msgspec.json.decode(one.body, type=Printed) for one in journal if one.kind == "printed"]
    assert issued == numbers
    assert [one.number for one in printed if one.outcome == "printed"] == numbers


def test_a_slip_given_while_the_hub_is_away_says_where_to_go_as_the_hub_would_have(tmp_path):
    hall = LiveHall(tmp_path)
    try:
        machine = hall.agent("machine-1", baud=115200)
        until(lambda: machine.state.memory is not None and machine.state.memory.view, "the view is remembered")
        hall.stop_hub()
        until(lambda: not machine.state.up, "the machine knows that the hub is away")
        machine.driver.press("A")
        (slip,) = until(lambda: machine.driver.printer.slips, "a slip comes out")
        hall.start_hub()
    finally:
        hall.close()
    text = "\n".join(slip.lines)
    assert slip.number == "AA01"
    assert all(words in text for words in ("大厅", "进门即到", hall.hall.policy.if_missed))
