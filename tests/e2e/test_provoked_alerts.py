"""Every kind of alert is provoked as the rehearsal does it, against one real hub with its broker and real agents: the
hub notices, says why with its evidence, and notices as well when it is over."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from halls.alerts import KINDS
from provisioning.broker.process import free_port
from provisioning.rehearsal.processes import Addresses, Processes
from provisioning.rehearsal.provoking import Provoker, influx_away, small_rules
from provisioning.rehearsal.technician import Hub, equip
from tests.hub.web.conftest import Loop
from tests.hub.webhooks.receiver import Platform
from tests.support.day import SMALL, small_hall
from tests.support.live import until
from tests.support.smtp import MailServer, certificate

RUNNING = ("machine-1", "caller-1", "caller-2", "evaluator-1")
CALM = {"certificate": (1, 2), "long-wait": (900, 800), "clock": (900, 800)}  # what ends by another rule alone


class Rehearsed:
    """Each kind is provoked once: the first test that asks for one waits for those before it."""

    def __init__(self, directory: Path) -> None:
        hall = directory / "hall.toml"
        off = {f"alert.{kind}.enabled": False for kind in KINDS}  # until it is said who is told
        hall.write_text(SMALL.read_text("utf-8") + _tables({**small_rules(KINDS), **off}), "utf-8")
        addresses = Addresses.free(f"127.0.0.1:{free_port()}")
        self.loop, self.duty = Loop(), Platform()
        self.mail = MailServer(certificate(directory))
        for one in (self.duty, self.mail):
            self.loop.run(one.__aenter__())
        told = ["--webhook-loopback", "--smtp", str(self.mail.described(directory))]
        away = influx_away(directory, ["influx"])
        self.processes = Processes(directory, hall, addresses, serve=[*away, *told])
        self.agents: dict[str, Any] = {}

    def begin(self) -> None:
        self.processes.start()
        at = self.processes.addresses
        hub = Hub(at.pages, self.processes.password)
        but = [one.id for one in small_hall().position if one.id not in RUNNING]
        equip(
            small_hall(), hub, at, self.processes.ca_fingerprint, self.processes.data.parent / "devices", self.agents,
            lambda done, of: None, but=but, slow=("caller-2",),
        )  # fmt: skip
        self.provoker = Provoker(small_hall(), hub, self.agents, at.pages)
        for target in (("webhook", self.duty.url), ("mail", "duty@hall.example")):
            made = self.provoker.post("/alert-targets", {"route": "duty", "kind": target[0], "address": target[1]})
            self.duty.secret = made.json()["secret"] or self.duty.secret
        self.provoker.arm(KINDS)
        self._act()

    def _act(self) -> None:
        """A morning with everything that can go wrong, in the order in which it does."""
        for _ in range(2):
            self.provoker.post("/tickets", {"service": "A"})
        self.noticed("unserved")
        self.keyed(*"1001", "sign-on", until_phase="idle")
        self.keyed("call-next", until_phase="called")
        self.keyed("serve", until_phase="serving")
        self.noticed("over-time")
        self.noticed("long-service")
        self.keyed("end", until_phase="idle")
        evaluator = self.agents["evaluator-1"].driver
        until(lambda: len(evaluator.lamps.lit) > 1, "the evaluator asks")
        evaluator.press(1)
        self.keyed("pause", until_phase="paused")
        for kind in ("paper-low", "paper-out", "offline"):
            self.provoker.begin(kind)
            self.noticed(kind)

    def keyed(self, *keys: str, until_phase: str) -> None:
        """At counter 1, until the keypad shows that it is so: a key is refused as long as it shows something older."""
        caller = self.agents["caller-1"]
        deadline = time.monotonic() + 30
        while caller.state.view is None or caller.state.view.phase != until_phase:
            assert time.monotonic() < deadline, f"{keys} lead to {until_phase}"
            caller.driver.press(*keys)
            again = time.monotonic() + 2
            while time.monotonic() < again and (caller.state.view is None or caller.state.view.phase != until_phase):
                time.sleep(0.02)

    def noticed(self, kind: str) -> dict[str, Any]:
        return until(lambda: self.provoker.raised(kind), f"{kind} is raised", 60)  # type: ignore[no-any-return]

    def is_open(self, kind: str, subject: str) -> bool:
        found = [one for one in self.provoker.alerts() if (one["kind"], one["subject"]) == (kind, subject)]
        return any(one["cleared_at"] is None for one in found)

    def open_kinds(self) -> set[str]:
        return {one["kind"] for one in self.provoker.alerts() if one["cleared_at"] is None}

    def mend(self) -> None:
        """All is well again: devices, people, and where only a rule can be calm, the rule."""
        for kind in ("paper-low", "paper-out"):
            self.provoker.end(kind)
        self.keyed("resume", until_phase="idle")
        calm = {f"alert.{kind}.raise_at": values[0] for kind, values in CALM.items()}
        calm |= {f"alert.{kind}.clear_at": values[1] for kind, values in CALM.items()}
        calm |= {"alert.influx.enabled": False, "alert.offline.enabled": False}
        assert self.provoker.change(calm).is_success
        self.provoker.post("/tickets/A002/cancel", {"reason": "left"})

    def close(self) -> None:
        for agent in self.agents.values():
            agent.stop()
        self.processes.stop()
        for one in (self.duty, self.mail):
            self.loop.run(one.__aexit__())
        self.loop.close()


def _tables(settings: dict[str, Any]) -> str:
    """Small rules as a hall's file has them."""
    told: dict[str, list[str]] = {}
    for path, value in settings.items():
        _, rule, key = path.split(".")
        told.setdefault(rule, []).append(f"{key} = {str(value).lower()}")
    return "".join(f'\n[[alert]]\nid = "{rule}"\n' + "\n".join(lines) + "\n" for rule, lines in told.items())


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    one = Rehearsed(tmp_path_factory.mktemp("provoked"))
    try:
        one.begin()
        yield one
    finally:
        one.close()


