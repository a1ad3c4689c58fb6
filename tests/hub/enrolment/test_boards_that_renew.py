"""A board looks after its certificate by itself: renewed in time, by the hub's clock, whenever the power goes."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.runtime import disk, est
from edge.runtime.identity import Identity, enrol, stored
from edge.runtime.keeper import Site
from edge.runtime.renewal import Renewal
from edge.runtime.validity import validity
from hub.enrolment import certificates
from hub.enrolment.authority import Authority
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry
from provisioning.broker.process import free_port
from tests.support.live import until
from wire import pairing

SITE = Site(lambda: "1", lambda message: True, lambda: None, lambda: None, lambda: None)


@pytest.fixture
def board(card: Any, token: Callable[..., str], clock: Any, tmp_path: Path) -> Callable[[float], Identity]:
    """board(age_days): one whose certificate was given so long ago."""

    def make(age_days: float) -> Identity:
        clock.pass_(timedelta(days=-age_days))
        who = enrol(card(token(position="caller-01")), tmp_path / "board")
        clock.pass_(timedelta(days=age_days))
        return who

    return make


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Iterator[Callable[..., Renewal]]:
    """keep(who): has it looked after, many times a second."""
    running: list[Renewal] = []
    hub = request.getfixturevalue("est").url

    def start(who: Identity, **more: Any) -> Renewal:
        keeper = Renewal(hub, who, look_s=0.05, lost_s=0.02, again_s=0.05, **more)
        running.append(keeper)
        keeper.begin(SITE, 0.0)
        return keeper

    yield start
    for keeper in running:
        keeper.stop()


def serial(who: Identity) -> str:
    return f"{certificates.x509.load_pem_x509_certificate(who.certificate.read_bytes()).serial_number:x}"


def test_what_a_certificate_says_of_its_time_is_read_without_a_library(board: Any) -> None:
    who = board(0)
    one = certificates.x509.load_pem_x509_certificate(who.certificate.read_bytes())
    assert validity(who.certificate) == (one.not_valid_before_utc.timestamp(), one.not_valid_after_utc.timestamp())


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "nonsense"])
def test_what_is_no_certificate_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "cert.pem").write_text(text)
    with pytest.raises(ValueError, match=r"cert\.pem"):
        validity(tmp_path / "cert.pem")


def test_past_two_thirds_of_its_life_it_is_replaced_with_a_new_key_and_the_hub_sees_that(
    board: Any, keep: Any, registry: Registry, clock: Any
) -> None:
    who = board(300)
    old, key = serial(who), who.key()
    keep(who)
    until(lambda: registry.superseded_serials(clock()) == [old], "the hub saw the new one")
    assert who.key().public_key() != key.public_key()
    kept = registry.device(who.device)
    assert kept is not None
    assert serial(who) == kept.serial != old
    assert not (who.directory / "next-key.pem").exists()
    assert stored(who.directory) == who


def test_before_that_it_is_left_alone_whatever_the_board_believes_the_time_to_be(
    board: Any, keep: Any, registry: Registry, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = board(200)
    old = serial(who)
    monkeypatch.setattr("time.time", lambda: 4e9)
    keeper = keep(who)
    until(lambda: registry.certificates(who.device)[0].seen_at, "it asked")
    assert serial(who) == old
    assert "certificate" not in keeper.facts()


def test_one_that_ran_out_leads_into_the_queue_and_back_to_the_same_name_and_place(
    board: Any, keep: Any, registry: Registry, clock: Any
) -> None:
    who = board(400)
    shown: list[str | None] = []
    keeper = keep(who, waiting=shown.append)
    (one,) = until(lambda: registry.applicants.waiting("small"), "it waits")
    until(lambda: shown, "the code is shown")
    assert (one.reason, one.device, pairing.read(shown[0] or "")) == ("expired", who.device, one.code)
    until(lambda: "waits" in str(keeper.facts().get("certificate")), "its health says so")
    registry.applicants.approve(one.code, hall="small", position=None, device_class="caller", by="tech", at=clock())
    until(lambda: shown[-1] is None, "it is let in")
    device = registry.device_at("small", "caller-01")
    assert device is not None
    assert (device.id, device.serial) == (who.device, serial(who))


def test_a_revoked_board_is_told_so_and_keeps_asking_seldom(
    board: Any, keep: Any, registry: Registry, counts: RefusalCounts
) -> None:
    who = board(300)
    registry.revoke(who.device)
    keeper = keep(who)
    until(lambda: "revoked" in str(keeper.facts().get("certificate")), "its health says so")
    assert {one.code: one.count for one in counts.all()} == {"revoked-device": 1}


# Power cuts.


class PowerCutError(BaseException):
    """Nothing of the program runs any more."""


class Cutting:
    """Writes as `edge.runtime.disk.write_whole` does, step by step; the power goes at the `cut`th."""

    def __init__(self, cut: int, *, forgets: bool) -> None:
        self._left, self._forgets = cut, forgets

    def step(self) -> None:
        if self._left == 0:
            raise PowerCutError
        self._left -= 1

    def __call__(self, path: Path, data: bytes) -> None:
        fresh = path.with_suffix(".new")
        synced = False
        with fresh.open("wb", buffering=0) as file:
            try:
                for at in range(0, len(data), 9):
                    self.step()
                    file.write(data[at : at + 9])
                self.step()
                synced = True
            finally:
                if not synced and self._forgets:
                    file.truncate(0)
        self.step()
        fresh.replace(path)
        self.step()
        disk.sync_directory(path.parent)


@pytest.mark.parametrize("forgets", [False, True], ids=["cache-written", "cache-lost"])
def test_at_every_step_of_a_renewal_a_power_cut_leaves_an_identity_that_works(tmp_path: Path, forgets: bool) -> None:
    authority = Authority.create(tmp_path / "ca")
    old, new = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    pairs = [_certificate(authority, key) for key in (old, new)]
    cut, went = 0, True
    while went:
        place = tmp_path / str(cut)
        place.mkdir()
        for name, content in (("ca.pem", authority.ca_pem), ("device", b"caller-1")):
            (place / name).write_bytes(content)
        (place / "key.pem").write_bytes(certificates.key_pem(old))
        (place / "cert.pem").write_bytes(certificates.pem(pairs[0]))
        went = _renewed_until_the_power_goes(Identity("caller-1", place), pairs[1], new, Cutting(cut, forgets=forgets))
        who = stored(place)
        assert who is not None
        who.tls()  # raises when certificate and key are no pair
        assert serial(who) in {f"{one.serial_number:x}" for one in pairs}, f"power cut at step {cut}"
        assert went or serial(who) == f"{pairs[1].serial_number:x}"
        cut += 1
    assert cut > 80


def _certificate(authority: Authority, key: ec.EllipticCurvePrivateKey) -> Any:
    request = certificates.x509.CertificateSigningRequestBuilder().subject_name(certificates.x509.Name([]))
    return authority.issue_device(request.sign(key, certificates.hashes.SHA256()), "caller-1")


def _renewed_until_the_power_goes(who: Identity, certificate: Any, key: Any, write: Cutting) -> bool:
    try:
        who.switch(certificate, key, write)
    except PowerCutError:
        return True
    return False


def test_a_key_for_the_next_certificate_stays_the_same_until_it_is_used(board: Any, keep: Any) -> None:
    who = board(300)
    first = who.next_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    spki = first.public_key().public_bytes(serialization.Encoding.DER, form)
    keep(who)
    until(lambda: not (who.directory / "next-key.pem").exists(), "it is in use")
    assert who.key().public_key().public_bytes(serialization.Encoding.DER, form) == spki
    assert isinstance(who.tls(), ssl.SSLContext)


def test_a_hub_that_is_away_says_nothing_of_the_boards_certificate(board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it were asked again without the certificate, and were back by then, a board that is all right would queue."""
    asked = []

    def cacerts(address: str, tls: ssl.SSLContext) -> est.Trust:
        asked.append(address)
        return ask(address, tls)

    ask = est.cacerts
    who, nobody = board(0), f"https://127.0.0.1:{free_port()}"
    monkeypatch.setattr(est, "cacerts", cacerts)
    keeper = Renewal(nobody, who)
    keeper._look()
    assert asked == [nobody]
    assert "cannot be reached" in str(keeper.facts()["certificate"])
