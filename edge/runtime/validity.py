"""From when until when a certificate counts (RFC 5280 §4.1.2.5), read without a cryptographic library: it is 10 MB."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_UTC_TIME, _VERSION = 0x17, 0xA0


def validity(path: Path) -> tuple[float, float]:
    """(not before, not after), seconds since 1970, of the first certificate in a PEM file.

    Raises ValueError for what is none, OSError.
    """
    text = path.read_text("ascii")
    begin, end = text.find(_BEGIN), text.find(_END)
    if begin < 0 or end < begin:
        raise ValueError(f"{path}: holds no certificate in PEM")
    try:
        fields = _parts(_parts(_whole(ssl.PEM_cert_to_DER_cert(text[begin : end + len(_END)])))[0][1])
        after_version = fields[1:] if fields[0][0] == _VERSION else fields
        start, stop = _parts(after_version[3][1])  # serial, signature, issuer, validity
        return _moment(*start), _moment(*stop)
    except (IndexError, ValueError) as error:
        raise ValueError(f"{path}: is no certificate: {error}") from error


def _whole(der: bytes) -> bytes:
    ((_, content),) = _parts(der)
    return content


def _parts(der: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each element (X.690 §8.1)."""
    found, at = [], 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
        if at + length > len(der):
            raise ValueError("an element is longer than what holds it")
        found.append((tag, der[at : at + length]))
        at += length
    return found


def _moment(tag: int, content: bytes) -> float:
    text = content.decode("ascii")
    if tag == _UTC_TIME:  # its years are 1950 to 2049
        text = ("20" if text[:2] < "50" else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
