"""`serve --webhook-network`, `--webhook-loopback`: what a hub's process tells of what another one booked."""

import asyncio
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hub.__main__ import parser, run
from hub.domain import appointment_commands as ac
from provisioning.broker.process import free_port
from tests.hub.webhooks.receiver import Platform
from tests.support.day import SMALL
from tests.support.hub import open_desk
from tests.support.hub import run as bounded
from tests.support.process import ROOT

HUB = [sys.executable, "-m", "hub"]


@pytest.mark.parametrize("network", ["10.20.0.1/16", "intranet", "10.0.0.0/99"])
def test_what_is_no_network_is_refused_by_its_name(network, tmp_path, capsys):
    given = ["serve", "--data", str(tmp_path), "--hall", str(SMALL), "--webhook-network", network]
    assert parser().parse_args(given).webhook_loopback is False
    assert run(given) == 2
    assert "--webhook-network: " in (said := capsys.readouterr().err)
    assert network in said


def test_a_hub_at_work_tells_what_another_process_booked(tmp_path):
    data = tmp_path / "data"
    made = subprocess.run([*HUB, "init", "--data", str(data), "--hall", str(SMALL)],
                          cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    password = re.findall(r"^password (\S+)", made.stdout, re.MULTILINE)[0]
    pages = f"http://127.0.0.1:{free_port()}"
    serve = [*HUB, "serve", "--data", str(data), "--hall", str(SMALL), "--http", pages.removeprefix("http://")]
    serve += ["--est", f"127.0.0.1:{free_port()}", "--broker", f"127.0.0.1:{free_port()}", "--webhook-loopback"]

    async def story():
        with (tmp_path / "log").open("wb") as said:
            hub = subprocess.Popen(serve, cwd=ROOT, stderr=said)
        try:
            async with (
                Platform() as platform,
                httpx.AsyncClient(base_url=pages, headers={"Origin": pages}, timeout=30) as administrator,
            ):
                await until_there(administrator)
                log_in = {"name": "admin", "password": password}
                assert (await administrator.post("/api/v1/session", json=log_in)).status_code == 200
                client = {"id": "city", "name": "city", "halls": ["small"]}
                assert (await administrator.post("/api/v1/clients", json=client)).status_code == 201
                hook = {"client": "city", "url": platform.url}
                answer = await administrator.post("/api/v1/halls/small/webhooks", json=hook)
                platform.secret = answer.json()["secret"]
                await booked(data)
                while not platform.heard:
                    await asyncio.sleep(0.05)
                assert platform.refused == 0
                assert platform.of("ABCDEFGHJK") == ["booked"]
            hub.terminate()
            assert await asyncio.to_thread(hub.wait, 30) == 0
        finally:
            hub.kill()
            hub.wait()

    bounded(story())
    assert "Traceback" not in (tmp_path / "log").read_text()


async def booked(data) -> None:
    now = datetime.now(UTC)
    day = f"{now + timedelta(days=3):%Y-%m-%d}"
    async with open_desk(data) as desk:
        told = {"service": "A", "slot": "10:00", "minutes": 30, "capacity": 4, "person": "p", "via": "platform"}
        wish = ac.Book(id="wish", at=now, by="city", source="http", day=day, code="ABCDEFGHJK", client="city", **told)
        assert (await desk.handle("small", wish)).refused is None


async def until_there(client: httpx.AsyncClient) -> None:
    while True:
        try:
            if (await client.get("/login")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
