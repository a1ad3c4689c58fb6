"""EST as devices meet it: over TLS, with the board's own client and with a plain HTTP client."""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.runtime.identity import EnrolmentError, enrol, stored
from hub.enrolment.authority import Authority
from hub.enrolment.est import BODY_MAX
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry
from tests.hub.enrolment.asking import basic, wire

Tokens = Callable[..., str]


def _codes(counts: RefusalCounts) -> dict[str, int]:
    return {one.code: one.count for one in counts.all() if one.door == "est"}


# What a board sees.


def test_a_board_enrols_and_is_at_its_position(card: Any, registry: Registry, token: Tokens, tmp_path: Path) -> None:
    identity = enrol(card(token(position="caller-01")), tmp_path / "board")
    device = registry.device_at("small", "caller-01")
    assert device is not None
    assert (identity.device, device.device_class) == (device.id, "caller")
    assert stored(tmp_path / "board") == identity
    assert identity.tls().cert_store_stats()["x509_ca"] == 1


def test_a_board_that_lost_the_reply_asks_again_and_becomes_the_same_device(
    card: Any, registry: Registry, token: Tokens, tmp_path: Path
) -> None:
    hub, board = card(token(position="caller-01")), tmp_path / "board"
    first, certificate = enrol(hub, board), (board / "cert.pem").read_bytes()
    for name in ("cert.pem", "device", "ca.pem"):
        (board / name).unlink()
    assert enrol(hub, board) == first
    assert (board / "cert.pem").read_bytes() == certificate
    assert len(registry.devices("small")) == 1


def test_many_boards_come_in_with_one_token_for_their_class(
    card: Any, registry: Registry, token: Tokens, tmp_path: Path
) -> None:
    hub = card(token(device_class="led_window", uses=3))
    names = {enrol(hub, tmp_path / str(n)).device for n in range(3)}
    assert {device.id for device in registry.devices("small")} == names
    assert all(name.startswith("led-window-") for name in names)
    with pytest.raises(EnrolmentError, match=r"401.*used up"):
        enrol(hub, tmp_path / "fourth")


def test_a_board_does_not_give_its_token_to_a_hub_with_another_fingerprint(
    card: Any, registry: Registry, token: Tokens, tmp_path: Path
) -> None:
    said = token(position="caller-01")
    with pytest.raises(EnrolmentError, match="not our hub"):
        enrol(card(said, "0" * 64), tmp_path / "board")
    assert registry.claim(said).uses_left == 1
    assert registry.devices("small") == []


def test_a_board_with_a_foreign_token_is_told_so(
    card: Any, registry: Registry, counts: RefusalCounts, tmp_path: Path
) -> None:
    with pytest.raises(EnrolmentError, match=r"401.*not one of ours"):
        enrol(card("0" * 40), tmp_path / "board")
    assert _codes(counts) == {"unknown-token": 1}
    assert registry.devices("small") == []
    assert stored(tmp_path / "board") is None


def test_a_board_with_an_expired_token_is_told_so(
    card: Any, counts: RefusalCounts, token: Tokens, clock: Any, tmp_path: Path
) -> None:
    hub = card(token(position="caller-01", hours=1))
    clock.pass_(timedelta(hours=1))
    with pytest.raises(EnrolmentError, match=r"401.*expired"):
        enrol(hub, tmp_path / "board")
    assert _codes(counts) == {"expired-token": 1}


def test_a_second_board_for_a_taken_position_is_told_who_is_there(
    card: Any, counts: RefusalCounts, token: Tokens, tmp_path: Path
) -> None:
    first = enrol(card(token(position="caller-01")), tmp_path / "first")
    with pytest.raises(EnrolmentError, match=f"409.*{first.device} is in service at caller-01"):
        enrol(card(token(position="caller-01")), tmp_path / "second")
    assert _codes(counts) == {"position-taken": 1}


def test_a_revoked_board_does_not_come_back(card: Any, registry: Registry, token: Tokens, tmp_path: Path) -> None:
    hub = card(token(position="caller-01"))
    registry.revoke(enrol(hub, tmp_path / "board").device)
    with pytest.raises(EnrolmentError, match=r"403.*revoked"):
        enrol(hub, tmp_path / "board")


# What goes over the wire.


def test_cacerts_is_one_line_of_base64_and_one_lf_and_holds_the_ca_alone(ask: Any, authority: Authority) -> None:
    answer = ask("cacerts")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pkcs7-mime")
    assert answer.headers["content-transfer-encoding"] == "base64"
    assert answer.body.endswith(b"\n")
    assert answer.body.count(b"\n") == 1
    assert answer.certificate == authority.certificate


def test_the_certificate_comes_as_rfc_7030_says(ask: Any, token: Tokens, csr: Any) -> None:
    request = csr()
    answer = ask("simpleenroll", wire(request), basic("claim", token(position="caller-01")))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pkcs7-mime; smime-type=certs-only"
    assert answer.headers["content-transfer-encoding"] == "base64"
    assert answer.body.endswith(b"\n")
    assert answer.body.count(b"\n") == 1
    assert answer.certificate.public_key() == request.public_key()


