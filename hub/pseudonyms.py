"""Who somebody is, as the log may know it: the same person is the same pseudonym, and nobody reads a number from it."""

import hmac
import secrets
import unicodedata

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_SHOWN = 32  # hexadecimal digits: 128 bits


class Pseudonyms:
    """`key`: secret, and this hub's for good: with another one, nobody is known again. Losing it forgets everybody."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a key for pseudonyms has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    def of(self, number: str) -> str:
        """Of an identity number as typed or read by a machine; empty for none. HMAC-SHA256 (RFC 2104)."""
        plain = "".join(unicodedata.normalize("NFKC", number).split()).upper()
        if not plain:
            return ""
        return hmac.digest(self._key, plain.encode("utf-8", "replace"), "sha256").hex()[:_SHOWN]

    def derived(self, purpose: str) -> bytes:
        """A key for something else, 32 bytes, from which nobody finds this one. HKDF-SHA256 (RFC 5869)."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"tingxu/{purpose}".encode()).derive(self._key)


def fresh_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
