"""Signs releases and images with the publisher's key: what `edge.runtime.signature` checks."""

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SigningKeyError(ValueError):
    """The key file cannot be used; the text says what to do."""


def make_key(path: Path) -> Path:
    """A new key at `path` (mode 0600), its public half beside it as `PATH.pub`, which is returned.

    Raises FileExistsError: a key that boards trust is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    public = path.with_name(path.name + ".pub")
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return public


def sign(sha256: str, key_file: Path) -> str:
    """The signature, base64, of what has this SHA-256 (hex). Raises SigningKeyError, OSError."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise SigningKeyError(f"{key_file}: is no private key in PEM without a passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{key_file}: is no Ed25519 key; make one with `tingxu release key`")
    return base64.b64encode(key.sign(bytes.fromhex(sha256))).decode()
