"""What the broker retains of the hub's views, as far as one of its processes can know (docs/adr/0015).

A process knows what it published itself and, by its subscription, what the others did. Whoever sees that something
older or other than the truth is retained publishes the truth anew, so that all come to the same.
"""

from collections.abc import Callable
from time import monotonic

import msgspec
from msgspec.structs import replace

from wire.base import View

_CROSSING_S = 1.0  # what was published no longer ago may have met what is heard now on its way
_TENDED_S = 0.6  # who published no longer ago will go on with it
_ABANDONED_S = 5.0


class _Held(msgspec.Struct, frozen=True):
    content: View  # without a version
    version: tuple[int, int]  # epoch and position
    at: float
    ours: bool


class Retained:
    """Views by topic. `clock`: seconds, never set back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._sent: dict[str, _Held] = {}  # our own latest

    def clear(self) -> None:
        """The broker may have forgotten everything."""
        self._held.clear()
        self._sent.clear()

    def published(self, topic: str, view: View) -> None:
        """By this process."""
        self._held[topic] = self._sent[topic] = self._as_held(view, ours=True)

    def heard(self, topic: str, view: View) -> bool:
        """Another process published that. True when it may have replaced something newer."""
        before, ours, now = self._held.get(topic), self._sent.get(topic), self._as_held(view, ours=False)
        if ours is not None and now.at - ours.at < _CROSSING_S and ours.content != now.content:
            self._held.pop(topic, None)  # which of the two came last at the broker? said once more, it is certain
            return True
        self._held[topic] = now
        return before is not None and before.version > now.version

    def lacks(self, topic: str, view: View, version: tuple[int, int]) -> bool:
        """Whether `view`, the truth as of `version`, is to be published. Never over something newer."""
        held = self._held.get(topic)
        if held is None or (held.ours and held.content != view):
            return True
        if held.content == view or held.version > version:
            return False
        return held.version < version or self._clock() - held.at > _ABANDONED_S

    def differs(self, topic: str, view: View) -> bool:
        """Whether anything but `view` is retained, for what has no version in the log: the caller has asked the
        database after what was heard last, and so knows."""
        held = self._held.get(topic)
        return held is None or held.content != view

    def version(self, topic: str) -> tuple[int, int]:
        """Of what is retained there, as far as is known."""
        held = self._held.get(topic)
        return held.version if held is not None else (0, 0)

    def is_tended(self, topic: str) -> bool:
        """Whether another process has just published there, and so will publish what comes next."""
        held = self._held.get(topic)
        return held is not None and not held.ours and self._clock() - held.at < _TENDED_S

    def _as_held(self, view: View, *, ours: bool) -> _Held:
        return _Held(replace(view, epoch=0, version=0), (view.epoch, view.version), self._clock(), ours)
