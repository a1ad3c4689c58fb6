"""What the repeater knows of one handheld, and what that handheld should show. Pure."""

from typing import Any

import msgspec

from edge.protocols import ff68, ff68_keys
from edge.repeater.settings import Settings
from wire.messages import CallerView, EvaluatorView, Fact


class Handset(msgspec.Struct, frozen=True, kw_only=True):
    """Times are those of the inputs, in seconds."""

    address: int
    view: CallerView | EvaluatorView
    send_at: float  # when the next frame to it is due: a change, a retry or a poll
    sent: ff68.Frame | None = None  # the newest frame to it
    asked: str = ""  # the ask that was open then
    echoed: bool = True  # it gave `sent` back
    retries: int = 0  # of `sent`, in a row
    heard_at: float | None = None
    present: bool = False
    last: ff68.Frame | None = None  # its newest frame that was no echo
    last_at: float = 0.0
    answer: tuple[Any, ...] = ()  # effects that answered `last`; its repeats get them again
    allowance: float = 0.0  # frames it may send at once, at `last_at`
    rated: str = ""  # the newest ask that it has answered
    frames: int = 0
    repeats: int = 0
    dropped: int = 0  # faster than allowed
    unread: int = 0  # no key and no rating that we know
    lost: int = 0  # times that it went out of hearing

    def wanted(self, at: float, settings: Settings) -> ff68.Frame:
        """The frame that puts on the handheld what its view says."""
        view = self.view
        if isinstance(view, CallerView):
            return ff68_keys.display(self.address, view.waiting, view.number)
        if self.open_ask(at):
            return ff68_keys.start_rating(self.address)
        return ff68_keys.star_level(self.address, settings.star_level)

    def open_ask(self, at: float) -> str:
        """The ask that a rating at `at` answers; empty when none is open or it has been answered already."""
        ask = self.view.ask if isinstance(self.view, EvaluatorView) else None
        if ask is None or ask.id == self.rated or at > ask.until.timestamp():
            return ""
        return ask.id

    def shown(self, view: CallerView | EvaluatorView, at: float, settings: Settings) -> "Handset":
        """With a newer view; its frame is due at once if it says something new, or asks anew."""
        newer = msgspec.structs.replace(self, view=view)
        same = newer.wanted(at, settings) == self.sent and newer.open_ask(at) == self.asked
        return newer if same else newer.anew(at)

    def anew(self, at: float) -> "Handset":
        """To be sent what it should show at once, with all retries."""
        return msgspec.structs.replace(self, send_at=at, echoed=True, retries=0)

    def later(self, by_s: float) -> "Handset":
        """With every moment moved, after the clock was set."""
        return msgspec.structs.replace(
            self,
            send_at=self.send_at + by_s,
            last_at=self.last_at + by_s,
            heard_at=None if self.heard_at is None else self.heard_at + by_s,
        )

    def facts(self, at: float) -> dict[str, Fact]:
        return {
            "kind": "caller" if isinstance(self.view, CallerView) else "evaluator",
            "present": self.present,
            "heard_s_ago": None if self.heard_at is None else round(max(0.0, at - self.heard_at), 1),
            "frames": self.frames,
            "repeats": self.repeats,
            "dropped": self.dropped,
            "unread": self.unread,
            "lost": self.lost,
        }
