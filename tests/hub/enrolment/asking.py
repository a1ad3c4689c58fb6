"""One request to EST at a time, by a client that trusts the hub's CA and may show a certificate."""

import base64
import http.client
import json
import ssl
import urllib.parse
from email.message import Message
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = json.loads(self.body)
        assert problem["status"] == self.status
        return problem

    @property
    def certificate(self) -> x509.Certificate:
        (one,) = pkcs7.load_der_pkcs7_certificates(base64.b64decode(self.body))
        return one


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def wire(csr: x509.CertificateSigningRequest) -> bytes:
    return base64.b64encode(csr.public_bytes(serialization.Encoding.DER)) + b"\n"


def ask(url: str, tls: ssl.SSLContext, operation: str, body: bytes | None = None, authorization: str = "") -> Answer:
    """Raises OSError when the connection fails, so when a certificate is not taken."""
    to = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(to.hostname or "", to.port, timeout=20, context=tls)
    headers = {"Authorization": authorization} if authorization else {}
    try:
        connection.request("GET" if body is None else "POST", f"/.well-known/est/{operation}", body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()
