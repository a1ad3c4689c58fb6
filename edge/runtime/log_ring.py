"""The last lines of the agent's own log, in memory: what a technician far away asks for first.

Nothing personal is ever logged (docs/security.md). As a second net, what looks like an identity number is masked here,
before it is kept.
"""

import json
import logging
import re
import time
from collections import deque

from wire.orders import LOG_BYTES

_MOST = 1000  # lines; of 300 characters each they take 300 kB at the worst
_LINE_MAX = 300  # characters
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")  # GB 11643: district, birthday, order and check


class LogRing(logging.Handler):
    """Give it to a logger. Times are UTC."""

    def __init__(self, most: int = _MOST) -> None:
        super().__init__()
        formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)
        self._lines: deque[str] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.extend(clean(self.format(record)))

    def last(self, lines: int) -> list[str]:
        """The newest last."""
        return list(self._lines)[-lines:]


def clean(text: str) -> list[str]:
    """Lines that may leave the board: of a bounded length, without control characters and identity numbers."""
    shown = ["".join(sign if sign.isprintable() else " " for sign in line) for line in text.splitlines()]
    return [_IDENTITY.sub(r"\1********\2", line)[:_LINE_MAX] for line in shown if line.strip()]


def fitted(lines: list[str], most: int = LOG_BYTES) -> str:
    """As many of the newest as have room in one message, as they stand in its JSON."""
    kept: list[str] = []
    size = 2
    for line in reversed(lines):
        size += len(json.dumps(line, ensure_ascii=False).encode())
        if size > most:
            break
        kept.append(line)
    return "\n".join(reversed(kept))
