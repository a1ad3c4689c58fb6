"""A hub's side of content over real TLS that misbehaves: cuts, stalls, lies about ranges, sends something else."""

import contextlib
import re
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.enrolment.authority import Authority

_RANGE = re.compile(rb"Range: bytes=(\d+)-", re.IGNORECASE)


class UnrulyHub:
    """`files`: by hash. `faults`: how the next requests are answered, one each; then as it should be.

    `asked`: (hash, first byte) of every request. A fault: cut N, stall N, wrong, whole (ignores the range),
    other-range, 404, 416, 503, garbage, endless.
    """

    def __init__(self, directory: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[str] = []
        self.asked: list[tuple[str, int]] = []
        self.stalled = threading.Event()
        self.go_on = threading.Event()
        authority = Authority.create(directory / "ca")
        self.state_dir = _enrolled(authority, directory / "board")
        certificate, key = authority.issue_server(["127.0.0.1"])
        (directory / "server.pem").write_bytes(certificate + key)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.ca_pem.decode())
        self._tls.verify_mode = ssl.CERT_REQUIRED
        self._tls.load_cert_chain(directory / "server.pem")
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(raw,), daemon=True).start()

    def _talk(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), self._tls.wrap_socket(raw, server_side=True) as peer:
            request = b""
            while b"\r\n\r\n" not in request:
                request += peer.recv(4096)
            sha256 = request.split(b" ")[1].decode().rpartition("/")[2]
            found = _RANGE.search(request)
            begin = int(found[1]) if found else 0
            self.asked.append((sha256, begin))
            fault = self.faults.pop(0) if self.faults else ""
            self._answer(peer, self.files.get(sha256), begin, fault)

    def _answer(self, peer: Any, data: bytes | None, begin: int, fault: str) -> None:
        kind, _, number = fault.partition(" ")
        if data is None or kind == "404":
            return peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        match kind:
            case "416":
                return peer.sendall(b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n")
            case "503":
                return peer.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
            case "garbage":
                return peer.sendall(b"\x00\xff no HTTP at all\r\n\r\n")
            case "whole":
                begin = 0
            case "wrong":
                data = bytes(byte ^ 0x5A for byte in data)
            case "endless":
                data = data + b"more" * 1000
        body, first = memoryview(data)[begin:], begin + 7 if kind == "other-range" else begin
        head = f"HTTP/1.1 {206 if begin else 200} Here\r\nContent-Length: {len(body)}\r\n"
        if begin:
            head += f"Content-Range: bytes {first}-{len(data) - 1}/{len(data)}\r\n"
        peer.sendall(head.encode() + b"\r\n")
        if kind in ("cut", "stall"):
            peer.sendall(body[: int(number)])
            if kind == "stall":
                self.stalled.set()
                self.go_on.wait(60)
            return None
        return peer.sendall(body)


def _enrolled(authority: Authority, place: Path) -> Path:
    """What enrolment leaves on a board."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    certificate = authority.issue_device(request, "signage-player-1")
    place.mkdir()
    (place / "ca.pem").write_bytes(authority.ca_pem)
    (place / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain, pem = serialization.NoEncryption(), serialization.Encoding.PEM
    (place / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (place / "device").write_text("signage-player-1")
    return place
