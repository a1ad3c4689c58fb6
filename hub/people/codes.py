"""One-time codes: whoever has the phone reads six digits on it. The same answers in the same time for every phone."""

import asyncio
import hmac
import math
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

import msgspec

from hub.people.outbox import Outbox
from hub.people.persons import phone_of
from hub.people.sealing import Keys
from hub.storage.one_time import Limit, OneTime

GOOD_FOR = timedelta(minutes=5)
TRIES_MAX = 5
_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class TooManyError(Exception):
    """Too many codes or too many tries; `retry_s`: seconds until it makes sense again."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(f"too many; try again in {retry_s} s")
        self.retry_s = retry_s


class Limits(msgspec.Struct, frozen=True):
    """How many codes are sent: to a phone, for an address (IPv6: its /64), by the whole hub: a flood costs money."""

    phone_minute: int = 1
    phone_day: int = 5
    address_hour: int = 30
    hub_minute: int = 60
    hub_hour: int = 1000

    def all(self) -> list[Limit]:
        return [
            Limit("phone", self.phone_minute, _MINUTE),
            Limit("phone", self.phone_day, _DAY),
            Limit("address", self.address_hour, _HOUR),
            Limit("", self.hub_minute, _MINUTE),
            Limit("", self.hub_hour, _HOUR),
        ]


class OneTimeCodes:
    """`words(code, minutes, language)`: the text that is sent."""

    def __init__(
        self,
        stored: OneTime,
        keys: Keys,
        outbox: Outbox,
        words: Callable[[str, int, str], str],
        limits: Limits = Limits(),  # noqa: B008 - immutable
    ) -> None:
        self._stored, self._keys, self._outbox, self._words, self._limits = stored, keys, outbox, words, limits

    async def send(self, phone: str, address: str, now: datetime, *, language: str = "zh") -> None:
        """Returns when the code is in the outbox. Raises TooManyError, and BadPersonError for what is no phone."""
        await asyncio.to_thread(self._send, phone_of(phone), address, now, language)
        self._outbox.wake()

    def check(self, phone: str, code: str, now: datetime) -> bool:
        """A right code is used up. Raises TooManyError after too many tries, whether there is a code or not."""
        phone = phone_of(phone)
        hidden = self._hidden(phone)
        tried = self._stored.tried(hidden, at=now, until=now + GOOD_FOR)
        right = hmac.compare_digest(tried.code or self._of_code(phone, "none"), self._of_code(phone, code.strip()))
        if tried.tries > TRIES_MAX:
            raise TooManyError(_seconds(tried.expires_at - now))
        return right and self._stored.use_up(hidden, tried.code or "")

    def sweep(self, now: datetime) -> None:
        """What no limit needs any more goes."""
        self._stored.sweep(now, now - _DAY)

    def _send(self, phone: str, address: str, now: datetime, language: str) -> None:
        code = f"{secrets.randbelow(1_000_000):06}"
        expires_at = now + GOOD_FOR
        until = self._stored.put(
            self._hidden(phone),
            self._keys.look_up("address", _place(address)),
            self._of_code(phone, code),
            at=now,
            expires_at=expires_at,
            limits=self._limits.all(),
        )
        if until is not None:
            raise TooManyError(_seconds(until - now))
        text = self._words(code, int(GOOD_FOR / _MINUTE), language)
        self._outbox.put(phone, text, ident=f"code/{secrets.token_hex(16)}", expires_at=expires_at, now=now)

    def _hidden(self, phone: str) -> str:
        return self._keys.look_up("phone", phone)

    def _of_code(self, phone: str, code: str) -> str:
        """Keyed: of six digits a plain hash could be tried out in a second."""
        return self._keys.look_up("code", f"{phone}\0{code}")


def _place(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Address(int(found) >> 64 << 64))
    return str(found)


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))
