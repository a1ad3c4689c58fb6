"""The inventory in the database: rows with a history, and one transaction with the registry."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from hub.domain import asset_life as life
from hub.domain.assets import Details, evolve_all
from hub.storage.applicants import Applicant
from hub.storage.assets import Assets, Planned, UnknownAssetError, follow
from hub.storage.database import open_database
from hub.storage.devices import Device
from hub.storage.issued import Certified
from hub.storage.registry import Registry

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
KEYS = [f"{number}" * 64 for number in range(1, 9)]


def certify(id: str) -> Certified:
    return Certified(id, "PEM", NOW + timedelta(days=365), "00")


ON_BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """On SQLite, but for tests that are `ON_BOTH`."""
    on_postgresql = getattr(request, "param", "") == "postgresql"
    engine = open_database(str(request.getfixturevalue("fresh")()) if on_postgresql else tmp_path / "hub.db")
    yield engine
    engine.dispose()


@pytest.fixture
def assets(engine: Engine) -> Assets:
    return Assets(engine)


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(engine, [follow])


def register(assets: Assets, serial: str, kind: str = "caller", planned: str = "", hall: str = "small") -> None:
    details = Details(kind=kind, planned=planned)
    assets.do(hall, serial, life.Register(at=NOW, by="tech", hall=hall, details=details))


def admit(registry: Registry, key: str, position: str | None, serial: str | None, **claim: str) -> Device:
    token = registry.create_claim(
        hall="small",
        position=position,
        device_class="caller",
        expires_at=NOW + timedelta(days=1),
        now=NOW,
        by="tech",
        **claim,
    )
    return registry.redeem(token, key, device_class="caller", now=NOW, certify=certify, hardware_serial=serial)


def wait(registry: Registry, key: str, serial: str = "NEW-1") -> Applicant:
    found = registry.knock(key, address="a", now=NOW, certify=certify, device_class="caller", hardware_serial=serial)
    assert isinstance(found, Applicant)
    return found


@ON_BOTH
def test_the_row_is_what_its_history_says(assets, registry):
    register(assets, "S1")
    device = admit(registry, KEYS[0], "caller-1", "s1")
    assets.online("small", [("caller-1", device.id)], NOW)
    registry.revoke(device.id, at=NOW, by="tech", why="dark")
    kept = assets.asset("small", "S1")
    assert [one.state for one in (kept, evolve_all("S1", assets.history("S1")))] == ["faulty", "faulty"]
    assert evolve_all("S1", assets.history("S1")) == kept
    assert [type(one).__name__ for one in assets.history("S1")] == [
        "Registered",
        "Installed",
        "Commissioned",
        "TakenOut",
    ]


def test_a_device_of_unknown_hardware_makes_no_asset(assets, registry):
    admit(registry, KEYS[0], "caller-1", "UNKNOWN")
    admit(registry, KEYS[1], "caller-2", None)
    assert assets.all("small") == []


def test_the_books_follow_a_move_and_a_removal_and_a_renewal_leaves_them(assets, registry):
    register(assets, "S1")
    device = admit(registry, KEYS[0], "caller-1", "S1")
    registry.move(device.id, hall="small", position="caller-2", at=NOW, by="tech", why="nearer")
    assert assets.asset("small", "S1").position == "caller-2"
    version = assets.asset("small", "S1").version
    registry.renew(device.id, device.serial, KEYS[1], now=NOW, certify=lambda id: Certified("n", "P", NOW, "00"))
    assert assets.asset("small", "S1").version == version
    registry.move(device.id, hall="small", position=None, at=NOW, by="tech")
    kept = assets.asset("small", "S1")
    assert (kept.position, kept.device, kept.state) == ("", "", "in-stock")


def test_when_the_books_cannot_follow_nothing_has_happened(engine, assets):
    def torn(connection, change):
        follow(connection, change)
        raise RuntimeError("the disk is full")

    register(assets, "S1")
    registry = Registry(engine, [torn])
    with pytest.raises(RuntimeError, match="disk"):
        admit(registry, KEYS[0], "caller-1", "S1")
    assert (assets.asset("small", "S1").state, registry.devices("small")) == ("in-stock", [])


@ON_BOTH
def test_a_replacement_is_one_step(assets, registry, engine):
    """Old certificate revoked, old asset faulty, new board let in at the same place: or nothing of it."""
    register(assets, "OLD-1")
    register(assets, "NEW-1")
    old, code = admit(registry, KEYS[0], "caller-1", "OLD-1"), wait(registry, KEYS[1]).code
    with pytest.raises(Exception, match="needs a led_window"):
        registry.replace("small", "caller-1", at=NOW, by="tech", why="dark", code=code, device_class="led_window")
    assert registry.device_at("small", "caller-1") == old
    assert assets.asset("small", "OLD-1").position == "caller-1"
    registry.replace("small", "caller-1", at=NOW, by="tech", why="dark", code=code, device_class="caller")
    fresh = registry.knock(KEYS[1], address="a", now=NOW, certify=certify)
    assert isinstance(fresh, Device)
    assert registry.device_at("small", "caller-1") == fresh
    assert registry.revoked_serials(NOW) == [old.serial]
    assert [(one.serial, one.state, one.position) for one in assets.all("small")] == [
        ("NEW-1", "installed", "caller-1"),
        ("OLD-1", "faulty", ""),
    ]
    assert assets.history("OLD-1")[-1].why == "dark"


def test_a_token_may_be_bound_to_a_replacement(assets, registry):
    register(assets, "OLD-1")
    old = admit(registry, KEYS[0], "caller-1", "OLD-1")
    fresh = admit(registry, KEYS[1], "caller-1", None, replaces=old.id)
    assert registry.device_at("small", "caller-1") == fresh
    assert assets.asset("small", "OLD-1").state == "faulty"


def test_the_plan_holds_only_while_the_place_is_free(assets, registry):
    register(assets, "S1", planned="caller-1")
    place = Planned("small", "caller-1", "caller")
    assert [assets.planned(hall, "s1") for hall in ("small", None, "other")] == [place, place, None]
    assert [assets.planned("small", serial) for serial in ("S2", "", "a b c")] == [None, None, None]
    admit(registry, KEYS[0], "caller-1", "X")
    assert assets.planned("small", "S1") is None


def test_who_comes_where_the_books_had_another_takes_its_place(assets, registry):
    """A handheld's position that became a device's, say: facts win, and the other is back in stock."""
    register(assets, "S1")
    register(assets, "S2")
    assets.do("small", "S1", life.Install(at=NOW, by="tech", hall="small", position="caller-1"))
    with pytest.raises(life.AssetRefusedError, match="S1 is at caller-1"):
        assets.do("small", "S2", life.Install(at=NOW, by="tech", hall="small", position="caller-1"))
    admit(registry, KEYS[0], "caller-1", "S2")
    assert [(one.serial, one.position) for one in assets.all("small")] == [("S1", ""), ("S2", "caller-1")]


def test_being_online_commissions_once_and_is_remembered_by_the_hour(assets, registry):
    register(assets, "S1")
    device = admit(registry, KEYS[0], "caller-1", "S1")
    assert assets.online("small", [("caller-1", "another"), ("caller-9", device.id)], NOW) == 0
    times = [NOW, NOW + timedelta(minutes=5), NOW + timedelta(hours=2)]
    assert [assets.online("small", [("caller-1", device.id)], at) for at in times] == [1, 0, 0]
    assert assets.seen("small") == {"S1": times[2]}
    assert assets.asset("small", "S1").version == 3


@ON_BOTH
def test_all_of_an_import_or_nothing(assets):
    new = life.Register(at=NOW, by="tech", hall="small", details=Details(kind="caller"))
    with pytest.raises(life.AssetRefusedError):
        assets.do_all("small", [("S1", new), ("S2", new), ("S1", new)])
    assert assets.all("small") == []
    with pytest.raises(UnknownAssetError):
        assets.do("small", "S1", life.Amend(at=NOW, by="tech", details=Details(kind="caller")))


def test_another_halls_asset_is_not_ours(assets):
    register(assets, "S1", hall="other")
    with pytest.raises(UnknownAssetError):
        assets.asset("small", "S1")
