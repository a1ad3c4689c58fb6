"""From an upload to what a screen shows: real hub, real broker, a screen's agent with its real mpv."""

import io
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.device import device_class
from provisioning.rehearsal.processes import Processes
from tests.support.live import until
from tests.support.process import browser, claim, hub_at_work, seat

HALL = "/api/v1/halls/small"


def png(colour: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (320, 180), colour).save(data, "PNG")
    return data.getvalue()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with hub_at_work(tmp_path_factory.mktemp("content")) as hub:
        yield hub


@pytest.fixture(scope="module")
def administrator(hub: Processes) -> Iterator[httpx.Client]:
    with browser(hub) as client:
        yield client


class Screen:
    """The hall's tv-1, enrolled; `start` as often as you like, on the same disk."""

    def __init__(self, hub: Processes, directory: Path, token: str) -> None:
        self._config = config.Config(
            hub=config.Hub(
                est=f"https://{hub.addresses.est}",
                ca_fingerprint=hub.ca_fingerprint,
                broker=hub.addresses.broker,
                token=token,
            ),
            agent=config.AgentSettings(state_dir=str(directory / "state"), health_s=1.0),
            device={
                "driver": "simulated",
                "width": 480,
                "height": 270,
                "media_dir": str(directory / "media"),
                "overlay_dir": str(directory),
                "fetch_spread_s": 0,
                "image_s": 1,
                "plays_s": 0.5,
            },
        )
        self.identity = identity.enrol(self._config.hub, directory / "state")
        self.content = directory / "state" / "content"
        self.agent: Any = None

    def start(self, broker: str = "") -> None:
        hub = self._config.hub
        changed = config.Hub(est=hub.est, ca_fingerprint=hub.ca_fingerprint, broker=broker or hub.broker)
        settings = config.Config(hub=changed, agent=self._config.agent, device=self._config.device)
        self.agent = Agent(device_class("signage_player"), settings, self.identity)
        self.agent.start()

    def stop(self) -> None:
        if self.agent is not None:
            self.agent.stop()
            self.agent = None

    @property
    def playing(self) -> str:
        """The file that mpv has on the screen."""
        return Path(self.agent.driver["player"].playing).stem

    @property
    def alarm(self) -> Any:
        return self.agent.state.screen and self.agent.state.screen.alarm


@pytest.fixture(scope="module")
def screen(hub: Processes, administrator: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    one = Screen(hub, tmp_path_factory.mktemp("screen"), claim(administrator, "small", "tv-1"))
    yield one
    one.stop()


def uploaded(administrator: httpx.Client, name: str, data: bytes) -> str:
    answer = administrator.post("/api/v1/media", params={"name": name}, content=data)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["sha256"])


def test_what_is_published_is_fetched_and_played_until_an_emergency_and_again_after_it(
    administrator: httpx.Client, screen: Screen
) -> None:
    blue, red = uploaded(administrator, "蓝.png", png("blue")), uploaded(administrator, "红.png", png("red"))
    screen.start()
    made = administrator.post(f"{HALL}/playlists", json={"name": "介绍", "items": [{"sha256": blue}]})
    assert made.status_code == 201, made.text
    until(lambda: screen.playing == blue, "mpv plays what was published")
    until(lambda: (now := administrator.get(f"{HALL}/screens").json()) and now[0]["state"] == "whole", "the hub hears")

    words = {"zh": "请有序离开", "en": "Please leave", "sha256": red}
    begun = administrator.post(f"{HALL}/emergencies", json=words)
    assert begun.status_code == 201, begun.text
    until(lambda: screen.alarm is not None, "the words are on the screen")
    assert screen.alarm.zh == "请有序离开"
    until(lambda: screen.playing == red, "mpv plays the emergency's picture")

    assert administrator.delete(f"{HALL}/emergencies/{begun.json()['id']}").status_code == 200
    until(lambda: screen.playing == blue and screen.alarm is None, "the programme is back")

    until(lambda: blue in administrator.get(f"{HALL}/plays").text, "the plays are with the hub")
    rows = administrator.get(f"{HALL}/plays").text.splitlines()
    assert any("tv-1" in row and "cut" in row and "蓝.png" in row for row in rows)

    screen.stop()
    screen.start(broker="127.0.0.1:1")  # a power cut, and no network after it
    until(lambda: screen.playing == blue, "it plays on from its own disk")

    assert administrator.delete(f"/api/v1/media/{blue}").json()["code"] == "media-in-use"
    for one in administrator.get(f"{HALL}/playlists").json():
        administrator.delete(f"{HALL}/playlists/{one['id']}")
    assert administrator.delete(f"/api/v1/media/{blue}").status_code == 204


def test_content_is_for_devices_in_service_alone(hub: Processes, administrator: httpx.Client, screen: Screen) -> None:
    sha256 = uploaded(administrator, "绿.png", png("green"))
    url = f"https://{hub.addresses.est}/content/{sha256}"
    trust = ssl.create_default_context(cafile=str(screen.identity.directory / "ca.pem"))
    assert httpx.get(url, verify=trust).json()["code"] == "no-certificate"
    own = screen.identity.tls()
    assert httpx.get(url, verify=own).content == png("green")
    part = httpx.get(url, verify=own, headers={"Range": "bytes=10-"})
    assert (part.status_code, part.content) == (206, png("green")[10:])
    assert httpx.get(f"{url[:-64]}{'0' * 64}", verify=own).status_code == 404
    assert httpx.get(f"{url[:-64]}..%2Fhub.db", verify=own).status_code == 404
    assert seat(administrator, "small", "tv-1")["device"] == screen.identity.device
