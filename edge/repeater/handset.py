"""What the repeater knows of one handheld, and what that handheld should show. Pure."""

from typing import Any

import msgspec

from edge.protocols import ff68, ff68_keys
from edge.repeater.settings import Settings
from wire.base import Fact
from wire.messages import CallerView, EvaluatorView

_NEVER = float("inf")
_PAIR_S = 0.25  # a frame of another repeater and its echo follow each other within this
_RSSI_WEIGHT, _LOSS_WEIGHT = 1 / 4, 1 / 16  # of the newest frame


class Handset(msgspec.Struct, frozen=True, kw_only=True):
    """Times are those of the inputs, in seconds. `turn` and `turns` as in the view: 0 is ours to show and answer."""

    address: int
    view: CallerView | EvaluatorView
    turn: int = 0
    turns: int = 1
    # Down.
    send_at: float = _NEVER  # when the next frame to it is due: a change, a retry, a poll, or that none came back
    sent: ff68.Frame | None = None  # the newest frame to it
    asked: str = ""  # the ask that was open then
    waiting: bool = False  # for the echo of `sent`
    retries: int = 0  # of `sent`, in a row
    polled_at: float = 0.0  # when `sent` went out first
    fresh: bool = True  # ours since a moment: not known yet whether it hears us
    misses: int = 0  # frames in a row that it did not echo, with all their retries
    # Up.
    heard_at: float | None = None
    present: bool = False
    last: ff68.Frame | None = None  # its newest frame that was no echo
    last_at: float = 0.0
    copies: int = 0  # how often it has said `last`, in a row
    answer: tuple[Any, ...] = ()  # effects that answer `last`
    answer_turn: int = 0  # whose turn ours is to give it
    answer_at: float = _NEVER
    stood_in_at: float | None = None  # when we last answered it in another repeater's place
    overheard: ff68.Frame | None = None  # another repeater's frame, or the echo of one
    overheard_at: float = 0.0
    allowance: float = 0.0  # frames it may send at once, at `last_at`
    rated: str = ""  # the newest ask that it has answered
    # Figures.
    rssi_dbm: float | None = None  # of its frames, the newest ones most
    loss: float | None = None  # share of our frames that it did not echo, the newest ones most
    frames: int = 0
    repeats: int = 0
    retried: int = 0
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

    # Down.

    def shown(self, view: CallerView | EvaluatorView, at: float, settings: Settings) -> "Handset":
        """With a newer view; its frame is due at once if it says something new, or asks anew."""
        newer = msgspec.structs.replace(self, view=view)
        same = newer.wanted(at, settings) == self.sent and newer.open_ask(at) == self.asked
        return newer if same else newer.anew(at)

    def placed(self, turn: int, turns: int, at: float) -> "Handset":
        """Whose it is now: with turn 0 it is shown its content at once, with another one no more."""
        if (turn, turns) == (self.turn, self.turns):
            return self
        newer = msgspec.structs.replace(self, turn=turn, turns=turns, answer_at=_NEVER)
        if turn == self.turn:
            return newer
        return msgspec.structs.replace(newer, fresh=True, misses=0, sent=None).anew(at)

    def anew(self, at: float) -> "Handset":
        """To be sent what it should show at once, with all retries; if it is ours to show."""
        due = at if self.turn == 0 else _NEVER
        return msgspec.structs.replace(self, send_at=due, waiting=False, retries=0)

    def sending(self, at: float, settings: Settings) -> tuple["Handset", ff68.Frame | None]:
        """What is due: the frame that it should have, once more if it was not echoed; or none, when that was enough.

        A handheld out of hearing is only polled: retries for it would take the air from the others.
        """
        joins = self.fresh and self.turns > 1
        tries = settings.retries_max if self.present or joins else 0
        if self.waiting and self.retries >= tries:
            given_up = self._echoed(False)
            poll_at = self.polled_at + settings.poll_s
            return msgspec.structs.replace(given_up, fresh=False, misses=self.misses + 1, send_at=poll_at), None
        again = self.waiting
        frame = self.wanted(at, settings)
        one = self._echoed(False) if again else msgspec.structs.replace(self, polled_at=at)
        return msgspec.structs.replace(
            one,
            sent=frame,
            asked=self.open_ask(at),
            waiting=True,
            retries=self.retries + 1 if again else 0,
            retried=self.retried + again,
            send_at=at + (settings.retry_s if tries else settings.poll_s),
        ), frame

    # Up.

    def echoed(self, at: float, rssi_dbm: int | None, settings: Settings) -> "Handset":
        """It gave `sent` back."""
        one = self._echoed(True).heard(at, rssi_dbm)
        return msgspec.structs.replace(one, send_at=at + settings.poll_s, fresh=False, misses=0)

    def heard(self, at: float, rssi_dbm: int | None) -> "Handset":
        strength = self.rssi_dbm
        if rssi_dbm is not None:
            strength = rssi_dbm if strength is None else strength + (rssi_dbm - strength) * _RSSI_WEIGHT
        return msgspec.structs.replace(self, heard_at=at, present=True, frames=self.frames + 1, rssi_dbm=strength)

    def overhearing(self, frame: ff68.Frame, at: float, rssi_dbm: int | None) -> "Handset":
        """A frame to it, or its echo: of two alike in short order the second is the echo, and of one nobody knows."""
        silent = msgspec.structs.replace(self, answer_at=_NEVER) if self._answers(frame) else self
        if self.turns == 1 or (frame == self.overheard and 0 <= at - self.overheard_at < _PAIR_S):
            return msgspec.structs.replace(silent, overheard=None).heard(at, rssi_dbm)
        return msgspec.structs.replace(silent, overheard=frame, overheard_at=at)

    def gone(self, at: float, settings: Settings) -> bool:
        """Whether it has just gone out of hearing."""
        return self.present and self.heard_at is not None and at - self.heard_at >= settings.lost_s

    def wake_at(self, settings: Settings) -> float:
        silent_at = self.heard_at + settings.lost_s if self.present and self.heard_at is not None else _NEVER
        return min(self.send_at, self.answer_at, silent_at)

    def later(self, by_s: float) -> "Handset":
        """With every moment moved, after the clock was set."""
        return msgspec.structs.replace(
            self,
            send_at=self.send_at + by_s,
            polled_at=self.polled_at + by_s,
            last_at=self.last_at + by_s,
            answer_at=self.answer_at + by_s,
            overheard_at=self.overheard_at + by_s,
            heard_at=None if self.heard_at is None else self.heard_at + by_s,
            stood_in_at=None if self.stood_in_at is None else self.stood_in_at + by_s,
        )

    def facts(self, at: float, settings: Settings) -> dict[str, Fact]:
        """No frame of FF68 carries the state of a battery: it is unknown."""
        return {
            "kind": "caller" if isinstance(self.view, CallerView) else "evaluator",
            "turn": self.turn,
            "present": self.present,
            "heard_s_ago": _ago(self.heard_at, at),
            "stood_in_s_ago": _ago(self.stood_in_at, at),
            "rssi_dbm": None if self.rssi_dbm is None else round(self.rssi_dbm),
            "loss": None if self.loss is None else round(self.loss, 2),
            "misses": self.misses,
            "retries": self.retried,
            "frames": self.frames,
            "repeats": self.repeats,
            "dropped": self.dropped,
            "unread": self.unread,
            "lost": self.lost,
            "stuck": self.copies > settings.stuck_after,
            "battery": None,
        }

    def _echoed(self, it_did: bool) -> "Handset":
        missed = 0.0 if it_did else 1.0
        loss = missed if self.loss is None else self.loss + (missed - self.loss) * _LOSS_WEIGHT
        return msgspec.structs.replace(self, waiting=False, loss=loss)

    def _answers(self, frame: ff68.Frame) -> bool:
        """Whether another repeater has just answered what it said last."""
        beep = frame.command == ff68_keys.BEEP
        return beep or (self.last is not None and frame == ff68_keys.acknowledgement(self.last))


def _ago(moment: float | None, at: float) -> float | None:
    return None if moment is None else round(max(0.0, at - moment), 1)
