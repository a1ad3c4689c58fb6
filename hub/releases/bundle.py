"""What the hub looks at in a bundle before it keeps it: whose it is, and which version it says it is.

Boards check again, with the key on their own card: the hub cannot make them run what the publisher did not sign.
"""

import base64
import binascii
import json
import re
import tarfile
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.screens.kinds import Kind, KindError

SIZE_MAX = 64 << 20  # bytes
_MANIFEST, _MANIFEST_MAX = "release.json", 1 << 20
_NAME = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}([.+-][0-9A-Za-z.+-]{1,32})?\Z")


class KeyFileError(ValueError):
    """No Ed25519 public key in it; the text names the file."""


def look(path: Path) -> Kind:
    """As `hub.screens.files` asks of a file. Raises KindError."""
    name(path)
    return Kind("application/x-tar")


def name(path: Path) -> str:
    """The version that its manifest names. Raises KindError."""
    try:
        with tarfile.open(path, mode="r:") as bundle:
            first = bundle.next()
            if first is None or first.name != _MANIFEST or not first.isreg() or first.size > _MANIFEST_MAX:
                raise KindError(f"this is no bundle: it must begin with {_MANIFEST}; make it by `tingxu release build`")
            file = bundle.extractfile(first)
            said = json.loads(file.read()) if file else None
    except (tarfile.TarError, ValueError, RecursionError) as error:
        raise error if isinstance(error, KindError) else KindError(f"this is no bundle: {error}") from error
    found = said.get("name") if isinstance(said, dict) else None
    if not isinstance(found, str) or not _NAME.match(found):
        raise KindError("this bundle does not name its version, such as 0.2.0")
    return found


def load_keys(paths: Iterable[Path]) -> list[Ed25519PublicKey]:
    """Raises KeyFileError, OSError."""
    found = []
    for path in paths:
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except ValueError as error:
            raise KeyFileError(f"{path}: is no public key in PEM; `tingxu release key` makes one") from error
        if not isinstance(key, Ed25519PublicKey):
            raise KeyFileError(f"{path}: is no Ed25519 key; `tingxu release key` makes one")
        found.append(key)
    return found


def is_signed(sha256: str, signature: str, keys: Iterable[Ed25519PublicKey]) -> bool:
    """Whether one of the keys made that signature (base64) of that hash (hex)."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    for key in keys:
        try:
            key.verify(given, bytes.fromhex(sha256))
        except InvalidSignature:
            continue
        return True
    return False
