"""统一叫号 with nothing in between: hub, broker, two screens with real mpvs, and who of them is heard."""

import math
from array import array
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edge.signage_player import pcm
from halls.format import Position
from hub.domain import announcing
from hub.domain import commands as c
from tests.support.day import small_hall
from tests.support.live import LiveHall, until

WORDS = ("请", "A", *"零一二三四五六七八九", "号", "到", "窗口", "办理")


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A voice that is soon done: every word is a short tone."""
    folder = tmp_path / "clips"
    folder.mkdir()
    tone = array("h", [round(8000 * math.sin(index / 5)) for index in range(16000 // 20)])
    for word in WORDS:
        pcm.write(folder / f"{word}.wav", pcm.Sound(tone, 16000))
    return folder


class Heard:
    """Two screens of the lobby, and what was heard from each, in turn."""

    def __init__(self, folder: Path, clips: Path) -> None:
        small = small_hall()
        second = Position(id="tv-2", kind="tv-box", area="lobby")
        self.live = LiveHall(
            folder,
            replace(
                small,
                area=(replace(small.area[0], voice=True),),
                position=(*small.position, second),
                policy=replace(small.policy, announcement_s=4.0, recall_gap_s=0.0),
            ),
        )
        self._clips, self._count = clips, 0
        self.said: list[tuple[str, str]] = []

    def switch_on(self, position: str) -> None:
        overlays = self.live.directory / f"overlays-{position}"
        overlays.mkdir(exist_ok=True)
        agent = self.live.agent(
            position,
            width=480,
            height=270,
            overlay_dir=str(overlays),
            media_dir=str(self.live.directory / "media"),
            clips_dir=str(self._clips),
        )
        agent.driver["announcer"].on_said = lambda text: self.said.append((position, text))  # type: ignore[index]

    def announces(self, position: str) -> bool:
        view = self.live.agents[position].state.view
        return view is not None and view.announces

    def do(self, kind: type[c.Command], **fields: Any) -> Any:
        self._count += 1
        at: datetime = self.live.desk.now()
        command = kind(**{"id": f"c{self._count}", "at": at, "by": "test", **fields})
        return self.live.run(self.live.desk.handle(self.live.name, command))

    def recall(self) -> None:
        """Once the time of the last announcement is over: before, a recall adds nothing."""
        desk = self.live.desk
        until(lambda: announcing.spoken(desk.today(self.live.name), "lobby", desk.now()) is None, "its time is over")
        self.do(c.Recall, counter="1")


@pytest.fixture
def hall(tmp_path: Path, clips: Path) -> Any:
    heard = Heard(tmp_path, clips)
    yield heard
    heard.live.close()


def test_one_of_two_screens_is_heard_through_a_restart_of_the_hub_and_the_death_of_a_screen(hall: Heard) -> None:
    hall.switch_on("tv-1")
    hall.switch_on("tv-2")
    until(lambda: hall.announces("tv-1"), "the first of the hall file announces")
    assert not hall.announces("tv-2")
    assert hall.live.agents["tv-2"].driver["announcer"].loudspeaker.pid is None  # type: ignore[index]
    hall.do(c.SignOn, counter="1", clerk="1001")

    hall.do(c.TakeTicket, service="A")
    hall.do(c.CallNext, counter="1")
    until(lambda: hall.live.agents["tv-1"].state.turns.now, "it is being said")
    hall.live.stop_hub()
    hall.live.start_hub()
    until(lambda: hall.said, "the sentence that the hub's restart met is said to its end")
    hall.recall()
    until(lambda: len(hall.said) == 2, "a recall is said again")

    hall.live.agents["tv-1"].stop()
    until(lambda: hall.announces("tv-2"), "the other one takes over")
    hall.recall()
    until(lambda: len(hall.said) == 3, "it is heard from there")
    assert hall.said == [(name, "请A零零一号到1号窗口办理") for name in ("tv-1", "tv-1", "tv-2")]
