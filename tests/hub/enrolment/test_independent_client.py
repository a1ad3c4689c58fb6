"""strongSwan's `pki` as a board: another's code against our EST (apt: strongswan-pki, libstrongswan-*-plugins)."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hub.enrolment.authority import Authority
from hub.storage.registry import Registry
from tests.support.live import until

pytestmark = pytest.mark.skipif(shutil.which("pki") is None, reason="apt-get install strongswan-pki")


class Pki:
    """`pki`, with the files of one board in a directory."""

    def __init__(self, directory: Path, url: str, authority: Authority) -> None:
        self.directory, self.url = directory, url
        (directory / "ca.pem").write_bytes(authority.ca_pem)

    def run(self, *arguments: str) -> bytes:
        done = subprocess.run(["pki", *arguments], cwd=self.directory, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def request(self, name: str, key: str) -> None:
        (self.directory / f"{key}.key").write_bytes(self.run("--gen", "--type", "ecdsa", "--size", "256"))
        csr = self.run("--req", "--in", f"{key}.key", "--type", "ecdsa", "--dn", f"CN={name}")
        (self.directory / f"{key}.csr").write_bytes(csr)

    def enrol(self, key: str, *more: str) -> x509.Certificate:
        shared = ("--est", "--url", self.url, "--cacert", "ca.pem", "--in", f"{key}.csr", "--interval", "1")
        der = self.run(*shared, *more)
        (self.directory / f"{key}.crt").write_bytes(der)
        return x509.load_der_x509_certificate(der)


@pytest.fixture
def pki(est: Any, authority: Authority, tmp_path: Path) -> Pki:
    place = tmp_path / "pki"
    place.mkdir()
    return Pki(place, est.url, authority)


def test_it_learns_whom_to_trust(pki: Pki, authority: Authority) -> None:
    pki.run("--estca", "--url", pki.url, "--cacert", "ca.pem", "--caout", "found.pem", "--outform", "pem")
    (found,) = pki.directory.glob("found*")
    assert x509.load_pem_x509_certificate(found.read_bytes()) == authority.certificate


def test_it_enrols_with_a_token_and_renews_over_mutual_tls(
    pki: Pki, registry: Registry, token: Callable[..., str]
) -> None:
    pki.request("board", "first")
    first = pki.enrol("first", "--userpass", f"claim:{token(position='caller-01')}")
    name = str(first.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    pki.request(name, "second")
    second = pki.enrol("second", "--cert", "first.crt", "--key", "first.key")
    assert second.subject == first.subject
    kept = registry.device_at("small", "caller-01")
    assert kept is not None
    assert kept.certificate.encode() == second.public_bytes(serialization.Encoding.PEM)


def test_it_asks_again_until_somebody_has_approved(pki: Pki, registry: Registry, clock: Any) -> None:
    pki.request("board", "first")
    shared = ["pki", "--est", "--url", pki.url, "--cacert", "ca.pem", "--in", "first.csr", "--interval", "1"]
    waiting = subprocess.Popen(shared, cwd=pki.directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        (one,) = until(lambda: registry.applicants.waiting(None), "it waits")
        registry.applicants.approve(
            one.code, hall="small", position="caller-02", device_class="caller", by="tech", at=clock()
        )
        der, _ = waiting.communicate(timeout=60)
        assert waiting.returncode == 0
    finally:
        waiting.kill()
    got = x509.load_der_x509_certificate(der)
    device = registry.device_at("small", "caller-02")
    assert device is not None
    assert device.serial == f"{got.serial_number:x}"