EVIDENCE = {
    "long-wait": "A00", "queue-limit": "A00", "unserved": "A001", "over-time": "A001", "long-service": "A001",
    "pause": "1001", "offline": "evaluator-1", "paper-low": "machine-1", "paper-out": "machine-1", "clock": "caller-2",
    "certificate": "machine-1", "rating": "A001", "influx": "",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_hub_notices_and_says_why(rehearsed: Rehearsed, kind: str) -> None:
    rehearsed.noticed(kind)
    found = [one for one in rehearsed.provoker.alerts() if one["kind"] == kind]
    told = " ".join(proof["en"] for one in found for proof in one["evidence"])
    assert told
    assert EVIDENCE[kind] in told
    subjects = [one["subject"] for one in found if one["cleared_at"] is None]
    assert len(subjects) == len(set(subjects)), "no two for one subject"


def test_who_is_on_duty_is_told_of_each_by_signed_webhook_and_by_mail(rehearsed: Rehearsed) -> None:
    until(lambda: {one["data"]["kind"] for one in rehearsed.duty.heard} == set(KINDS), "the webhook hears of all", 60)
    assert rehearsed.duty.refused == 0, "every signature is right"
    headlines = {said["data"]["headline"]["zh"] for said in rehearsed.duty.heard if said["type"] == "alert.raised"}

    def mailed() -> bool:
        letters = "".join(letter.get_content() for letter in rehearsed.mail.letters)  # what comes together is one mail
        return all(headline in letters for headline in headlines)

    until(mailed, "the mail server has a letter of each", 60)


def test_and_when_it_is_over(rehearsed: Rehearsed) -> None:
    """All but the rating, which is over when somebody has acknowledged it."""
    for kind in KINDS:
        rehearsed.noticed(kind)
    rehearsed.mend()
    until(lambda: rehearsed.open_kinds() == {"rating"}, "all are over", 60)
    rating = rehearsed.provoker.raised("rating")
    assert rating is not None
    assert rehearsed.provoker.post(f"/alerts/{rating['id']}/acknowledge", {"note": "called back"}).is_success
    assert not rehearsed.open_kinds()


def test_that_nobody_serves_is_provoked_by_closing_every_counter(rehearsed: Rehearsed) -> None:
    number = rehearsed.provoker.post("/tickets", {"service": "C"}).json()["number"]
    rehearsed.provoker.begin("unserved")
    until(lambda: rehearsed.is_open("unserved", "C"), "nobody serves", 60)
    rehearsed.provoker.end("unserved")
    until(lambda: not rehearsed.is_open("unserved", "C"), "somebody serves again", 60)
    assert rehearsed.provoker.post(f"/tickets/{number}/cancel", {"reason": "left"}).is_success
    until(lambda: not rehearsed.open_kinds(), "all are over", 60)


def test_a_killed_hub_goes_on_with_what_is_known(rehearsed: Rehearsed) -> None:
    before = {one["id"]: one["cleared_at"] for one in rehearsed.provoker.alerts()}
    rehearsed.processes.kill_hub()
    rehearsed.processes.start_hub()
    number = rehearsed.provoker.post("/tickets", {"service": "B"}).json()["number"]
    found = until(
        lambda: [one for one in rehearsed.provoker.alerts() if one["id"] not in before and one["subject"] == "B"],
        "the killed one's hall is looked after again",
        60,
    )
    assert any(number in proof["en"] for one in found for proof in one["evidence"])
    now = {one["id"]: one["cleared_at"] for one in rehearsed.provoker.alerts()}
    assert {ident: now[ident] for ident in before} == before
