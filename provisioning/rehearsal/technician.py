"""Who equips the hall: asks the hub for a token per position, lets every device enrol with it, and switches it on."""

import time
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from edge.protocols.fake_air import FakeAir
from edge.protocols.fake_radio import FakeRadio
from edge.repeater.settings import Settings as RepeaterSettings
from edge.repeater.simulated import SimulatedDriver
from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.board import Board
from edge.runtime.clock import Clock
from edge.runtime.device import device_class
from edge.runtime.keeper import Keeper
from edge.runtime.lives import Lives
from edge.runtime.settings_keeper import SettingsKeeper
from halls.format import Hall, Position
from provisioning.rehearsal import booking, platform
from provisioning.rehearsal.processes import Addresses
from provisioning.rehearsal.purchases import bought, serial

_AT_ONCE = 6
_HEALTH_S, _HEALTH_SMALL_S = 20.0, 5.0  # few devices may say more often how they are
_SMALL = 50
BEHIND_S = 60.0  # a board's clock that is wrong on purpose


KEYS = {
    "call-next": 4, "recall": 5, "serve": 6, "end": 7, "no-show": 8, "pause": 9, "resume": 10, "sign-on": 11,
    "park": 12, "return": 13, "transfer": 14, "undo": 3,
    "0": 15, "1": 16, "2": 17, "3": 18, "4": 19, "5": 20, "6": 21, "7": 22, "8": 23, "9": 24,
}  # fmt: skip
"""How a keypad is wired whose clerk moves tickets and takes steps back: without `sign-off`, `ok` and `clear`."""


class Hub:
    """The hub's API, as an administrator uses it."""

    def __init__(self, base: str, password: str) -> None:
        self._client = httpx.Client(base_url=base, timeout=30, headers={"Origin": base})
        self._json("POST", "/api/v1/session", {"name": "admin", "password": password})
        answer = self._json("POST", "/api/v1/tokens", {"name": "rehearsal", "role": "administrator"})
        self.bearer = {"Authorization": f"Bearer {answer['token']}"}

    def platform(self, hall: str) -> str:
        """The secret of the platform that books in this hall; a new one, where the hub knows it already."""
        known = [one["id"] for one in self._json("GET", "/api/v1/clients")]
        if platform.ID in known:
            return str(self._json("POST", f"/api/v1/clients/{platform.ID}/secret", {"at_once": True})["secret"])
        client = {"id": platform.ID, "name": "预演", "halls": [hall]}
        return str(self._json("POST", "/api/v1/clients", client)["secret"])

    def claims(self, hall: str, positions: list[str]) -> dict[str, str]:
        """One-time enrolment tokens by position."""
        answer = self._json("POST", f"/api/v1/halls/{hall}/claims", {"positions": positions})
        return {claim["position"]: claim["token"] for claim in answer["claims"]}

    def class_claim(self, hall: str, device_class: str, uses: int) -> str:
        """A token for so many boards of a class, which are given their places later."""
        answer = self._json("POST", f"/api/v1/halls/{hall}/claims", {"device_class": device_class, "uses": uses})
        return str(answer["claims"][0]["token"])

    def buy(self, hall: Hall, handhelds: list[Position]) -> None:
        """The list of purchases into the inventory; handhelds cannot say who they are, so they are written in too."""
        api = f"/api/v1/halls/{hall.hall.id}"
        answer = self._client.post(f"{api}/inventory/import", params={"apply": True}, content=bought(hall))
        if answer.is_error:
            raise RuntimeError(f"the list of purchases: {answer.status_code} {answer.text[:300]}")
        for position in handhelds if answer.json()["new"] else ():
            self._json("POST", f"{api}/assignments", {"board": serial(position), "position": position.id})

    def devices(self, hall: str) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = self._json("GET", f"/api/v1/halls/{hall}/devices")["devices"]
        return answer

    def cases(self, hall: str, most: int) -> list[str]:
        """Numbers of the tickets whose negative rating opened a case."""
        answer = self._json("GET", f"/api/v1/halls/{hall}/rating-cases?most={most}")
        return [case["number"] for case in answer["cases"]]

    def open_round_the_clock(self, hall: Hall) -> None:
        """As an administrator would, on the settings page: a rehearsal is held at any hour."""
        wanted: dict[str, Any] = {"policy.opens": "00:00", "policy.closes": "24:00"}
        for service in hall.service:
            wanted |= {f"service.{service.letter}.hours": [], f"service.{service.letter}.cap_day": 0}
        wanted |= booking.settings(hall, datetime.now(ZoneInfo(hall.hall.timezone)))
        answer = self._client.patch(f"/api/v1/halls/{hall.hall.id}/settings", json=wanted)
        if answer.is_error and answer.json()["code"] != "nothing-changed":
            raise RuntimeError(f"the hall's hours: {answer.status_code} {answer.text[:300]}")
        today = self._json("GET", f"/api/v1/halls/{hall.hall.id}/calendar")["days"][0]["day"]
        self._json("PUT", f"/api/v1/halls/{hall.hall.id}/calendar/{today}", {"open": True, "reason": "rehearsal"})

    def add_release(self, content: bytes, signature: str) -> str:
        """Its hash."""
        answer = self._client.post("/api/v1/releases", params={"signature": signature}, content=content)
        if answer.is_error:
            raise RuntimeError(f"the release: {answer.status_code} {answer.text[:300]}")
        return str(answer.json()["sha256"])

    def roll_out(self, hall: str, sha256: str, positions: list[str]) -> str:
        """To all of them at once."""
        body = {"sha256": sha256, "positions": positions, "waves": []}
        return str(self._json("POST", f"/api/v1/halls/{hall}/rollouts", body)["id"])

    def members(self, hall: str, rollout: str) -> list[dict[str, Any]]:
        """How far each position of a rollout has come."""
        found: list[dict[str, Any]] = self._json("GET", f"/api/v1/halls/{hall}/rollouts/{rollout}")["members"]
        return found

    def abort(self, hall: str, rollout: str) -> None:
        self._json("POST", f"/api/v1/halls/{hall}/rollouts/{rollout}/abort")

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, path, json=body)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()


