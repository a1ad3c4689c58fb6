"""What the broker is told of revoked devices, and when it must start anew: only when somebody new is among them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from hub.enrolment.authority import Authority
from hub.enrolment.broker import ACL, CRL, RESTART, acl, deny, told, write_knowledge
from hub.enrolment.revocations import Revocations
from hub.storage.registry import Registry
from tests.hub.enrolment.asking import basic, wire


@pytest.fixture
def directory(authority: Authority, tmp_path: Path) -> Path:
    write_knowledge(tmp_path / "broker", authority, ["127.0.0.1"], ["hub-1"])
    return tmp_path / "broker"


@pytest.fixture
def counted() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def revocations(registry: Registry, authority: Authority, directory: Path, clock: Any, counted: Any) -> Revocations:
    return Revocations(registry, authority, directory, clock, lambda *what: counted.append(what))


@pytest.fixture
def revoked(ask: Any, csr: Any, token: Callable[..., str], registry: Registry, clock: Any) -> Callable[[str], Any]:
    def make(position: str) -> Any:
        assert ask("simpleenroll", wire(csr()), basic("claim", token(position=position))).status == 200
        device = registry.device_at("small", position)
        assert device is not None
        registry.revoke(device.id, at=clock(), by="tech", why="stolen")
        return device

    return make


def listed(directory: Path) -> set[str]:
    return {f"{one.serial_number:x}" for one in x509.load_pem_x509_crl((directory / CRL).read_bytes())}


def test_a_batch_is_in_rules_and_list_and_costs_one_restart(
    revocations: Revocations, directory: Path, revoked: Any
) -> None:
    before = (directory / RESTART).read_bytes()
    devices = [revoked("caller-01"), revoked("caller-02")]
    assert (directory / RESTART).read_bytes() == before, "nothing is written one by one"
    assert revocations.publish()
    after = (directory / RESTART).read_bytes()
    assert after != before
    assert listed(directory) == {one.serial for one in devices}
    rules = (directory / ACL).read_text()
    assert all(f"user {one.id}\ntopic deny #\n" in rules for one in devices)
    assert "user hub-1\ntopic readwrite" in rules
    assert revocations.publish()
    assert (directory / RESTART).read_bytes() == after


def test_the_list_is_written_anew_every_day_without_a_restart(
    revocations: Revocations, directory: Path, clock: Any
) -> None:
    revocations.publish()
    first, order = (directory / CRL).read_bytes(), (directory / RESTART).read_bytes()
    revocations.publish()
    assert (directory / CRL).read_bytes() == first
    clock.pass_(timedelta(days=1))
    revocations.publish()
    again = x509.load_pem_x509_crl((directory / CRL).read_bytes())
    assert again.next_update_utc is not None
    assert again.next_update_utc - clock() > timedelta(days=3000)
    assert (directory / CRL).read_bytes() != first
    assert (directory / RESTART).read_bytes() == order


def test_a_list_that_cannot_be_written_is_told_and_counted_once_an_hour(
    revocations: Revocations, directory: Path, clock: Any, counted: Any
) -> None:
    kept = (directory / ACL).read_bytes()
    (directory / ACL).unlink()
    assert not revocations.publish()
    assert not revocations.publish()
    assert counted == [("hub", "crl-not-written")]
    clock.pass_(timedelta(hours=1))
    assert not revocations.publish()
    assert len(counted) == 2
    (directory / ACL).write_bytes(kept)
    assert revocations.publish()


def test_what_a_process_missed_it_writes_at_its_start(
    registry: Registry, authority: Authority, directory: Path, clock: Any, revoked: Any
) -> None:
    device = revoked("caller-01")
    late = Revocations(registry, authority, directory, clock, lambda *what: None)
    assert late.publish()
    assert listed(directory) == {device.serial}


def test_several_processes_may_bring_it_to_the_same_directory_at_once(
    registry: Registry, authority: Authority, directory: Path, clock: Any, counted: Any, revoked: Any
) -> None:
    """A hub that runs, another one, and somebody at the command line."""
    devices = [revoked("caller-01"), revoked("caller-02")]

    def publish(_: int) -> list[bool]:
        """As ten processes would, one after another."""
        fresh = (
            Revocations(registry, authority, directory, clock, lambda *what: counted.append(what)) for _ in "0123456789"
        )
        return [one.publish() for one in fresh]

    with ThreadPoolExecutor(6) as processes:
        assert all(all(done) for done in processes.map(publish, range(6)))
    assert counted == []
    assert listed(directory) == {one.serial for one in devices}
    assert set(told(directory)) == {one.serial for one in devices}


def test_rules_shut_out_whom_they_name_now_and_nobody_from_before() -> None:
    rules = acl(["hub-1"])
    once = deny(rules, ["caller-1"])
    assert deny(once, ["caller-2"]) == deny(rules, ["caller-2"])
    assert deny(once, []) == rules
