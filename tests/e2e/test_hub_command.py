"""`python -m hub`: what it refuses, in words, and how it ends."""

import signal
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from hub.storage.accounts import Accounts
from hub.storage.database import open_database
from provisioning.broker.process import free_port
from tests.support.day import SMALL
from tests.support.live import until
from tests.support.process import ROOT

HUB = [sys.executable, "-m", "hub"]


def run(*arguments: str) -> tuple[int, str]:
    """Exit code, and what it said to whoever stands before it."""
    done = subprocess.run([*HUB, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a hub that was prepared."""
    data = tmp_path_factory.mktemp("hub") / "data"
    assert run("init", "--data", str(data), "--hall", str(SMALL))[0] == 0
    return data


def addresses() -> list[str]:
    return [word for name in ("http", "est", "broker") for word in (f"--{name}", f"127.0.0.1:{free_port()}")]


def test_a_place_that_can_hold_nothing_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = run("init", "--data", str(tmp_path / "file"), "--hall", str(SMALL))
    assert (code, str(tmp_path / "file") in said) == (2, True), said


@pytest.mark.parametrize("door", ["--http", "--est"])
def test_an_address_that_is_taken_is_refused_by_its_name(data: Path, door: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        code, said = run("serve", "--data", str(data), "--hall", str(SMALL), *addresses(), door, address)
    assert (code, address in said, "in use" in said) == (2, True, True), said


def test_it_does_not_serve_what_was_never_prepared(tmp_path: Path) -> None:
    code, said = run("serve", "--data", str(tmp_path / "data"), "--hall", str(SMALL), *addresses())
    assert (code, "create one first" in said) == (2, True), said


def test_each_process_of_a_hub_gets_a_certificate_and_rights_at_the_broker(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("init", "--data", str(data), "--hall", str(SMALL), "--name", "hub-1", "--name", "hub-7")[0] == 0
    acl = (data / "broker" / "acl").read_text()
    for name in ("hub-1", "hub-7"):
        subject = x509.load_pem_x509_certificate((data / f"{name}.pem").read_bytes()).subject
        assert subject.rfc4514_string() == f"CN={name}"
        assert (data / f"{name}-key.pem").stat().st_mode & 0o777 == 0o600
        assert f"user {name}\n" in acl


def test_a_process_that_init_was_not_told_of_says_so(data: Path) -> None:
    code, said = run("serve", "--data", str(data), "--hall", str(SMALL), *addresses(), "--name", "hub-7")
    assert (code, "'hub-7'" in said, "init" in said, "Traceback" in said) == (2, True, True, False), said


def test_the_vaults_key_is_for_the_hub_alone_and_stays(data: Path) -> None:
    key = data / "vault.key"
    made = key.read_bytes()
    assert (len(made), key.stat().st_mode & 0o777) == (32, 0o600)
    assert run("init", "--data", str(data), "--hall", str(SMALL))[0] == 0
    assert key.read_bytes() == made


@pytest.mark.parametrize("key", [None, b"short"])
def test_without_the_vaults_key_it_does_not_serve(data: Path, key: bytes | None) -> None:
    path = data / "vault.key"
    kept = path.read_bytes()
    path.unlink()
    if key is not None:
        path.write_bytes(key)
    try:
        code, said = run("serve", "--data", str(data), "--hall", str(SMALL))
    finally:
        path.write_bytes(kept)
    assert (code, "vault.key" in said, "run init" in said, "Traceback" in said) == (2, True, True, False), said


@pytest.mark.parametrize(("arguments", "words"), [
    (("--sms", "http"), "--sms-provider"),
    (("--sms-provider", "sms.toml"), "--sms http"),
    (("--sms", "http", "--sms-provider", "not-there.toml"), "not-there.toml"),
    (("--people-days", "0"), "--people-days"),
])  # fmt: skip
def test_a_setting_of_messages_that_cannot_be_used_is_refused(data: Path, arguments: list[str], words: str) -> None:
    code, said = run("serve", "--data", str(data), "--hall", str(SMALL), *arguments)
    assert (code, words in said, "Traceback" in said) == (2, True, False), said


def test_a_passphrase_that_others_may_read_keeps_the_hub_from_starting(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("init", "--data", str(data), "--hall", str(SMALL))[0] == 0
    (data / "ca" / "ca-passphrase").chmod(0o644)
    code, said = run("serve", "--data", str(data), "--hall", str(SMALL), *addresses())
    assert (code, "ca-passphrase" in said, "chmod 600" in said) == (2, True, True), said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hall", "/nowhere/hall.toml"], "/nowhere/hall.toml"),
        (["--hall", str(SMALL), "--hall", str(SMALL)], "'small'"),
        (["--hall", str(SMALL), "--http", "8000"], "'8000' is not HOST:PORT"),
        (["--hall", str(SMALL), "--est", "127.0.0.1:99999"], "99999"),
        (["--hall", str(SMALL), "--name", "desk 1"], "desk 1"),
    ],
    ids=["no-hall-file", "the-same-hall-twice", "no-host", "no-port", "no-hub-name"],
)
def test_a_bad_setting_is_refused_with_its_value(tmp_path: Path, arguments: list[str], words: str) -> None:
    code, said = run("init", "--data", str(tmp_path / "data"), *arguments)
    assert (code, words in said) == (2, True), said


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_told_to_even_without_a_broker(
    data: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    """Its pages answer while it tries to reach the broker; after the signal the database is whole, with no log beside
    it, which only an orderly end folds in."""
    places = addresses()
    http = int(places[1].rpartition(":")[2])
    with (tmp_path / "log").open("wb") as log:
        hub = subprocess.Popen(
            [*HUB, "serve", "--data", str(data), "--hall", str(SMALL), *places], cwd=ROOT, stderr=log
        )
    try:
        until(lambda: answers(http), "the hub answers")
        hub.send_signal(ending)
        assert hub.wait(30) == 0, (tmp_path / "log").read_text()
    finally:
        hub.kill()
        hub.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert not (data / "hub.db-wal").exists()


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"GET /login HTTP/1.0\r\nHost: hub\r\n\r\n")
            return line.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--http", "0.0.0.0:0"], "HOST:PORT"),
        (["--http", "0.0.0.0:8000"], "in the clear"),
        (["--tls-cert", "cert.pem"], "go together"),
        (["--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"], "/nowhere/cert.pem"),
    ],
)
def test_passwords_never_cross_a_network_in_the_clear_unasked(data: Path, arguments: list[str], words: str) -> None:
    code, said = run("serve", "--data", str(data), "--hall", str(SMALL), *addresses(), *arguments)
    assert (code, words in said) == (2, True), said


def test_over_tls_the_cookie_is_for_tls_alone(data: Path, tmp_path: Path) -> None:
    """The hub's own CA can certify the pages too; the mark `__Host-` makes browsers insist on Secure."""
    places = addresses()
    tls = ["--tls-cert", str(data / "est.pem"), "--tls-key", str(data / "est-key.pem")]
    arguments = [*HUB, "serve", "--data", str(data), "--hall", str(SMALL), *places, *tls]
    base = f"https://{places[1]}"
    trust = ssl.create_default_context(cafile=str(data / "broker" / "ca.pem"))
    engine = open_database(data / "hub.db")
    Accounts(engine).create("tls-test", "manager", "a long enough password", datetime.now(UTC))
    engine.dispose()
    with (tmp_path / "log").open("wb") as log:
        hub = subprocess.Popen(arguments, cwd=ROOT, stderr=log)
    try:
        until(lambda: not refused(f"{base}/login", trust), "the hub answers over TLS")
        who = {"name": "tls-test", "password": "a long enough password"}
        answer = httpx.post(f"{base}/api/v1/session", json=who, verify=trust)
        assert answer.is_success, answer.text
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-tingxu=")
        assert "Secure" in cookie
    finally:
        hub.terminate()
        hub.wait(30)


def refused(url: str, trust: ssl.SSLContext) -> bool:
    try:
        return httpx.get(url, verify=trust).status_code != 200
    except httpx.HTTPError:
        return True
