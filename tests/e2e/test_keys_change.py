"""A hub's keys at work: a device is revoked while it speaks, and the authority is rolled over under running boards."""

import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import httpx
import pytest
from cryptography import x509

from edge.runtime import config, est, identity
from edge.runtime.agent import Agent
from edge.runtime.device import device_class
from edge.runtime.identity import EnrolmentError, Identity
from edge.runtime.renewal import Renewal
from hub import __main__ as command
from provisioning.rehearsal.processes import Processes
from tests.support.live import until
from tests.support.process import browser, claim, hub_at_work, seat


class Boards:
    """Boards in the hall, each looked after many times a second."""

    def __init__(self, hub: Processes, administrator: httpx.Client, place: Path) -> None:
        self.hub, self.administrator, self._place = hub, administrator, place
        self.agents: dict[str, Agent] = {}
        self.who: dict[str, Identity] = {}

    def enrol(self, position: str) -> Identity:
        card = self._card(claim(self.administrator, "small", position))
        self.who[position] = identity.enrol(card, self._place / position)
        return self.who[position]

    def start(self, position: str) -> None:
        who = self.who[position]
        kind = position.rpartition("-")[0]
        settings = config.Config(
            hub=self._card(""),
            agent=config.AgentSettings(state_dir=str(who.directory)),
            device={"driver": "simulated"},
        )
        keeper = Renewal(settings.hub.est, who, look_s=0.5, lost_s=0.3, again_s=0.5)
        self.agents[position] = Agent(device_class(kind), settings, who, keepers=[keeper])
        self.agents[position].start()

    def stop(self) -> None:
        for agent in self.agents.values():
            agent.stop()

    def is_online(self, position: str) -> bool:
        return bool(seat(self.administrator, "small", position)["online"])

    def trusted(self, position: str) -> list[x509.Certificate]:
        return x509.load_pem_x509_certificates((self.who[position].directory / "ca.pem").read_bytes())

    def issuer(self, position: str) -> x509.Name:
        return x509.load_pem_x509_certificate(self.who[position].certificate.read_bytes()).issuer

    def _card(self, token: str) -> config.Hub:
        addresses = self.hub.addresses
        return config.Hub(f"https://{addresses.est}", self.hub.ca_fingerprint, addresses.broker, token)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with hub_at_work(tmp_path_factory.mktemp("keys")) as running:
        yield running


@pytest.fixture
def boards(hub: Processes, tmp_path: Path) -> Iterator[Boards]:
    with browser(hub) as administrator:
        made = Boards(hub, administrator, tmp_path)
        yield made
        made.stop()


def test_a_device_that_is_revoked_while_it_speaks_is_cut_off_and_all_others_come_back(
    hub: Processes, boards: Boards
) -> None:
    for position in ("caller-1", "evaluator-1"):
        boards.enrol(position)
        boards.start(position)
    until(lambda: all(map(boards.is_online, boards.agents)), "both are online")
    before = boards.agents["evaluator-1"]._link.connects
    answer = boards.administrator.post("/api/v1/halls/small/devices/caller-1/revocation", json={"why": "stolen"})
    assert answer.status_code == 200, answer.text
    link = boards.agents["caller-1"]._link
    until(lambda: link.error, "its session ends")
    until(lambda: boards.agents["evaluator-1"]._link.connects > before, "the other one comes back")
    until(lambda: boards.is_online("evaluator-1"), "the hub has it back")
    connects = link.connects
    until(lambda: "certificate" in link.error or "alert" in link.error, f"it is refused: {link.error}")
    assert link.connects == connects
    _is_refused_everywhere(boards.who["caller-1"], f"https://{hub.addresses.est}")
    assert seat(boards.administrator, "small", "caller-1")["device"] == ""


def _is_refused_everywhere(who: Identity, address: str) -> None:
    with pytest.raises(EnrolmentError, match="revoked-device"):
        est.reenroll(address, who.tls(), est.request(who.next_key(), who.device, est.Hints()))
    with pytest.raises(EnrolmentError, match="revoked-device"):
        est.enroll(address, who.trust(), est.request(who.key(), who.device, est.Hints()))
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(f"{address}/content/{'0' * 64}", context=who.tls())


