"""The authority copied, put back and rolled over as files: what is in a copy, and that nothing is half done."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hub.enrolment import custody, rollover
from hub.enrolment.authority import AuthorityError, SealedError
from hub.enrolment.custody import BackupError
from hub.enrolment.rollover import RollOverError, open_authority


@pytest.fixture
def directory(authority: Any, tmp_path: Path) -> Path:
    return tmp_path / "ca"


def test_a_copy_holds_no_passphrase_and_is_worth_nothing_without_it(directory: Path, tmp_path: Path) -> None:
    rollover.begin(directory)
    before = open_authority(directory)
    names = custody.back_up(directory, tmp_path / "copy")
    assert {"ca.pem", "ca-key.pem", "2/ca-key.pem", "state.json"} <= set(names)
    assert not any("passphrase" in name for name in names)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    elsewhere = tmp_path / "elsewhere"
    with pytest.raises(SealedError):
        custody.restore(elsewhere, tmp_path / "copy")
    assert not elsewhere.exists()
    elsewhere.mkdir()
    (elsewhere / "ca-passphrase").write_bytes((directory / "ca-passphrase").read_bytes())
    (elsewhere / "ca-passphrase").chmod(0o600)
    custody.restore(elsewhere, tmp_path / "copy")
    after = open_authority(elsewhere)
    assert (after.fingerprint, after.ca_pem) == (before.fingerprint, before.ca_pem)
    assert (elsewhere / "ca-key.pem").stat().st_mode & 0o777 == 0o600


def test_a_passphrase_may_lie_elsewhere(tmp_path: Path) -> None:
    from hub.enrolment.authority import Authority

    secret = tmp_path / "secret"
    secret.write_text("correct horse battery staple\n")
    secret.chmod(0o600)
    made = Authority.create(tmp_path / "ca2", passphrase_file=secret)
    assert not (tmp_path / "ca2" / "ca-passphrase").exists()
    rollover.begin(tmp_path / "ca2", passphrase_file=secret)
    assert open_authority(tmp_path / "ca2", passphrase_file=secret).fingerprint == made.fingerprint
    with pytest.raises(SealedError):
        open_authority(tmp_path / "ca2")


def test_nothing_is_put_over_an_authority_and_nothing_is_taken_for_one(directory: Path, tmp_path: Path) -> None:
    custody.back_up(directory, tmp_path / "copy")
    with pytest.raises(AuthorityError, match="already"):
        custody.restore(directory, tmp_path / "copy")
    with pytest.raises(FileExistsError):
        custody.back_up(directory, tmp_path / "copy")
    (tmp_path / "noise").write_bytes(b"noise")
    with pytest.raises(BackupError, match="noise"):
        custody.restore(tmp_path / "new", tmp_path / "noise")
    with tarfile.open(tmp_path / "evil", "w") as archive:
        member = tarfile.TarInfo("../evil.pem")
        archive.addfile(member, io.BytesIO())
    with pytest.raises(BackupError, match="belongs to no authority"):
        custody.restore(tmp_path / "new", tmp_path / "evil")
    assert not (tmp_path / "evil.pem").exists()


def test_the_steps_of_a_roll_over_come_in_their_order(directory: Path) -> None:
    for early in (rollover.switch, rollover.finish):
        with pytest.raises(RollOverError, match="comes first"):
            early(directory)
    first = open_authority(directory)
    rollover.begin(directory)
    begun = open_authority(directory)
    assert (begun.fingerprint, len(begun.anchors)) == (first.fingerprint, 2)
    with pytest.raises(RollOverError, match="begun already"):
        rollover.begin(directory)
    rollover.switch(directory)
    switched = open_authority(directory)
    assert (switched.fingerprint == first.fingerprint, len(switched.anchors)) == (False, 2)
    rollover.finish(directory)
    settled = open_authority(directory)
    assert (settled.fingerprint, settled.anchors) == (switched.fingerprint, [switched.certificate])
    assert not (directory / "ca-key.pem").exists(), "the old key is destroyed"
    rollover.begin(directory)
    assert len(open_authority(directory).anchors) == 2, "and one day there is a third"


def test_a_beginning_that_the_power_ended_is_begun_anew(directory: Path) -> None:
    (directory / "2").mkdir()
    (directory / "2" / "ca-key.pem").write_text("half")
    rollover.begin(directory)
    assert len(open_authority(directory).anchors) == 2


def test_who_knows_only_the_old_authority_believes_the_new_ones_servers(directory: Path) -> None:
    """By the link, as any X.509 library follows it."""
    from cryptography.x509.verification import PolicyBuilder, Store

    old = open_authority(directory)
    rollover.begin(directory)
    rollover.switch(directory)
    rollover.finish(directory)
    pem, key = open_authority(directory).issue_server(["hub.example"])
    leaf, *links = x509.load_pem_x509_certificates(pem)
    verifier = PolicyBuilder().store(Store([old.certificate])).build_server_verifier(x509.DNSName("hub.example"))
    assert [one.subject for one in verifier.verify(leaf, links)][-1] == old.certificate.subject
    assert serialization.load_pem_private_key(key, None) is not None
