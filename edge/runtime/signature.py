"""Whether a file is from whom the board trusts: Ed25519 (RFC 8032) over its SHA-256, by a key known beforehand."""

import base64
import binascii
from pathlib import Path


class SignatureError(ValueError):
    """Not signed with the key that is trusted here, or not a key at all."""


def check(sha256: str, signature: str, public_key: Path) -> None:
    """`sha256`: of what was signed, hex. `signature`: base64. `public_key`: PEM. Raises SignatureError, OSError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = serialization.load_pem_public_key(public_key.read_bytes())
    except ValueError as error:
        raise SignatureError(f"{public_key}: is no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(f"{public_key}: is no Ed25519 key")
    try:
        key.verify(base64.b64decode(signature, validate=True), bytes.fromhex(sha256))
    except (binascii.Error, InvalidSignature, ValueError) as error:
        raise SignatureError("the signature is not by the key that this board trusts") from error
