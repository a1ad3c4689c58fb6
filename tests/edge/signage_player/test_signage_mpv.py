"""The player on a real mpv without output: overlays acknowledged, deaths survived, nothing left behind."""

import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.runtime.agent import Agent
from edge.runtime.config import AgentSettings, Config, Hub
from edge.runtime.identity import Identity
from edge.signage_player import DEVICE
from edge.signage_player.driver import Player
from edge.signage_player.logic import ShowBoard
from edge.signage_player.mpv import Mpv, MpvGoneError, MpvMissingError, MpvRefusedError

Make = Callable[..., Player]
Screen = Callable[..., ShowBoard]
Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def mpv(tmp_path: Path) -> Any:
    one = Mpv("mpv", tmp_path, ["--vo=null", "--ao=null"])
    yield one
    one.close()


def wrapped(path: Path, before: str) -> str:
    """A program that runs some Python with `fd`, the IPC's descriptor, and then becomes mpv."""
    path.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "fd = int(next(word for word in sys.argv if 'fd://' in word).rpartition('/')[2])\n"
        f"{before}\nos.execvp('mpv', ['mpv', *sys.argv[1:]])\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_rows_are_shown_once_mpv_has_acknowledged_them(player: Make, screen: Screen, until: Until) -> None:
    one, heard, told = player(), [], threading.Event()
    one.on_shown = lambda rows: (heard.append(rows), told.set())
    one.perform(screen("A002", "A001"))
    assert told.wait(30)
    assert heard == [(("A002", "1"), ("A001", "2"))]
    assert one.shown == heard[0]
    told_now = {"mpv": True, "mpv_restarts": 0, "rows_shown": 2, "overlay_errors": 0}
    assert {name: one.health()[name] for name in told_now} == told_now
    assert "fault" not in one.health()


def test_only_what_changed_is_painted_again(player: Make, screen: Screen, call: Any, until: Until) -> None:
    one = player()
    first = screen("A001", "A000")
    one.perform(first)
    until(lambda: one.shown)
    before = one.overlays_painted
    calls = (call("A002", "9"), *first.calls)
    one.perform(msgspec.structs.replace(first, calls=calls))
    until(lambda: len(one.shown) == 3)
    assert one.overlays_painted - before == 2  # the new call large, the one before it small


def test_a_blink_paints_nothing(player: Make, screen: Screen, until: Until) -> None:
    one = player()
    one.perform(screen("A001"))
    until(lambda: one.shown)
    before = one.overlays_painted
    for lit in (True, False, True):
        one.perform(screen("A001", lit=lit))
    one.perform(screen("A001", "A000"))
    until(lambda: len(one.shown) == 2)
    assert one.overlays_painted - before == 1


def test_boards_that_come_faster_than_they_can_be_painted_end_in_the_newest(
    player: Make, screen: Screen, until: Until
) -> None:
    one = player()
    for number in range(300):
        one.perform(screen(f"A{number:03}"))
    until(lambda: one.shown == (("A299", "1"),))


def test_a_killed_mpv_comes_back_with_its_board_and_paints_nothing_anew(
    player: Make, screen: Screen, until: Until
) -> None:
    one = player()
    one.perform(screen("A002", "A001"))
    until(lambda: one.shown)
    painted, first = one.overlays_painted, one.mpv_pid
    os.kill(first, signal.SIGKILL)
    until(lambda: one.shown and one.mpv_pid != first)
    assert one.shown == (("A002", "1"), ("A001", "2"))
    assert one.overlays_painted == painted
    assert one.health()["mpv_restarts"] == 1
    assert "fault" not in one.health()


def test_a_notice_takes_the_rows_away(player: Make, screen: Screen, until: Until) -> None:
    one = player()
    one.perform(screen("A001"))
    until(lambda: one.shown)
    one.perform(screen(notice=True))
    until(lambda: one.shown == ())
    assert one.health()["overlay_errors"] == 0


def test_garbage_on_the_ipc_costs_nothing(player: Make, screen: Screen, until: Until, tmp_path: Path) -> None:
    noise = "os.write(fd, b'\\x00\\xff{]\\n[1,2]\\n\"x\"\\n' + b'[' * 5000 + b'\\n{\"request_id\": 1}\\n')"
    one = player(mpv=wrapped(tmp_path / "noisy", noise))
    one.perform(screen("A001"))
    until(lambda: one.shown == (("A001", "1"),))
    assert one.health()["mpv_restarts"] == 0


def test_an_endless_line_on_the_ipc_is_a_fault_and_the_player_tries_again(
    player: Make, screen: Screen, until: Until, tmp_path: Path
) -> None:
    marker = tmp_path / "second"
    flood = (
        f"import pathlib, time\nmarker = pathlib.Path({str(marker)!r})\nfirst = not marker.exists()\nmarker.touch()\n"
        "while first: os.write(fd, b'x' * 65536)"
    )
    one = player(mpv=wrapped(tmp_path / "flood", flood))
    one.perform(screen("A001"))
    until(lambda: one.shown == (("A001", "1"),))
    assert "fault" not in one.health()


def test_an_mpv_that_refuses_its_options_is_reported_with_what_to_check(
    settings: Any, until: Until, screen: Screen, tmp_path: Path
) -> None:
    one = Player(settings(), ["--vo=no-such-output"], str(tmp_path), "", animated=False)
    one.start(lambda make_input: None)
    try:
        assert "check [device] vo" in until(lambda: one.health().get("fault"))
    finally:
        one.stop()


