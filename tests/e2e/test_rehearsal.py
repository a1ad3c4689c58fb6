"""The rehearsal as a command: a small hall whose hub is killed, beside another one that is interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from halls.format import parse
from hub.domain import commands as c
from hub.domain.queue import decide
from hub.domain.state import new_day
from hub.metrics.business import Folded, fold
from hub.metrics.influx import Influx
from hub.metrics.schema import MEASUREMENTS
from hub.storage.event_log import Recorded
from tests.support import grafana
from tests.support.day import SMALL, at_noon
from tests.support.influx import Asked, engine_of_its_own, serve_arguments
from tests.support.live import until
from tests.support.process import ROOT, Mark

# A faster life than the usual one, so that half a minute has its tickets served and rated.
HALL = ["--hall", str(SMALL), "--headless", "--speed", "150", "--arrivals", "36"]
KEYS = {
    "devices_expected", "devices_online", "tickets_taken", "printed", "called", "served", "rated", "no_show", "lost",
    "doubled", "press_to_display_ms", "hub_rss_mb_peak",
}  # fmt: skip
_RADIO = """
[[position]]
id = "repeater-2"
kind = "repeater"
area = "lobby"
"""
_HANDHELD = """
[[position]]
id = "{kind}-1b"
kind = "{kind}"
area = "lobby"
counter = "1"
wireless = {{ address = {address}, repeaters = ["repeater-1", "repeater-2"] }}
"""
THERMOMETER = Path("/sys/class/thermal/thermal_zone0/temp")
PROVOKED = ("clock", "certificate", "long-wait", "over-time", "paper-low")  # nobody is kept from anything by these
OPEN = "Ctrl-C stops everything"


class Demo:
    """The command as a child in a session of its own, with a temporary folder of its own."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        directory.mkdir()
        self.mark, self.temporary = Mark(), directory / "tmp"
        self.temporary.mkdir()
        self._out, self._err = directory / "out", directory / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "provisioning.rehearsal", *arguments],
                cwd=ROOT,
                env=self.mark.environment | {"TMPDIR": str(self.temporary)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def complained(self) -> str:
        return self._err.read_text("utf-8")

    @property
    def pages(self) -> str:
        """Where they are."""
        found = re.search(r"monitor +(http://\S+?)/monitor/", self.said)
        assert found is not None, self.said
        return found[1]

    @property
    def figures(self) -> dict[str, Any]:
        """The report on standard output, after the addresses."""
        figures: dict[str, Any] = json.loads(self.said[self.said.index("\n{\n") :])
        return figures

    def until_says(self, words: str) -> None:
        said = until(lambda: words in self.said + self.complained or self.process.poll() is not None, words, 90)
        assert said, self.complained
        assert self.process.poll() is None, self.complained

    def interrupt(self) -> None:
        """Ctrl-C, as a terminal sends it: to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def close(self) -> None:
        """For tests that failed; what started in sessions of its own is ended one by one."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pid in self.mark.carriers():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Both demos write their metrics there."""
    with engine_of_its_own(tmp_path_factory.mktemp("influxd")) as asked:
        yield asked


@pytest.fixture(scope="module")
def neighbour(influx: Asked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo without an end, at work while the other one runs. So few come that nobody waits long at its machine."""
    directory = tmp_path_factory.mktemp("neighbour")
    few = ("--seed", "5", "--arrivals", "8", "--absent", "0.3", *serve_arguments(influx, directory))
    hall = directory / "small.toml"
    hall.write_text(at_noon(SMALL.read_text("utf-8")), "utf-8")
    demo = Demo(directory / "demo", *HALL, "--hall", str(hall), *few, "--report", str(directory / "report.json"))
    try:
        demo.until_says(OPEN)
        yield demo
    finally:
        demo.close()


@pytest.fixture(scope="module")
def radio_hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small hall with two wireless handhelds more, of which the one repeater in reach is there before the other."""
    text = at_noon(SMALL.read_text("utf-8")).replace('id = "small"', 'id = "radio"', 1)
    devices, priority = text.index("[[position]]"), text.index("[[priority]]")
    handhelds = [_HANDHELD.format(kind=kind, address=n) for n, kind in enumerate(("caller", "evaluator"), 1)]
    last = [*handhelds, _RADIO.replace("repeater-2", "repeater-1"), "\n"]
    file = tmp_path_factory.mktemp("radio") / "radio.toml"
    file.write_text("".join([text[:devices], _RADIO, "\n", text[devices:priority], *last, text[priority:]]), "utf-8")
    return file


@pytest.fixture(scope="module")
def bounded(
    neighbour: Demo, influx: Asked, radio_hall: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Demo, dict[str, Any]]]:
    """A whole run of 25 s whose hub is killed after 8, and its report."""
    directory = tmp_path_factory.mktemp("bounded")
    report = directory / "report.json"
    arguments = ["--seed", "3", "--for", "25", "--kill-hub-at", "8", "--report", str(report)]
    arguments += ["--hall", str(radio_hall), *serve_arguments(influx, directory)]
    arguments += [word for kind in PROVOKED for word in ("--provoke", kind)]
    demo = Demo(directory / "demo", *HALL, *arguments)
    try:
        demo.until_says(OPEN)
        with httpx.Client(base_url=demo.pages, timeout=30) as visitor:
            assert visitor.get("/board/radio/lobby").status_code == 200
        demo.process.wait(120)
        assert report.exists(), demo.complained
        yield demo, json.loads(report.read_text("utf-8"))
    finally:
        demo.close()


def test_it_ends_well_and_says_so(bounded: tuple[Demo, dict[str, Any]]) -> None:
    demo, report = bounded
    assert demo.process.returncode == 0, demo.complained
    assert (report["lost"], report["doubled"], report["problems"]) == (0, 0, [])
    assert "Traceback" not in demo.complained


def test_alerts_that_are_provoked_come(bounded: tuple[Demo, dict[str, Any]]) -> None:
    _, report = bounded
    assert set(report["alerts"]) == set(PROVOKED)
    assert None not in report["alerts"].values()


def test_the_report_has_every_figure(bounded: tuple[Demo, dict[str, Any]]) -> None:
    """In the file and on the terminal alike."""
    demo, report = bounded
    assert set(report) >= KEYS
    assert set(report["press_to_display_ms"]) >= {"p50", "p99"}
    assert demo.figures == report


def test_every_device_was_online_at_the_end(bounded: tuple[Demo, dict[str, Any]]) -> None:
    _, report = bounded
    assert report["devices_expected"] == 12
    assert (report["devices_online"], report["devices_offline"]) == (12, [])


def test_the_hall_was_at_work(bounded: tuple[Demo, dict[str, Any]]) -> None:
    """Tickets were taken, printed, called, served and rated, and the figures agree with one another."""
    _, report = bounded
    assert report["tickets_taken"] >= report["called"] >= report["served"] >= 1
    assert report["tickets_taken"] >= report["printed"] >= 1
    assert report["slips"] >= report["printed"]
    assert report["rated"] >= report["ratings_pressed"] >= 1
    assert report["served"] >= report["rated"]
    assert 0 < report["press_to_display_ms"]["p50"] <= report["press_to_display_ms"]["p99"]


def test_the_hub_was_killed_once_and_came_back(bounded: tuple[Demo, dict[str, Any]]) -> None:
    """The event stream broke with it, and was taken up again without a repeat."""
    _, report = bounded
    assert report["hub_kills"] == 1
    assert report["hub_away_s"] > 0
    assert report["stream_breaks"] >= 1
    assert report["stream_repeats"] == 0
    assert report["hub_rss_mb_peak"] > 10


def test_influxdb_has_the_same_figures(bounded: tuple[Demo, dict[str, Any]], influx: Asked) -> None:
    """Each once, although the hub was killed in between."""
    _, report = bounded

    def count(measurement: str, what: str = '"number"') -> int:
        rows = influx.rows(f'SELECT count({what}) FROM "{measurement}" WHERE "hall" = \'radio\'')
        return rows[0]["count"] if rows else 0

    assert count("ticket_taken", 'distinct("number")') == report["tickets_taken"]
    assert count("ticket_called", 'distinct("number")') == report["called"]
    assert count("ticket_rated", 'distinct("number")') == report["rated"]
    assert count("ticket_missed") == report["no_show"]
    assert count("ticket_transferred") == report["transferred"]
    assert count("ticket_served", 'distinct("number")') >= report["served"], "more than one thing may be done for one"
    (own,) = influx.rows('SELECT max("streams") AS "streams", max("mqtt") AS "mqtt" FROM "hub"')
    assert own["streams"] >= 1, "the ledger reads along"
    assert own["mqtt"] == 1


def test_nothing_is_left_of_it(bounded: tuple[Demo, dict[str, Any]]) -> None:
    """No broker, no hub, no player, no files."""
    demo, _ = bounded
    assert demo.mark.carriers() == {}
    assert list(demo.temporary.iterdir()) == []


def test_two_demos_do_not_get_in_each_others_way(neighbour: Demo, bounded: tuple[Demo, dict[str, Any]]) -> None:
    """The second one took another port, and the first one is still at work."""
    demo, _ = bounded
    assert demo.pages != neighbour.pages
    assert neighbour.process.poll() is None
    with httpx.Client(base_url=neighbour.pages, timeout=30) as visitor:
        assert visitor.get("/api/v1/halls/small/queue").status_code == 200


def test_a_port_that_is_taken_is_refused_by_its_number(neighbour: Demo, tmp_path: Path) -> None:
    port = neighbour.pages.rpartition(":")[2]
    code, words = refusal(tmp_path, *HALL, "--http", port)
    assert (code, f"--http {port}" in words, "taken" in words) == (2, True, True), words


def test_ctrl_c_stops_every_child_and_still_reports(neighbour: Demo, bounded: tuple[Demo, dict[str, Any]]) -> None:
    """In the middle of the work: with the figures up to then, on the terminal and in the file."""
    ended = re.compile(r"no-show [1-9].* early [1-9]\d* late [1-9]\d* never [1-9]\d* cancels [1-9]")
    until(lambda: ended.search(neighbour.complained), "one of each has ended as they had to", 120)
    here = neighbour.mark.carriers()
    assert {"mosquitto", "hub", "mpv"} <= {word for line in here.values() for word in re.split(r"[\s/]+", line)}
    neighbour.interrupt()
    assert neighbour.process.wait(90) == 0, neighbour.complained
    assert neighbour.mark.carriers() == {}
    assert list(neighbour.temporary.iterdir()) == []
    assert set(neighbour.figures) >= KEYS
    assert neighbour.figures["tickets_taken"] >= 1
    ended = neighbour.figures["appointments_ended_well"]
    assert {coming: count for coming, count in ended.items() if not count} == {}, "one of each at the least"
    assert (neighbour.figures["lost"], neighbour.figures["problems"]) == (0, [])
    assert json.loads((neighbour.temporary.parents[1] / "report.json").read_text("utf-8")) == neighbour.figures
    assert "Traceback" not in neighbour.complained


@pytest.fixture(scope="module")
def path_chosen(influx: Asked, radio_hall: Path) -> None:
    """Whether one is in the rehearsal depends on which repeater is there first: one more, as the log would have it."""
    hall, at = parse(radio_hall.read_text("utf-8"), str(radio_hall)), datetime.now(UTC)
    day = new_day(hall, at.date().isoformat())
    path = {"position": "caller-1b", "repeater": "repeater-2", "instead_of": "repeater-1", "reason": "gone"}
    (event,) = decide(day, c.ChoosePath(id="path", at=at, by="hub", **path))
    _, points = fold(Folded(day), Recorded(1, hall.hall.id, day.day, 1, event))
    writer = Influx(influx.target)
    assert writer.write(points) == 0
    writer.close()


def test_every_panel_of_every_dashboard_has_rows(
    neighbour: Demo, bounded: tuple[Demo, dict[str, Any]], path_chosen: None, influx: Asked
) -> None:
    """Of both halls: only one has handhelds, and in the other one appointments had time to end in each way."""
    for file in grafana.FILES:
        for panel in grafana.panels(file):
            query = grafana.sent(panel["targets"][0]["query"], "(small|radio)")
            rows = influx.rows(query)  # that it is answered holds without a thermometer, too
            figures = [value for row in rows for name, value in row.items() if name != "time"]
            found = any(isinstance(value, int | float) for value in figures)
            assert found or ("cpu_c" in query and not THERMOMETER.exists()), (file.name, panel["title"], query)
        name, query = grafana.variable(file)
        assert {"hall": "radio", "process": "hub-1"}[name] in [row["value"] for row in influx.rows(query)]


def test_there_are_no_more_series_than_the_schema_says(
    bounded: tuple[Demo, dict[str, Any]], path_chosen: None, influx: Asked, radio_hall: Path
) -> None:
    """In the rehearsal's hall, which has nearly all of them."""
    hall = parse(radio_hall.read_text("utf-8"), str(radio_hall))
    for one in MEASUREMENTS:
        where = "WHERE \"hall\" = 'radio'" if "hall" in one.tags else ""
        rows = influx.rows(f'SELECT count("{one.fields[0].name}") FROM "{one.name}" {where} GROUP BY *')
        assert len(rows) <= one.series(hall), one.name
        assert rows or one.name in ("ticket_missed", "ticket_transferred", "ticket_cancelled"), one.name


def test_ctrl_c_before_the_hall_is_open_leaves_nothing_either(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "demo", *HALL)
    try:
        demo.until_says("starting the broker and the hub")
        demo.interrupt()
        assert demo.process.wait(90) == 130, demo.complained
        assert demo.mark.carriers() == {}
        assert list(demo.temporary.iterdir()) == []
        assert "stopped before the hall was open" in demo.complained
        assert "Traceback" not in demo.complained
    finally:
        demo.close()


def refusal(directory: Path, *arguments: str) -> tuple[int, str]:
    """Of a demo that is expected to give up at once."""
    demo = Demo(directory / "demo", *arguments)
    try:
        code = demo.process.wait(60)
    finally:
        demo.close()
    assert "Traceback" not in demo.complained
    assert OPEN not in demo.said
    return code, demo.complained


def test_a_broken_hall_file_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    """By file, line, item and key."""
    broken = tmp_path / "broken.toml"
    broken.write_text(SMALL.read_text("utf-8").replace('services = ["A", "C", "B"]', 'services = ["A", "Z"]'), "utf-8")
    code, words = refusal(tmp_path, "--hall", str(broken), "--headless")
    assert code == 2
    assert re.search(rf'{broken}:\d+: counter "1": services: "Z" is no service', words), words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hall", "/nowhere/hall.toml"], "/nowhere/hall.toml"),
        ([*HALL, "--for", "0"], "--for"),
        ([*HALL, "--arrivals", "none"], "--arrivals"),
        ([*HALL, "--for", "5", "--kill-hub-at", "9"], "--kill-hub-at 9"),
        ([*HALL, "--report", "/nowhere/report.json"], "/nowhere/report.json"),
        ([*HALL, "--http", "70000"], "--http 70000"),
        ([*HALL, "--keep", str(ROOT / "halls")], "--keep"),
    ],
    ids=["no-hall-file", "for", "arrivals", "kill-after-the-end", "report", "port", "keep"],
)
def test_a_wish_that_cannot_be_is_refused_at_once(tmp_path: Path, arguments: list[str], words: str) -> None:
    code, said = refusal(tmp_path, *arguments)
    assert (code, words in said) == (2, True), said
