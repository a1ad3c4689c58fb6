"""Boards that nobody has let in: they wait under their code, and what a person decides is what happens."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.runtime.identity import EnrolmentError, enrol, stored
from hub.storage.assets import Planned
from hub.storage.registry import Registry
from tests.hub.enrolment.asking import basic, wire
from wire import pairing

Tokens = Callable[..., str]


def code_of(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    info = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return pairing.code(hashlib.sha256(info).hexdigest())


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def approve(registry: Registry, clock: Any) -> Callable[..., Any]:
    def make(code: str, position: str | None = "caller-01", device_class: str = "caller") -> Any:
        return registry.applicants.approve(
            code, hall="small", position=position, device_class=device_class, by="tech", at=clock()
        )

    return make


def test_a_board_without_a_token_shows_its_code_waits_and_comes_in_where_it_was_put(
    card: Any, registry: Registry, approve: Any, tmp_path: Path
) -> None:
    shown: list[str | None] = []

    def waiting(code: str | None) -> None:
        shown.append(code)
        if code is not None:
            (one,) = registry.applicants.waiting("small")
            assert (one.code, one.reason, one.hall) == (pairing.read(code), "no-token", None)
            approve(one.code)

    identity = enrol(card(), tmp_path / "board", waiting, sleep=lambda _: None)
    device = registry.device_at("small", "caller-01")
    assert device is not None
    assert device.id == identity.device
    assert shown[-1] is None
    assert len(shown) == 2
    assert registry.applicants.waiting("small") == []
    assert stored(tmp_path / "board") == identity


def test_the_answer_to_wait_says_how_long_and_the_same_board_waits_once(ask: Any, registry: Registry, csr: Any) -> None:
    body = wire(csr())
    answers = [ask("simpleenroll", body) for _ in range(3)]
    assert [(one.status, one.headers["retry-after"]) for one in answers] == [(202, "1")] * 3
    assert len(registry.applicants.waiting(None)) == 1


def test_a_lost_certificate_is_given_again(ask: Any, key: Any, csr: Any, approve: Any) -> None:
    body = wire(csr(key))
    assert ask("simpleenroll", body).status == 202
    approve(code_of(key))
    first, again = ask("simpleenroll", body), ask("simpleenroll", body)
    assert first.certificate == again.certificate


def test_a_board_that_was_turned_down_is_told_so_and_stops(card: Any, registry: Registry, clock: Any, tmp_path: Path):
    def waiting(code: str | None) -> None:
        if code is not None:
            registry.applicants.refuse(pairing.read(code), hall="small", by="tech", at=clock())

    with pytest.raises(EnrolmentError, match=r"403.*turned-down"):
        enrol(card(), tmp_path / "board", waiting, sleep=lambda _: None)
    assert registry.devices("small") == []


def test_a_token_of_the_hall_leads_into_the_queue_and_is_used_by_who_is_approved(
    ask: Any, registry: Registry, token: Tokens, key: Any, csr: Any, approve: Any
) -> None:
    said = token(uses=2)
    body = wire(csr(key))
    assert ask("simpleenroll", body, basic("claim", said)).status == 202
    (one,) = registry.applicants.waiting("small")
    assert (one.reason, one.hall) == ("no-position", "small")
    assert registry.claim(said).uses_left == 2
    approve(one.code)
    assert ask("simpleenroll", body, basic("claim", said)).status == 200
    assert registry.claim(said).uses_left == 1


def test_hardware_that_the_plan_knows_comes_in_at_once_but_only_with_a_token(
    ask: Any, registry: Registry, token: Tokens, plan: Any, key: Any, csr: Any
) -> None:
    plan["RPI-1"] = Planned("small", "caller-02", "caller")
    body = wire(csr(key, serial="RPI-1"))
    assert ask("simpleenroll", body).status == 202
    said = token(uses=2)
    assert ask("simpleenroll", body, basic("claim", said)).status == 200
    device = registry.device_at("small", "caller-02")
    assert device is not None
    assert registry.claim(said).uses_left == 1
    assert registry.applicants.waiting(None) == []


def test_a_device_whose_certificate_ran_out_waits_and_keeps_name_and_place(
    ask: Any, registry: Registry, token: Tokens, key: Any, csr: Any, clock: Any, approve: Any
) -> None:
    body = wire(csr(key))
    assert ask("simpleenroll", body, basic("claim", token(position="caller-01"))).status == 200
    before = registry.device_at("small", "caller-01")
    assert before is not None
    clock.pass_(timedelta(days=366))
    assert ask("simpleenroll", body).status == 202
    (one,) = registry.applicants.waiting("small")
    assert (one.reason, one.device, one.position) == ("expired", before.id, "caller-01")
    approve(one.code, position=None)
    assert ask("simpleenroll", body).status == 200
    after = registry.device_at("small", "caller-01")
    assert after is not None
    assert (after.id, after.serial == before.serial) == (before.id, False)


def test_a_revoked_board_is_not_let_into_the_queue(
    ask: Any, registry: Registry, token: Tokens, key: Any, csr: Any
) -> None:
    body = wire(csr(key))
    assert ask("simpleenroll", body, basic("claim", token(position="caller-01"))).status == 200
    registry.revoke(registry.devices("small")[0].id)
    answer = ask("simpleenroll", body)
    assert (answer.status, answer.problem["code"]) == (403, "revoked-device")


def test_a_promised_place_is_not_promised_twice(ask: Any, registry: Registry, csr: Any, approve: Any) -> None:
    for _ in range(2):
        ask("simpleenroll", wire(csr()))
    first, second = registry.applicants.waiting(None)
    approve(first.code)
    approve(first.code)  # the same again is no second one
    with pytest.raises(PermissionError, match="promised"):
        approve(second.code)


def test_the_queue_is_bounded_and_who_asks_no_more_makes_room(registry: Registry, clock: Any) -> None:
    def knock(n: int, address: str) -> Any:
        key = hashlib.sha256(b"%d" % n).hexdigest()
        bounds = {"waiting_max": 3, "of_address_max": 2}
        return registry.knock(key, address=address, now=clock(), certify=lambda cn: None, **bounds)  # type: ignore[arg-type,return-value]

    knock(1, "10.0.0.1")
    knock(2, "10.0.0.1")
    with pytest.raises(PermissionError, match=r"10\.0\.0\.1"):
        knock(3, "10.0.0.1")
    knock(4, "10.0.0.2")
    with pytest.raises(PermissionError, match="3 boards wait"):
        knock(5, "10.0.0.3")
    knock(1, "10.0.0.1")  # who waits already may go on asking
    clock.pass_(timedelta(minutes=50))
    knock(4, "10.0.0.2")
    clock.pass_(timedelta(minutes=20))
    knock(5, "10.0.0.3")
    assert {one.address for one in registry.applicants.waiting(None)} == {"10.0.0.2", "10.0.0.3"}


def test_a_board_with_a_token_that_replaces_another_takes_its_place_in_one_step(
    ask: Any, registry: Registry, token: Tokens, csr: Any, clock: Any
) -> None:
    assert ask("simpleenroll", wire(csr()), basic("claim", token(position="caller-01"))).status == 200
    old = registry.device_at("small", "caller-01")
    assert old is not None
    said = token(position="caller-01", device_class="caller", replaces=old.id)
    body = wire(csr())
    assert ask("simpleenroll", body, basic("claim", said)).status == 200
    assert ask("simpleenroll", body, basic("claim", said)).status == 200
    new = registry.device_at("small", "caller-01")
    assert new is not None
    assert new.id != old.id
    assert registry.revoked_serials(clock()) == [old.serial]
