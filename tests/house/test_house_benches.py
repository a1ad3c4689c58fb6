"""Every benchmark runs and reports ratios of what it measured in one run; how fast it was is nobody's business here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "benchmarks" / "cases").glob("*.py") if path.stem != "__init__")
FIGURES = {
    "mqtt": {"p50_us", "p99_us", "cpu_us_per_message"},
    "log": {"events_per_s_1", "events_per_s_10", "events_per_s_100"},
    "wire": {"encode_us", "decode_us"},
}
STUDIES = {  # those that ask more than which way is faster
    "edge": {"baseline_pss_mb", "ticket_printer", "caller", "evaluator", "repeater", "led_window", "signage_player"},
    "enrol": {"devices", "enrolled", "seconds", "board_s_p50", "board_s_p99", "p99_ratio", "hub_mb_before",
              "hub_mb_after", "broker_away_s", "back_s_p50", "back_s_last"},
    "estimate": {"mae_ratio", "floor_ratio", "coverage", "width_ratio", "ways", "floor", "lanes", "hours", "cost"},
    "fair": {"usual", "usual_ratios", "quiet", "quiet_ratios"},
    "ff68": {"bytes", "crashes", "planted", "found", "verified", "mb_per_s", "ratios", "worst_ratio"},
    "live": {"browsers", "alone", "watched", "cpu_of_browsers", "press_ratio", "memory_mb"},
    "metrics": {"press_p50_ratio", "press_p99_ratio", "press_ms", "presses", "events_written", "points", "points_per_s",
                "tickets", "events", "day_h", "day_s", "events_per_s", "times_real"},
    "past": {"days", "tickets", "events", "made_s", "events_per_s", "mb", "panel_ms", "day_ms_max", "year_ms_max",
             "year_to_day", "merged_s", "ways", "beside_ratio"},
    "queue": {"press_p50_ratio", "press_p99_ratio", "press_p99_ratio_memory", "burst_ratio", "throughput_ratio",
              "reload_s", "kb_per_ticket"},
    "race": {"sqlite_1", "postgresql_4"},
    "screen": {"crash_to_picture_ms", "call_to_row_ms", "new_sentence_ms", "known_sentence_ms", "picture_pss_mb",
               "sound_pss_mb", "heard_s"},
}  # fmt: skip


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_without_a_name_the_names_are_listed_one_a_line() -> None:
    done = bench()
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == NAMES
    assert all(len(line.split()) > 4 for line in done.stdout.splitlines())


def test_an_unknown_name_is_refused_with_the_names_that_there_are() -> None:
    done = bench("speed")
    assert done.returncode == 2
    assert all(name in done.stderr for name in NAMES)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(STUDIES)))
def test_a_quick_run_writes_its_report(name: str, tmp_path: Path) -> None:
    """Each way has each figure, and each but the baseline a ratio for it."""
    done = bench(name, "--quick", "--json", str(tmp_path / "report.json"))
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert set(report) == {"name", "quick", "baseline", "rounds", "ratios", "medians", "machine"}
    assert (report["name"], report["quick"]) == (name, True)
    assert report["rounds"] >= 2
    ways, baseline = set(report["medians"]), report["baseline"]
    assert baseline in ways
    assert len(ways) >= 2
    for figures in report["medians"].values():
        assert set(figures) == FIGURES.get(name, set(figures))
        assert all(value > 0 for value in figures.values())
    pairs = {f"{way} / {baseline} {figure}" for way in ways - {baseline} for figure in report["medians"][way]}
    assert set(report["ratios"]) == pairs


@pytest.fixture(scope="module", params=sorted(STUDIES))
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a quick run."""
    path = tmp_path_factory.mktemp("study") / "report.json"
    done = bench(request.param, "--quick", "--json", str(path))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_a_quick_study_writes_its_figures(study: dict[str, Any]) -> None:
    assert study["quick"] is True
    assert set(study) >= STUDIES[study["name"]] | {"machine"}


def test_in_a_race_nothing_is_doubled_and_losers_see_no_error(study: dict[str, Any]) -> None:
    for setup in STUDIES["race"] if study["name"] == "race" else ():
        found = study[setup]
        assert set(found) >= {"doubled", "errors", "p50_ms", "p99_ms"}
        assert (found["doubled"], found["errors"]) == (0, 0), found
        assert found["calls"] > 5
        assert found["nobody_waiting"] > 5


def test_under_fire_the_parser_finds_every_whole_frame_and_never_falls(study: dict[str, Any]) -> None:
    if study["name"] == "ff68":
        assert study["bytes"] > 400_000
        assert (study["crashes"], study["verified"]) == (0, True)
        assert study["found"] == study["planted"] > 10_000