def test_the_command_cuts_a_device_off_with_the_hub_running_and_without(hub: Processes, boards: Boards) -> None:
    for position in ("caller-2", "evaluator-2"):
        boards.enrol(position)
        boards.start(position)
    until(lambda: all(map(boards.is_online, boards.agents)), "both are online")
    revoke = ["revoke", "small", "--data", str(hub.data), "--why", "stolen"]
    before = boards.agents["evaluator-2"]._link.connects
    assert command.run([*revoke, "caller-2"]) == 0
    _is_refused_at_the_broker(boards.agents["caller-2"])
    _is_refused_everywhere(boards.who["caller-2"], f"https://{hub.addresses.est}")
    until(lambda: boards.agents["evaluator-2"]._link.connects > before, "the other one comes back")
    until(lambda: seat(boards.administrator, "small", "caller-2")["device"] == "", "the hub's own view follows")
    [note, *_] = boards.administrator.get("/api/v1/halls/small/devices/caller-2/audit").json()["notes"]
    assert (note["what"], note["detail"], note["who"].startswith("command line (")) == ("revoked", "stolen", True)

    hub.kill_hub()
    try:
        assert command.run([*revoke, boards.who["evaluator-2"].device]) == 0
        _is_refused_at_the_broker(boards.agents["evaluator-2"])
    finally:
        hub.start_hub()
    _is_refused_everywhere(boards.who["evaluator-2"], f"https://{hub.addresses.est}")


def _is_refused_at_the_broker(agent: Agent) -> None:
    until(lambda: "certificate" in agent._link.error or "alert" in agent._link.error, "its certificate is refused")


@pytest.fixture
def roll_over(hub: Processes, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """roll_over(step, …): exit code, and what was said. The hub's processes are then restarted, as it says."""

    def run(step: str, *more: str) -> tuple[int, str]:
        capsys.readouterr()
        code = command.run(["ca", "roll-over", step, "--data", str(hub.data), *more])
        said = capsys.readouterr()
        if code == 0:
            hub.kill_hub()
            hub.start_hub()
        return code, said.out + said.err

    return run


def test_the_authority_is_rolled_over_and_no_board_is_stranded(
    hub: Processes, boards: Boards, roll_over: Callable[..., tuple[int, str]]
) -> None:
    """Two boards stay online throughout; one is away from before the beginning until after the end."""
    for position in ("caller-2", "evaluator-2", "caller-1"):
        boards.enrol(position)
    present = ("caller-2", "evaluator-2")
    for position in present:
        boards.start(position)
    until(lambda: all(map(boards.is_online, present)), "both are online")
    (old,) = boards.trusted("caller-2")

    assert roll_over("switch")[0] == 2, "not before the beginning"
    assert roll_over("begin")[0] == 0
    until(lambda: all(len(boards.trusted(one)) == 2 for one in present), "both boards heard of the next authority")
    until(lambda: all(map(boards.is_online, present)), "both are online under two authorities")
    assert {boards.issuer(one) for one in present} == {old.subject}

    assert roll_over("switch")[0] == 0
    renewed = "both have certificates by the new one"
    until(lambda: all(boards.issuer(one) != old.subject for one in present), renewed, 60)
    until(lambda: all(map(boards.is_online, present)), "both are online with them")

    code, said = roll_over("finish")
    assert (code, boards.who["caller-1"].device in said) == (3, True), said
    assert not any(boards.who[one].device in said for one in present), said
    assert roll_over("finish", "--leave")[0] == 0
    until(lambda: all(old not in boards.trusted(one) for one in present), "the old one is forgotten")
    until(lambda: all(map(boards.is_online, present)), "both are online without it")

    boards.start("caller-1")
    applicants = "/api/v1/halls/small/applicants"
    (one,) = until(lambda: boards.administrator.get(applicants).json()["applicants"], "the third board asks to come in")
    assert (one["reason"], one["device"], one["position"]) == ("expired", boards.who["caller-1"].device, "caller-1")
    assert boards.administrator.post(f"{applicants}/{one['shown'].lower()}/approval", json={}).status_code == 200
    until(lambda: boards.is_online("caller-1"), "it is online, as the device that it was")
    assert old not in boards.trusted("caller-1")

    with pytest.raises(EnrolmentError, match="not our hub"):
        boards.enrol("window-1")  # its card still names the old one
