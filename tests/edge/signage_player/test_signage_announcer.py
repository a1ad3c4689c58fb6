"""The announcer on a real mpv that records what it would play: in order, whole, one at a time, whatever dies."""

import os
import signal
import threading
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.runtime.device import Input
from edge.signage_player import pcm
from edge.signage_player.announcements import Announce, Begun, Said, Speak, VoiceFound
from edge.signage_player.announcer import Announcer
from edge.signage_player.settings import Settings
from edge.signage_player.synthesis import Synthesis
from edge.signage_player.utterance import Voice

Until = Callable[[Callable[[], Any]], Any]
NUMBERS = {"A零零一": "1", "B一二三": "2", "C九九九": "3"}


def speak(number: str, counter: str, times: int = 1) -> Speak:
    return Speak(id=f"call:{number}", zh=f"请{number}号到{counter}号窗口办理", times=times)


class Heard:
    """An announcer, what it told, and what its mpv recorded."""

    def __init__(self, settings: Settings, folder: Path, options: list[str] | None = None) -> None:
        self.recording, self.cache = folder / "heard.raw", folder / "speech"
        record = ["--ao=pcm", f"--ao-pcm-file={self.recording}", "--ao-pcm-append=yes", "--ao-pcm-waveheader=no"]
        self.ducks: list[bool] = []
        self.told: list[Input] = []
        self.announcer = Announcer(settings, self.cache, record if options is None else options, self.ducks.append)
        self.announcer.start(self._tell)

    def _tell(self, make: Callable[[float], Input]) -> None:
        told = make(0.0)
        if not isinstance(told, VoiceFound):
            self.told.append(told)

    def said(self) -> list[Said]:
        return [one for one in self.told if isinstance(one, Said)]

    def samples(self) -> "array[int]":
        found = array("h")
        found.frombytes(self.recording.read_bytes())
        return found


@pytest.fixture
def heard(settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Callable[..., Heard]]:
    made: list[Heard] = []

    def make(options: list[str] | None = None, **changes: Any) -> Heard:
        made.append(Heard(settings(clips_dir=str(tmp_path / "clips"), **changes), tmp_path, options))
        return made[-1]

    yield make
    for one in made:
        one.announcer.stop()


def test_announcements_are_heard_in_order_and_to_their_last_sample(heard: Any, until: Until) -> None:
    one = heard()
    orders = [speak(number, counter, times=2) for number, counter in NUMBERS.items()]
    one.announcer.perform(Announce(True))
    for order in orders:
        one.announcer.perform(order)
    until(lambda: len(one.said()) == 3)
    assert [(said.id, said.ok) for said in one.said()] == [(order.id, True) for order in orders]
    voice = Voice("/nowhere", Synthesis(one.cache, {"zh": "cmn", "en": "en"}, 185), chime=True)
    assert one.samples() == pcm.joined(voice.render(order).samples for order in orders)


def test_each_is_told_when_it_begins_and_when_it_has_ended_and_films_are_soft_meanwhile(
    heard: Any, until: Until
) -> None:
    one = heard()
    one.announcer.perform(speak("A零零一", "1"))
    until(one.said)
    assert [type(told) for told in one.told] == [Begun, Said]
    assert one.ducks == [True, False]


def test_mpv_for_sound_runs_from_the_first_announcement_on_while_the_screen_announces(heard: Any, until: Until) -> None:
    one = heard()
    one.announcer.perform(Announce(True))
    one.announcer.perform(speak("A零零一", "1"))
    until(one.said)
    pid = one.announcer.loudspeaker.pid
    assert pid is not None
    one.announcer.perform(Announce(False))
    until(lambda: not Path(f"/proc/{pid}").exists())
    assert one.announcer.loudspeaker.pid is None


def test_a_test_on_a_screen_that_does_not_announce_starts_mpv_and_ends_it(heard: Any, until: Until) -> None:
    one = heard()
    one.announcer.perform(Speak(id="test:1", zh="测试"))
    assert until(one.said)[0].ok
    until(lambda: one.announcer.loudspeaker.pid is None)


def test_an_mpv_that_dies_in_the_middle_is_replaced_and_the_sentence_is_said_again_whole(
    heard: Any, until: Until
) -> None:
    one = heard(["--ao=null"], chime=False)
    one.announcer.perform(Announce(True))
    one.announcer.perform(Speak(id="call:1", zh="测试"))
    until(lambda: one.told)
    first = one.announcer.loudspeaker.pid
    os.kill(first, signal.SIGKILL)
    assert until(one.said)[0].ok
    assert one.announcer.loudspeaker.pid != first
    assert [type(told) for told in one.told] == [Begun, Begun, Said]
    assert one.announcer.health()["sound_restarts"] == 1


def test_without_a_sound_device_it_is_said_in_health_and_the_hub_may_choose_another(heard: Any, until: Until) -> None:
    one = heard(["--ao=alsa", "--alsa-ignore-chmap", "--audio-device=alsa/nowhere"])
    one.announcer.perform(Announce(True))
    one.announcer.perform(speak("A零零一", "1"))
    said = until(one.said)[0]
    assert (said.ok, "check [device] ao" in said.text) == (False, True)
    assert one.announcer.health()["sound"] is False
    assert "cable" in str(one.announcer.health()["sound_fault"])


def test_a_screen_without_a_voice_says_so_and_lives(
    settings: Any, tmp_path: Path, until: Until, monkeypatch: Any
) -> None:
    monkeypatch.setattr(Synthesis, "is_there", staticmethod(lambda: False))
    told: list[Input] = []
    one = Announcer(settings(clips_dir=str(tmp_path)), tmp_path / "s", [], lambda on: None, ["/nowhere/python"])
    one.start(lambda make: told.append(make(0.0)))
    try:
        one.perform(speak("A零零一", "1"))
        said = until(lambda: [said for said in told if isinstance(said, Said)])[0]
        assert "没有语音" in said.text
        assert (one.health()["sound"], one.health()["voice"]) == (False, "none")
        assert "/nowhere/python" in str(one.health()["sound_fault"])
    finally:
        one.stop()


def test_a_screen_without_a_loudspeaker_answers_a_test_with_what_to_set(heard: Any, until: Until) -> None:
    one = heard(sound=False)
    one.announcer.perform(Speak(id="test:1", zh="测试"))
    assert "set [device] sound" in until(one.said)[0].text
    assert one.announcer.health() == {"sound": False}


def test_stop_ends_what_is_being_said_and_leaves_no_process_and_no_file(
    heard: Any, until: Until, tmp_path: Path
) -> None:
    one = heard(["--ao=null"])
    one.announcer.perform(Announce(True))
    one.announcer.perform(speak("A零零一", "1", times=2))
    until(lambda: one.told)
    pid = one.announcer.loudspeaker.pid
    one.announcer.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert list((tmp_path / "overlays").glob("tingxu-sound-*")) == []
    assert "announcer" not in {thread.name for thread in threading.enumerate()}
