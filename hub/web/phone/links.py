"""The address under which a citizen follows their own ticket: nobody guesses it from the number, which is A012."""

import hmac
import re
from base64 import urlsafe_b64encode

_MAC_BYTES = 12  # 96 bits: 16 characters in the address, and in the QR code on the slip
_TOKEN = re.compile(r"(?P<day>\d{8})-(?P<number>[A-Z]{1,3}\d{2,6})-(?P<mac>[A-Za-z0-9_-]{16})\Z", re.ASCII)


class Links:
    """`key`: the hub's; the same for all of its processes. `base`: where citizens reach its pages, such as
    https://hall.example; empty: nowhere, and nothing is to be printed."""

    def __init__(self, key: bytes, base: str = "") -> None:
        self._key, self._base = key, base.rstrip("/")

    def follow_path(self, hall: str, day: str, number: str) -> str:
        """`day`: YYYY-MM-DD."""
        return f"/m/{hall}/t/{day.replace('-', '')}-{number}-{self._mac(hall, day, number)}"

    def follow_url(self, hall: str, day: str, number: str) -> str:
        """Whole, for a QR code; empty where no citizen could open it."""
        return self._base + self.follow_path(hall, day, number) if self._base else ""

    def start_url(self, hall: str) -> str:
        """Of the hall's first page for phones; empty where no citizen could open it."""
        return f"{self._base}/m/{hall}" if self._base else ""

    def ticket(self, hall: str, token: str) -> tuple[str, str] | None:
        """Its day and number; None where the token is not one of ours for that hall."""
        found = _TOKEN.match(token)
        if found is None:
            return None
        day = f"{found['day'][:4]}-{found['day'][4:6]}-{found['day'][6:]}"
        right = self._mac(hall, day, found["number"])
        return (day, found["number"]) if hmac.compare_digest(right, found["mac"]) else None

    def _mac(self, hall: str, day: str, number: str) -> str:
        """HMAC-SHA256 (RFC 2104), cut short as its section 5 allows."""
        whole = hmac.digest(self._key, f"{hall}\0{day}\0{number}".encode(), "sha256")
        return urlsafe_b64encode(whole[:_MAC_BYTES]).decode()
