"""Tokens, devices and positions: who gets in, how often, and that nobody gets in twice."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hub.storage import refused
from hub.storage import schema_devices as schema
from hub.storage.applicants import Applicant
from hub.storage.database import Where, open_database
from hub.storage.device_changes import DeviceChanged
from hub.storage.devices import Device, device_id
from hub.storage.issued import Certified
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry

Tokens = Callable[..., str]


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    opened = open_database(database)
    yield opened
    opened.dispose()


@pytest.fixture
def redeem(registry: Registry, clock: Any) -> Callable[..., Device]:
    """redeem(token, key): with certificates whose serial counts up."""
    serials = iter(range(1, 10_000))

    def make(token: str, key: str, device_class: str = "caller", days: float = 365) -> Device:
        def certify(cn: str) -> Certified:
            return Certified(f"{next(serials):x}", f"certificate of {cn}", clock() + timedelta(days=days))

        return registry.redeem(token, _key(key), device_class=device_class, now=clock(), certify=certify)

    return make


def test_the_token_itself_is_not_kept(engine: Engine, token: Tokens) -> None:
    said = token(position="caller-01")
    with engine.connect() as connection:
        row = connection.execute(select(schema.claim)).one()
    assert row.token_sha256 == hashlib.sha256(said.encode()).hexdigest()
    assert said not in [str(value) for value in row]


@pytest.mark.parametrize("allows", [{"uses": 0, "device_class": "caller"}, {"uses": 2, "position": "caller-01"}])
def test_a_claim_has_a_sensible_number_of_uses(token: Tokens, allows: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="uses"):
        token(**allows)


def test_a_device_is_named_after_its_class_and_key(redeem: Any, token: Tokens) -> None:
    device = redeem(token(position="machine-1"), "k", "ticket_printer")
    assert device.id == f"ticket-printer-{_key('k')[:12]}"
    assert (device.hall, device.position, device.state) == ("small", "machine-1", "in-service")


def test_a_device_is_found_by_id_by_place_and_in_its_hall(registry: Registry, redeem: Any, token: Tokens) -> None:
    device = redeem(token(position="caller-01"), "k")
    other = redeem(token(position="caller-01", hall="other"), "o")
    assert registry.device(device.id) == device
    assert registry.device_at("small", "caller-01") == device
    assert registry.devices("small") == [device]
    assert registry.devices("other") == [other]
    assert registry.device("nobody") is None


def test_a_lost_reply_burns_no_token(registry: Registry, redeem: Any, token: Tokens) -> None:
    """The same token with the same key: the same answer, as often as it is asked."""
    said = token(device_class="caller", uses=2)
    assert redeem(said, "k") == redeem(said, "k") == redeem(said, "k")
    assert registry.claim(said).uses_left == 1


def test_a_used_up_token_lets_no_other_key_in(registry: Registry, redeem: Any, token: Tokens) -> None:
    said = token(device_class="caller")
    first = redeem(said, "k")
    with pytest.raises(refused.UsedTokenError):
        redeem(said, "other")
    assert registry.devices("small") == [first]


def test_an_expired_token_lets_nobody_in_but_still_repeats_its_answer(redeem: Any, token: Tokens, clock: Any) -> None:
    said = token(device_class="caller", uses=2, hours=1)
    first = redeem(said, "k")
    clock.pass_(timedelta(hours=1))
    with pytest.raises(refused.ExpiredTokenError):
        redeem(said, "other")
    assert redeem(said, "k") == first


def test_a_taken_position_stays_with_the_device_in_service(registry: Registry, redeem: Any, token: Tokens) -> None:
    first, second = redeem(token(position="caller-01"), "k"), token(position="caller-01")
    with pytest.raises(refused.PositionTakenError, match=first.id):
        redeem(second, "other")
    assert registry.device_at("small", "caller-01") == first
    assert registry.claim(second).uses_left == 1


def test_a_known_device_moves_with_a_new_token_and_keeps_its_certificate(
    registry: Registry, redeem: Any, token: Tokens
) -> None:
    first = redeem(token(position="caller-01"), "k")
    moved = redeem(token(position="caller-02"), "k")
    assert (moved.id, moved.serial, moved.position) == (first.id, first.serial, "caller-02")
    assert registry.device_at("small", "caller-01") is None


def test_a_device_whose_certificate_has_run_out_comes_back_with_a_new_token(
    redeem: Any, token: Tokens, clock: Any
) -> None:
    first = redeem(token(position="caller-01"), "k", days=1)
    clock.pass_(timedelta(days=2))
    again = redeem(token(position="caller-01"), "k")
    assert again.id == first.id
    assert again.serial != first.serial


def test_a_revoked_device_frees_its_position_and_never_returns_with_that_key(
    registry: Registry, redeem: Any, token: Tokens, clock: Any
) -> None:
    said = token(position="caller-01")
    first = redeem(said, "k")
    assert registry.revoke(first.id)
    assert registry.revoked_serials(clock()) == [first.serial]
    for again in (said, token(position="caller-01")):
        with pytest.raises(refused.RevokedDeviceError):
            redeem(again, "k")
    assert redeem(token(position="caller-01"), "replacement").position == "caller-01"


def test_revoking_an_unknown_device_says_so(registry: Registry) -> None:
    assert not registry.revoke("caller-000000000000")


def test_a_certificate_that_has_run_out_need_not_be_on_the_revocation_list(
    registry: Registry, redeem: Any, token: Tokens, clock: Any
) -> None:
    registry.revoke(redeem(token(position="caller-01"), "k", days=1).id)
    clock.pass_(timedelta(days=2))
    assert registry.revoked_serials(clock()) == []


def test_a_key_that_is_known_as_a_caller_does_not_become_a_printer(redeem: Any, token: Tokens) -> None:
    redeem(token(device_class="caller"), "k")
    with pytest.raises(refused.OtherClassError):
        redeem(token(device_class="ticket_printer"), "k", "ticket_printer")


def test_two_keys_whose_names_would_be_the_same_do_not_share_a_device(
    registry: Registry, token: Tokens, clock: Any
) -> None:
    """Only the first 12 digits of the key are in the name; the whole key decides."""

    def enter(said: str, key: str) -> Device:
        certified = Certified("1", "pem", clock() + timedelta(days=1))
        return registry.redeem(said, key, device_class="caller", now=clock(), certify=lambda _: certified)

    first = enter(token(device_class="caller"), "a" * 12 + "0" * 52)
    with pytest.raises(refused.RefusedError):
        enter(token(device_class="caller"), "a" * 12 + "1" * 52)
    assert registry.device(device_id("caller", "a" * 64)) == first


def test_a_failed_certification_changes_nothing(registry: Registry, token: Tokens, clock: Any) -> None:
    said = token(position="caller-01")

    def certify(_: str) -> Certified:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        registry.redeem(said, _key("k"), device_class="caller", now=clock(), certify=certify)
    assert registry.devices("small") == []
    assert registry.claim(said).uses_left == 1


def test_of_many_devices_with_one_token_at_the_same_moment_exactly_as_many_get_in_as_it_allows(
    registry: Registry, redeem: Any, token: Tokens
) -> None:
    said = token(device_class="caller", uses=5)

    def enter(name: str) -> bool:
        try:
            redeem(said, name)
        except refused.UsedTokenError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enter, [f"k{n}" for n in range(20)])) == 5
    assert len(registry.devices("small")) == 5
    assert registry.claim(said).uses_left == 0


def test_of_many_devices_for_one_position_at_the_same_moment_one_gets_it(
    registry: Registry, redeem: Any, token: Tokens
) -> None:
    tokens = [token(position="caller-01") for _ in range(12)]

    def enter(n: int) -> bool:
        try:
            redeem(tokens[n], f"k{n}")
        except refused.PositionTakenError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enter, range(12))) == 1
    assert [device.position for device in registry.devices("small")] == ["caller-01"]


def test_refusals_are_counted_by_door_and_code(counts: RefusalCounts, clock: Any) -> None:
    for door, code in [("est", "bad-csr"), ("mqtt", "garbage"), ("est", "bad-csr")]:
        counts.count(door, code, clock())
        clock.pass_(timedelta(seconds=1))
    counted = [(one.door, one.code, one.count, clock() - one.last_at) for one in counts.all()]
    assert counted == [("est", "bad-csr", 2, timedelta(seconds=1)), ("mqtt", "garbage", 1, timedelta(seconds=2))]


def test_refusals_from_many_threads_are_all_counted(counts: RefusalCounts, clock: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: counts.count("http", "no-token", clock()), range(60)))
    assert [one.count for one in counts.all()] == [60]


# Certificates of one device, and who follows.


def test_of_many_renewals_with_one_new_key_at_the_same_moment_one_certificate_comes(
    registry: Registry, redeem: Any, token: Tokens, clock: Any
) -> None:
    first = redeem(token(position="caller-01"), "k")
    serials = iter(range(20_000, 30_000))

    def renew(_: int) -> Device:
        certified = Certified(f"{next(serials):x}", "pem", clock() + timedelta(days=365))
        return registry.renew(first.id, first.serial, _key("new"), now=clock(), certify=lambda _: certified)

    clock.pass_(timedelta(days=1))
    with ThreadPoolExecutor(8) as pool:
        assert len({one.serial for one in pool.map(renew, range(12))}) == 1
    assert len(registry.certificates(first.id)) == 2


def test_of_many_requests_of_one_approved_board_at_the_same_moment_one_device_comes(
    registry: Registry, clock: Any
) -> None:
    serials = iter(range(1, 1000))

    def knock(_: int) -> Any:
        certified = Certified(f"{next(serials):x}", "pem", clock() + timedelta(days=365))
        return registry.knock(_key("k"), address="a", now=clock(), certify=lambda _: certified)

    with ThreadPoolExecutor(8) as pool:
        (one,) = {one.code for one in pool.map(knock, range(12))}
        registry.applicants.approve(
            one, hall="small", position="caller-01", device_class="caller", by="tech", at=clock()
        )
        clock.pass_(timedelta(minutes=1))
        assert len({device.serial for device in pool.map(knock, range(12))}) == 1
    assert registry.applicants.waiting(None) == []


def test_who_follows_hears_of_every_change_within_its_transaction(engine: Engine, token: Tokens, clock: Any) -> None:
    heard: list[tuple[str, str | None, str, str]] = []

    def follow(connection: Any, change: DeviceChanged) -> None:
        assert connection.in_transaction()
        heard.append((change.what, change.device.position, change.by, change.why))

    registry = Registry(engine, [follow])
    serials = iter(range(1, 1000))

    def certify(_: str) -> Certified:
        return Certified(f"{next(serials):x}", "pem", clock() + timedelta(days=365))

    said = token(position="caller-01")
    first = registry.redeem(said, _key("k"), device_class="caller", now=clock(), certify=certify)
    registry.redeem(said, _key("k"), device_class="caller", now=clock(), certify=certify)
    registry.move(first.id, hall="small", position="caller-02", at=clock(), by="tech")
    clock.pass_(timedelta(days=1))
    registry.renew(first.id, first.serial, _key("new"), now=clock(), certify=certify)
    registry.move(first.id, hall="small", position=None, at=clock(), by="tech", why="spare")
    registry.revoke(first.id, at=clock(), by="tech", why="stolen")
    registry.revoke(first.id, at=clock(), by="tech", why="stolen")
    assert heard == [
        ("admitted", "caller-01", "admin", ""),
        ("moved", "caller-02", "tech", ""),
        ("renewed", "caller-02", first.id, ""),
        ("removed", None, "tech", "spare"),
        ("revoked", None, "tech", "stolen"),
    ]


def test_what_a_follower_raises_undoes_the_change(engine: Engine, token: Tokens, clock: Any) -> None:
    def follow(connection: Any, change: DeviceChanged) -> None:
        raise RuntimeError("no")

    said, registry = token(position="caller-01"), Registry(engine, [follow])
    certified = Certified("1", "pem", clock() + timedelta(days=365))
    with pytest.raises(RuntimeError, match="no"):
        registry.redeem(said, _key("k"), device_class="caller", now=clock(), certify=lambda _: certified)
    assert registry.devices("small") == []
    assert registry.certificates(device_id("caller", _key("k"))) == []
    assert registry.claim(said).uses_left == 1


def test_what_an_authority_signed_that_is_no_more_ends_at_once(
    registry: Registry, redeem: Any, token: Tokens, clock: Any
) -> None:
    device = redeem(token(position="caller-01"), "k")
    assert registry.left_behind("", clock()) == [device]
    registry.retire("", clock())
    assert registry.left_behind("", clock()) == []
    found = registry.knock(_key("k"), address="a", now=clock(), certify=lambda cn: Certified("f", "pem", clock()))
    assert isinstance(found, Applicant)
    assert (found.reason, found.device) == ("expired", device.id)
