"""How people's data are sealed: each record under a key of its own, which is wrapped by the vault's.

AES-256-GCM (NIST SP 800-38D) with 96-bit nonces from the system, HKDF-SHA256 (RFC 5869) for the keys beneath the master
key. A record whose wrapped key is gone is noise, whoever has the master key.
"""

import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE = 12  # bytes
_FORM = b"\x01"  # of what is stored, so that another one can come


class BrokenSealError(ValueError):
    """It was sealed for another row, under another key, or changed since."""


def fresh_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


class Keys:
    """Of the vault: `master` from DATA/vault.key; one beneath it for each purpose, so that none serves two."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"the key of the vault has {KEY_BYTES} bytes, not {len(master)}")
        self._wrapping, self._looking_up, self._signing = (_beneath(master, use) for use in ("wrap", "look up", "sign"))

    def seal(self, row: str, data: bytes) -> tuple[bytes, bytes]:
        """(the wrapped key, the sealed data). `row`: table and primary key; it opens nowhere else."""
        key = fresh_key()
        return lock(self._wrapping, f"key of {row}", key), lock(key, row, data)

    def unseal(self, row: str, wrapped: bytes, sealed: bytes) -> bytes:
        """Raises BrokenSealError."""
        return unlock(unlock(self._wrapping, f"key of {row}", wrapped), row, sealed)

    def look_up(self, kind: str, value: str) -> str:
        """By which something is found that must not be stored: HMAC-SHA256, 64 hexadecimal digits."""
        return hmac.digest(self._looking_up, f"{kind}\0{value}".encode(), "sha256").hex()

    def sign(self, data: bytes) -> bytes:
        """HMAC-SHA256, 32 bytes."""
        return hmac.digest(self._signing, data, "sha256")


def key_of(secret: str, use: str) -> bytes:
    """Of a random secret that the database does not have."""
    return _beneath(secret.encode(), use)


def lock(key: bytes, about: str, data: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return _FORM + nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def unlock(key: bytes, about: str, locked: bytes) -> bytes:
    """Raises BrokenSealError."""
    if locked[:1] != _FORM:
        raise BrokenSealError("sealed in a form that this hub does not know")
    try:
        return AESGCM(key).decrypt(locked[1 : 1 + _NONCE], locked[1 + _NONCE :], about.encode())
    except (InvalidTag, ValueError) as error:
        raise BrokenSealError("does not open: another key, another row, or changed") from error


def _beneath(key: bytes, use: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"tingxu people 1: {use}".encode()).derive(key)
