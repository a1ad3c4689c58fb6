"""What happened, line by line: a fingerprint of the whole run, and the last lines of it for whoever looks into one."""

import hashlib
from collections import deque
from collections.abc import Callable


class Trace:
    """`show`: called with every line as it comes."""

    def __init__(self, now: Callable[[], float], kept: int = 60, show: Callable[[str], None] | None = None) -> None:
        self._now, self._show = now, show
        self._hash = hashlib.blake2b(digest_size=12)
        self.last: deque[str] = deque(maxlen=kept)
        self.steps = 0

    def note(self, who: str, what: str) -> None:
        line = f"{self._now():12.6f} {who:<14} {what}"
        self._hash.update(line.encode())
        self.last.append(line)
        self.steps += 1
        if self._show is not None:
            self._show(line)

    @property
    def fingerprint(self) -> str:
        """Equal for two runs that did the same things at the same moments, in the same order."""
        return self._hash.hexdigest()
