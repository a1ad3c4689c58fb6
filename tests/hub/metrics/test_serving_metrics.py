"""`serve --influx-url`: what it refuses; and that InfluxDB away is told and harms nobody."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hub.settings import Influx, SettingsError
from hub.storage.database import open_log
from provisioning.broker.process import free_port
from provisioning.stack.process import VictoriaMetrics
from tests.hub.metrics.conftest import append
from tests.hub.metrics.test_business_metrics import points_of
from tests.hub.metrics.test_metrics_writer import expected, exported
from tests.support.day import SMALL, Script
from tests.support.live import until
from tests.support.process import ROOT

HUB = [sys.executable, "-m", "hub"]


@pytest.mark.parametrize("url", ["127.0.0.1:8086", "ftp://hall.example", "http://name:word@hall.example", "http://a/b"])
def test_what_is_no_address_is_refused(url: str, tmp_path: Path):
    with pytest.raises(SettingsError, match="--influx-url"):
        Influx(url=url, org="hall", bucket="b", token_file=tmp_path / "token")


@pytest.mark.parametrize("said", [None, "", "two\nlines"])
def test_a_file_without_a_token_is_refused_by_its_name(said: str | None, tmp_path: Path):
    if said is not None:
        (tmp_path / "token").write_text(said)
    with pytest.raises(SettingsError, match=r"--influx-token-file .*token"):
        Influx(url="http://hall.example", org="hall", bucket="b", token_file=tmp_path / "token").token()


def test_the_four_go_together(tmp_path: Path):
    done = subprocess.run([*HUB, "serve", "--data", str(tmp_path), "--hall", str(SMALL), "--influx-org", "hall"],
                          cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, "all four or none" in done.stderr) == (2, True), done.stderr


def test_a_hub_serves_while_influxdb_is_away_says_so_and_catches_up(tmp_path: Path, day: Script):
    data, victoria = tmp_path / "data", VictoriaMetrics(tmp_path / "victoria")
    made = subprocess.run([*HUB, "init", "--data", str(data), "--hall", str(SMALL)],
                          cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    password = re.findall(r"^password (\S+)", made.stdout, re.MULTILINE)[0]
    log = open_log(data / "hub.db")
    append(log, day)
    log.close()
    (tmp_path / "token").write_text("t\n")
    pages = f"http://127.0.0.1:{free_port()}"
    serve = [*HUB, "serve", "--data", str(data), "--hall", str(SMALL), "--http", pages.removeprefix("http://")]
    serve += ["--est", f"127.0.0.1:{free_port()}", "--broker", f"127.0.0.1:{free_port()}"]
    serve += ["--influx-url", victoria.url, "--influx-org", "hall", "--influx-bucket", "b"]
    serve += ["--influx-token-file", str(tmp_path / "token")]
    with (tmp_path / "log").open("wb") as said:
        hub = subprocess.Popen(serve, cwd=ROOT, stderr=said)
    try:
        until(lambda: is_there(pages), "the hub answers")
        with httpx.Client(base_url=pages, headers={"Origin": pages}, timeout=30) as manager:
            assert manager.post("/api/v1/session", json={"name": "admin", "password": password}).status_code == 200
            rule = {"alert.influx.raise_s": 0, "alert.influx.clear_s": 0}
            manager.patch(
                "/api/v1/halls/small/settings", json=rule, headers={"Idempotency-Key": "k"}
            ).raise_for_status()
            until(lambda: is_told(manager), "the monitor says so")
            with victoria:
                until(lambda: len(exported(victoria)) >= expected(points_of(day)), "it caught up")
                until(lambda: not is_told(manager), "the monitor takes it back")
        hub.terminate()
        assert hub.wait(30) == 0, (tmp_path / "log").read_text()
    finally:
        hub.kill()
        hub.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()


def is_told(manager: httpx.Client) -> bool:
    """As an alert."""
    return "Metrics cannot be written to InfluxDB" in manager.get("/monitor/small", params={"language": "en"}).text


def is_there(pages: str) -> bool:
    try:
        return httpx.get(f"{pages}/login", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
