"""`python -m hub revoke` on a hub's real files and database: what it does, what it refuses, what is left to be done."""

import json
import os
import pwd
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import Engine

from hub import __main__ as command
from hub.domain import asset_life as life
from hub.domain.assets import Details
from hub.storage.assets import Assets
from hub.storage.audit import Audit
from hub.storage.database import open_database
from hub.storage.devices import Device
from hub.storage.followed import registry_of
from hub.storage.issued import Certified
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry
from tests.support.day import SMALL

NOW = datetime.now(UTC)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert command.run(["init", "--data", str(tmp_path / "hub"), "--hall", str(SMALL)]) == 0
    capsys.readouterr()
    return tmp_path / "hub"


@pytest.fixture
def engine(data: Path) -> Iterator[Engine]:
    engine = open_database(data / "hub.db")
    yield engine
    engine.dispose()


@pytest.fixture
def device(engine: Engine) -> Device:
    """At caller-1, with a certificate that would be believed for a year, and in the inventory as S1."""
    registry, details = registry_of(engine), Details(kind="caller")
    Assets(engine).do("small", "S1", life.Register(at=NOW, by="tech", hall="small", details=details))
    token = registry.create_claim(
        hall="small", position="caller-1", expires_at=NOW + timedelta(days=1), now=NOW, by="tech"
    )
    certified = Certified("7f", "PEM", NOW + timedelta(days=365), "00")
    return registry.redeem(
        token, "ab" * 32, device_class="caller", now=NOW, certify=lambda id: certified, hardware_serial="S1"
    )


@pytest.fixture
def revoke(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """revoke(what, …): exit code, and what was said."""

    def run(what: str, *, hall: str = "small", why: str = "stolen", at: Path = data) -> tuple[int, str]:
        code = command.run(["revoke", hall, what, "--why", why, "--data", str(at)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def listed(data: Path) -> list[int]:
    return [one.serial_number for one in x509.load_pem_x509_crl((data / "broker" / "crl.pem").read_bytes())]


@pytest.mark.parametrize("by", ["position", "name"])
def test_database_rules_list_and_the_order_to_restart_all_know_it(
    data: Path, engine: Engine, device: Device, revoke: Run, by: str
) -> None:
    code, said = revoke("caller-1" if by == "position" else device.id, why=" stolen 被盗 ")
    assert (code, said.splitlines()[0]) == (0, f"revoked {device.id} at caller-1")
    assert Registry(engine).device_at("small", "caller-1") is None
    assert f"user {device.id}\ntopic deny #\n" in (data / "broker" / "acl").read_text()
    assert listed(data) == [0x7F]
    assert json.loads((data / "broker" / "restart").read_text())["revoked"] == ["7f"]
    assert Assets(engine).asset("small", "S1").state == "faulty", "the inventory follows"
    note = Audit(engine).of("small", "caller-1")[0]
    user = pwd.getpwuid(os.getuid()).pw_name
    assert (note.who, note.what, note.detail) == (f"command line ({user})", "revoked", "stolen 被盗")


def test_a_broker_that_could_not_be_told_is_told_when_it_is_said_again(
    data: Path, engine: Engine, device: Device, revoke: Run
) -> None:
    rules = data / "broker" / "acl"
    kept = rules.read_bytes()
    rules.unlink()
    code, said = revoke(device.id)
    assert (code, "The broker could not be told" in said) == (1, True), said
    assert [one.code for one in RefusalCounts(engine).all()] == ["crl-not-written"]
    assert (Registry(engine).device_at("small", "caller-1"), listed(data)) == (None, [])
    rules.write_bytes(kept)
    code, said = revoke(device.id)
    assert (code, f"{device.id} was revoked before" in said) == (0, True), said
    assert listed(data) == [0x7F]
    assert [one.what for one in Audit(engine).of("small")].count("revoked") == 1


def test_what_is_refused_says_why_and_changes_nothing(data: Path, engine: Engine, device: Device, revoke: Run) -> None:
    before = {path: path.read_bytes() for path in (data / "broker").iterdir()}
    for (code, said), why in (
        (revoke("caller-2"), "no device is called 'caller-2', and none is in service at a position 'caller-2'"),
        (revoke("caller-1", hall="smal"), "no device has ever come in at a hall of the id 'smal'"),
        (revoke(device.id, hall="other"), f"{device.id} is a device of the hall small, not of other"),
        (revoke("caller-1", why="  "), "--why is 1 to 200 characters on one line"),
        (revoke("caller-1", why="w" * 201), "--why is 1 to 200 characters on one line"),
        (revoke("caller-1", why="two\nlines"), "--why is 1 to 200 characters on one line"),
        (revoke("caller-1", at=data / "nowhere"), "is no hub's data directory: No such file or directory"),
        (revoke("caller-1", at=data.parent), "ca"),
    ):
        assert (code, why in said) == (2, True), said
    assert Registry(engine).device_at("small", "caller-1") == device
    assert {path: path.read_bytes() for path in (data / "broker").iterdir()} == before


def test_a_hub_with_another_database_is_not_given_an_empty_one(data: Path, revoke: Run) -> None:
    (data / "hub.db").unlink()
    code, said = revoke("caller-1")
    assert (code, "where the hub has PostgreSQL, give --database URL" in said) == (2, True), said
    assert not (data / "hub.db").exists()


def test_another_user_is_refused_whose_files_the_hub_could_not_read(
    device: Device, revoke: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    code, said = revoke("caller-1")
    assert (code, f"runuser -u {pwd.getpwuid(os.getuid()).pw_name} -- …" in said) == (2, True), said