def test_an_output_that_gives_no_picture_is_reported(settings: Any, until: Until, tmp_path: Path) -> None:
    options = ["--vo=drm", "--drm-device=/nowhere", "--ao=null"]
    one = Player(settings(), options, str(tmp_path), "", animated=False)
    one.start(lambda make_input: None)
    try:
        assert "check [device] vo and gpu_context" in until(lambda: one.health().get("fault"))
    finally:
        one.stop()


def test_without_mpv_the_agent_lives_and_says_what_to_install(tmp_path: Path, until: Until) -> None:
    device = {"driver": "simulated", "mpv": "/nowhere/mpv", "overlay_dir": str(tmp_path)}
    hub = Hub(est="https://127.0.0.1:9", ca_fingerprint="00", broker="127.0.0.1:9")
    config = Config(hub=hub, agent=AgentSettings(state_dir=str(tmp_path / "state")), device=device)
    agent = Agent(DEVICE, config, Identity("tv-01", tmp_path))
    agent.start()
    try:
        fault = until(lambda: agent.driver.health().get("fault"))
        assert fault.startswith("/nowhere/mpv cannot be run (No such file or directory)")
        assert "apt install mpv" in fault
        assert until(lambda: agent.state.screen).notice
    finally:
        agent.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_an_agent_without_a_hub_shows_the_notice_on_a_real_mpv(tmp_path: Path, until: Until) -> None:
    overlays = tmp_path / "overlays"
    overlays.mkdir()
    device = {"driver": "simulated", "width": 960, "height": 540, "overlay_dir": str(overlays)}
    hub = Hub(est="https://127.0.0.1:9", ca_fingerprint="00", broker="127.0.0.1:9")
    config = Config(hub=hub, agent=AgentSettings(state_dir=str(tmp_path / "state")), device=device)
    agent = Agent(DEVICE, config, Identity("tv-01", tmp_path))
    agent.start()
    try:
        assert until(lambda: agent.driver["player"].overlays_painted) >= 1
    finally:
        agent.stop()


def test_without_a_font_the_media_go_on_and_the_fault_says_what_to_install(
    player: Make, screen: Screen, until: Until
) -> None:
    one = player(fonts=("/nowhere/font.ttc",))
    one.perform(screen("A001"))
    assert "apt install fonts-noto-cjk" in until(lambda: one.health().get("fault"))
    assert one.health()["mpv"] is True
    assert one.shown == ()


def test_a_missing_overlay_folder_is_a_fault_that_passes_when_it_is_there(
    player: Make, screen: Screen, until: Until, tmp_path: Path
) -> None:
    late = tmp_path / "late"
    one = player(overlay_dir=str(late))
    one.perform(screen("A001"))
    assert str(late) in until(lambda: one.health().get("fault"))
    late.mkdir()
    until(lambda: one.shown)
    assert "fault" not in one.health()


def test_stop_ends_mpv_and_leaves_no_file(player: Make, screen: Screen, until: Until, tmp_path: Path) -> None:
    one = player()
    one.perform(screen("A001"))
    until(lambda: one.shown)
    pid = one.mpv_pid
    assert len(list((tmp_path / "overlays").glob("*/*.bgra"))) > 5
    one.stop()
    one.stop()
    assert list((tmp_path / "overlays").iterdir()) == []
    assert not Path(f"/proc/{pid}").exists()
    assert one.mpv_pid is None


def test_files_of_rows_that_are_gone_are_deleted_while_it_runs(
    player: Make, screen: Screen, until: Until, tmp_path: Path
) -> None:
    one = player()
    counts = set()
    for number in range(10):
        one.perform(screen(f"A{number:03}"))
        until(lambda expected=f"A{number:03}": one.shown == ((expected, "1"),))
        counts.add(len(list((tmp_path / "overlays").glob("*/*.bgra"))))
    assert max(counts) <= min(counts) + 1


def test_files_that_are_no_media_are_reported_and_the_board_stays(
    player: Make, screen: Screen, until: Until, tmp_path: Path
) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "broken.mp4").write_bytes(b"not a film")
    one = player()
    one.perform(screen("A001"))
    assert "none of the 1 files" in until(lambda: one.health().get("fault"))
    until(lambda: one.shown)


def test_an_mpv_that_is_asked_nonsense_refuses_and_goes_on(mpv: Mpv) -> None:
    with pytest.raises(MpvRefusedError, match="overlay-add"):
        mpv.command("overlay-add", 1, 0, 0, "/nowhere.bgra", 0, "bgra", 10, 10, 40)
    assert mpv.command("get_property", "mpv-version").startswith("mpv")


def test_events_that_come_with_an_answer_are_not_lost(mpv: Mpv, until: Until) -> None:
    names: list[str] = []
    mpv.command("loadfile", "/nowhere.png")

    def ended() -> bool:
        mpv.command("get_property", "mpv-version")
        names.extend(event["event"] for event in mpv.events())
        return "end-file" in names

    until(ended)
    assert names.index("start-file") < names.index("end-file")


def test_a_dead_mpv_is_told_by_its_signal(mpv: Mpv) -> None:
    os.kill(mpv.pid, signal.SIGKILL)
    with pytest.raises(MpvGoneError, match="SIGKILL"):
        mpv.command("get_property", "pid")


def test_a_program_that_may_not_be_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mpv").write_text("no program")
    with pytest.raises(MpvMissingError, match="cannot be run"):
        Mpv(str(tmp_path / "mpv"), tmp_path, [])
