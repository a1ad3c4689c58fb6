"""In place of a picture puzzle, which who cannot see cannot solve: the browser computes for a moment. People notice
nothing; a flood becomes dear. hub/web/static/effort.js does it.

A challenge is `v1.NONCE.BITS.EXPIRES.SIGNATURE`; its solution is a whole number, in decimal, so that SHA-256 of
`CHALLENGE:NUMBER` begins with so many zero bits (hashcash, Back 2002, with a server's challenge).
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict, deque
from datetime import UTC, datetime, timedelta
from threading import Lock

import msgspec

from hub.people.sealing import Keys
from hub.storage.efforts import Efforts

GOOD_FOR = timedelta(minutes=10)
BITS, BITS_MAX = 15, 19  # 33 and 524 thousand hashes on average: a second on a phone, and a quarter of a minute
_FREE = 20  # requests of an address in `_WINDOW` before it gets harder: a hall's guests share one
_WINDOW = timedelta(minutes=10)
_ADDRESSES_MAX = 10_000
_CHALLENGE = re.compile(r"v1\.([0-9a-f]{32})\.(\d{1,2})\.(\d{1,12})\.[A-Za-z0-9_-]{43}\Z")
_NUMBER = re.compile(r"\d{1,16}\Z", re.ASCII)


class Challenge(msgspec.Struct, frozen=True):
    """What the page gives to the worker."""

    text: str
    bits: int


class Effort:
    """Safe to call from any thread. How often an address asked is known to this process alone and not kept; that a
    challenge was used is in the database. `bits`: what everybody does; 0 in tests."""

    def __init__(self, spent: Efforts, keys: Keys, bits: int = BITS) -> None:
        self._spent, self._keys, self._bits = spent, keys, bits
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def challenge(self, address: str, now: datetime) -> Challenge:
        """Each time that an address has asked as often again, one bit more: twice the work."""
        bits = self._bits + self._harder(address, now)
        body = f"v1.{secrets.token_hex(16)}.{bits}.{int((now + GOOD_FOR).timestamp())}"
        return Challenge(f"{body}.{self._signature(body)}", bits)

    def accept(self, challenge: str, solution: str, now: datetime) -> bool:
        """Once, before it expires. Nothing is looked up before the signature and the work are right."""
        found = _CHALLENGE.match(challenge)
        if not found or not _NUMBER.match(solution):
            return False
        body, _, signature = challenge.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(body)):
            return False
        nonce, bits, expires_at = found[1], int(found[2]), datetime.fromtimestamp(int(found[3]), UTC)
        if expires_at <= now or zero_bits(hashlib.sha256(f"{challenge}:{solution}".encode()).digest()) < bits:
            return False
        return self._spent.spend(nonce, expires_at)

    def sweep(self, now: datetime) -> None:
        self._spent.sweep(now)

    def _signature(self, body: str) -> str:
        return base64.urlsafe_b64encode(self._keys.sign(b"effort " + body.encode())).rstrip(b"=").decode()

    def _harder(self, address: str, now: datetime) -> int:
        with self._lock:
            asked = self._asked.setdefault(address, deque(maxlen=_FREE << (BITS_MAX - BITS)))
            self._asked.move_to_end(address)
            while asked and asked[0] <= now - _WINDOW:
                asked.popleft()
            asked.append(now)
            if len(self._asked) > _ADDRESSES_MAX:
                self._asked.popitem(last=False)
            return min(BITS_MAX - BITS, ((len(asked) - 1) // _FREE).bit_length())


def zero_bits(digest: bytes) -> int:
    """How many it begins with."""
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()


def solve(challenge: Challenge) -> str:
    """As the browser does it: for tests, and for programs that act for people."""
    number = 0
    while zero_bits(hashlib.sha256(f"{challenge.text}:{number}".encode()).digest()) < challenge.bits:
        number += 1
    return str(number)
