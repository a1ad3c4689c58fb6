"""What enrolment leaves on a board; enrolment itself has tests of its own."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.runtime.identity import Identity, stored
from hub.enrolment.authority import Authority


def certified(authority: Authority, name: str) -> tuple[bytes, bytes]:
    """(certificate, key) of a device of that name, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    certificate = authority.issue_device(request, name)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return certificate.public_bytes(pem), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)


def enrolled(place: Path, name: str, trusted: Authority, signer: Authority | None = None) -> Identity:
    """`signer`: another authority than the one that the board trusts."""
    certificate, key = certified(signer or trusted, name)
    place.mkdir(parents=True, exist_ok=True)
    for file, content in (("ca.pem", trusted.ca_pem), ("cert.pem", certificate), ("key.pem", key)):
        (place / file).write_bytes(content)
    (place / "device").write_text(name)
    found = stored(place)
    assert found is not None
    return found