def equip(
    hall: Hall,
    hub: Hub,
    addresses: Addresses,
    fingerprint: str,
    directory: Path,
    agents: dict[str, Lives],
    said: Callable[[int, int], None],
    keepers: Callable[[Position], Sequence[Keeper]] = lambda position: (),
    but: Container[str] = (),
    slow: Container[str] = (),
) -> None:
    """Put every position's agent into `agents`, by position, enrolled and running; `but` those that others see to.

    `said(done, of)` is told of the progress; what it raises ends the work, and `agents` has those that run by then.
    `keepers(position)`: what looks after its agent; asked before the device makes its key.
    `slow`: positions whose board's own clock is a minute behind.
    Wireless handhelds have no computer, so no agent: their repeaters speak for them.
    """
    positions = [position for position in hall.position if position.wireless is None and position.id not in but]
    health_s = _HEALTH_S if len(positions) > _SMALL else _HEALTH_SMALL_S
    air = FakeAir(usual_dbm=None)
    hub.buy(hall, [position for position in hall.position if position.wireless is not None])
    tokens = hub.claims(hall.hall.id, [position.id for position in positions])

    def one(position: Position) -> None:
        place, kept = directory / position.id, keepers(position)
        settings = config.Config(
            hub=config.Hub(
                est=f"https://{addresses.est}",
                ca_fingerprint=fingerprint,
                broker=addresses.broker,
                token=tokens[position.id],
            ),
            agent=config.AgentSettings(state_dir=str(place), health_s=health_s),
            device=_device_table(position, place),
        )
        who = identity.enrol(settings.hub, place, hints=identity.Hints(position.device_class, serial(position)))
        kind = device_class(position.device_class)

        def born(now: config.Config, keeper: SettingsKeeper) -> Agent:
            driver = _repeater(hall, position, air, now) if position.kind == "repeater" else None
            return Agent(kind, now, who, driver, _slow_board(now, who) if position.id in slow else None,
                         keepers=[keeper, *kept])  # fmt: skip

        agents[position.id] = Lives(kind, settings, born)
        agents[position.id].start()

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="technician") as hands:
        for done, _ in enumerate(hands.map(one, positions), 1):
            said(done, len(positions))


def _slow_board(now: config.Config, who: identity.Identity) -> Board:
    board = Board(now, who)
    board.clock = Clock(wall=lambda: time.time() - BEHIND_S)
    return board


def _repeater(hall: Hall, position: Position, air: FakeAir, now: config.Config) -> SimulatedDriver:
    return SimulatedDriver(config.device_settings(now, RepeaterSettings), _in_reach(hall, position, air))


def _in_reach(hall: Hall, repeater: Position, air: FakeAir) -> FakeRadio:
    """A repeater's radio. Batteries are put into the handhelds in its reach; who is named first is nearest."""
    radio = FakeRadio(air)
    for position in hall.position:
        if position.wireless is not None and repeater.id in position.wireless.repeaters:
            address = position.wireless.address
            (air.keypad if position.kind == "caller" else air.evaluator)(address, position.id)
            air.strength(address, radio, -60 - 6 * position.wireless.repeaters.index(repeater.id), position.id)
    return radio


def _device_table(position: Position, place: Path) -> dict[str, Any]:
    """The `[device]` table of its configuration file."""
    table: dict[str, Any] = {"driver": "simulated"}
    if position.device_class == "ticket_printer":
        table |= {"baud": 115200, "reader": "simulated", "scanner": "simulated"}
    elif position.device_class == "caller":
        table["keys"] = KEYS
    elif position.device_class == "repeater":
        table["rssi"] = "appended"
    elif position.device_class == "led_window":
        table["frames_s"] = 2.0  # a hall's windows share this machine's processor, and notices run on them all
    elif position.device_class == "signage_player":
        table |= {"width": 960, "height": 540, "media_dir": str(place / "media"), "ticker_px_s": 0}
    return table