@pytest.mark.parametrize("line", [64, 76, 10_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_request_may_be_wrapped_in_any_way(ask: Any, token: Tokens, csr: Any, line: int, end: bytes) -> None:
    whole = wire(csr()).strip()
    lines = [whole[n : n + line] for n in range(0, len(whole), line)]
    body = (end or b"\n").join(lines) + end
    assert ask("simpleenroll", body, basic("claim", token(position="caller-01"))).status == 200


def test_the_name_in_the_request_counts_for_nothing(ask: Any, token: Tokens, csr: Any) -> None:
    """The request calls itself hub-1."""
    answer = ask("simpleenroll", wire(csr()), basic("claim", token(position="caller-01")))
    (name,) = answer.certificate.subject
    assert str(name.value).startswith("caller-")


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic ???",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Bearer abc",
        basic("admin", "TOKEN"),
    ],
)
def test_with_what_is_no_token_the_answer_is_401_and_says_how(
    ask: Any, counts: RefusalCounts, token: Tokens, csr: Any, authorization: str
) -> None:
    answer = ask("simpleenroll", wire(csr()), authorization.replace("TOKEN", token(position="caller-01")))
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert "token" in answer.problem["detail"]
    assert _codes(counts) == {"no-token": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "PKCS#10"),
        (b"\x00\xff garbage", "base64"),
        (b"aGVsbG8gd29ybGQ=\n", "PKCS#10"),
        (b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "base64"),
    ],
)
def test_a_garbage_request_is_a_400_that_burns_nothing(
    ask: Any, registry: Registry, counts: RefusalCounts, token: Tokens, body: bytes, words: str
) -> None:
    said = token(position="caller-01")
    answer = ask("simpleenroll", body, basic("claim", said))
    assert answer.status == 400
    assert words in answer.problem["detail"]
    assert registry.claim(said).uses_left == 1
    assert _codes(counts) == {"bad-csr": 1}


def test_a_key_of_a_kind_we_do_not_take_is_a_400(ask: Any, registry: Registry, token: Tokens, csr: Any) -> None:
    body = wire(csr(ec.generate_private_key(ec.SECP521R1())))
    answer = ask("simpleenroll", body, basic("claim", token(position="caller-01")))
    assert (answer.status, answer.problem["code"]) == (400, "bad-csr")
    assert registry.devices("small") == []


def test_a_huge_request_is_not_read_to_its_end(ask: Any, counts: RefusalCounts, token: Tokens) -> None:
    answer = ask("simpleenroll", b"A" * (BODY_MAX + 1), basic("claim", token(position="caller-01")))
    assert (answer.status, answer.problem["code"]) == (413, "too-large")
    assert _codes(counts) == {"too-large": 1}


def test_the_token_is_looked_at_before_the_request(ask: Any, counts: RefusalCounts) -> None:
    assert ask("simpleenroll", b"garbage", basic("claim", "0" * 40)).status == 401
    assert _codes(counts) == {"unknown-token": 1}


@pytest.mark.parametrize(
    ("allows", "code"),
    [
        ({"position": "caller-99"}, "unknown-position"),
        ({"position": "caller-01", "hall": "elsewhere"}, "unknown-hall"),
        ({"position": "caller-01", "device_class": "evaluator"}, "other-class"),
    ],
)
def test_a_token_that_does_not_fit_our_hall_is_a_conflict(
    ask: Any, registry: Registry, counts: RefusalCounts, token: Tokens, csr: Any, allows: dict[str, str], code: str
) -> None:
    answer = ask("simpleenroll", wire(csr()), basic("claim", token(**allows)))
    assert (answer.status, answer.problem["code"]) == (409, code)
    assert _codes(counts) == {code: 1}
    assert registry.devices("small") == []


def test_who_is_refused_too_often_waits_and_is_then_heard_again(
    ask: Any, counts: RefusalCounts, token: Tokens, clock: Any, csr: Any
) -> None:
    """Five refusals are allowed here; what is turned away while waiting is not written to the database."""
    for _ in range(5):
        assert ask("simpleenroll", b"", basic("claim", "guess")).status == 401
    good = basic("claim", token(position="caller-01"))
    answer = ask("simpleenroll", wire(csr()), good)
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert answer.problem["code"] == "too-many-attempts"
    assert _codes(counts) == {"unknown-token": 5}
    clock.pass_(timedelta(minutes=1))
    assert ask("simpleenroll", wire(csr()), good).status == 200


def test_only_what_is_meant_is_answered(ask: Any) -> None:
    assert ask("simpleenroll").status == 405
    assert ask("simplereenroll").status == 405
    assert ask("../../openapi.json").status == 404
