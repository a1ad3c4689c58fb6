"""Whoever is online at its position is in service from then on: devices, and handhelds through their repeater."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from halls.format import parse
from hub.domain import asset_life as life
from hub.domain.assets import Details
from hub.mqtt.commissioning import Commissioning
from hub.roster import Bound, Roster
from hub.storage.assets import Assets
from hub.storage.database import open_database
from tests.support.day import SMALL
from wire.messages import Health, Presence

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
MORE = """
[[position]]
id = "repeater-1"
kind = "repeater"
area = "lobby"

[[position]]
id = "roving-1"
kind = "caller"
area = "lobby"
counter = "1"
wireless = { address = 7, repeaters = ["repeater-1"] }
"""


def test_what_is_online_is_in_service(tmp_path: Path) -> None:
    text = SMALL.read_text("utf-8")
    hall = parse(text.replace("[[priority]]", MORE + "\n[[priority]]", 1))
    engine = open_database(tmp_path / "hub.db")
    assets, roster = Assets(engine), Roster([hall], lambda: [Bound("repeater-00aa", "small", "repeater-1")])
    roster.seat_all(roster.bound())
    for serial, kind, position, device in (
        ("R1", "repeater", "repeater-1", "repeater-00aa"),
        ("H1", "caller", "roving-1", ""),
        ("C1", "caller", "caller-1", "caller-00bb"),
    ):
        assets.do("small", serial, life.Register(at=NOW, by="t", hall="small", details=Details(kind=kind)))
        assets.do("small", serial, life.Install(at=NOW, by="t", hall="small", position=position, device=device))
    keeper = Commissioning(roster, assets, lambda: NOW, lambda: ["small"])
    asyncio.run(keeper.load())
    assert {one.state for one in assets.all("small")} == {"installed"}

    roster.present("repeater-00aa", Presence(online=True, boot="b"), NOW)
    roster.healthy(
        "repeater-00aa", Health(id="h", at=NOW, uptime_s=1, agent="1", handhelds={"7": {"heard_s_ago": 1}}), NOW
    )
    asyncio.run(keeper.load())
    assert {one.serial: one.state for one in assets.all("small")} == {
        "C1": "installed",
        "H1": "in-service",
        "R1": "in-service",
    }
    engine.dispose()
