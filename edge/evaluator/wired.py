"""What passes between us and a wired evaluator of the market (FF68): shown, echoed, pressed, acknowledged. Pure."""

import msgspec

from edge.evaluator.events import Face, Transmit
from edge.evaluator.settings import Ff68Settings
from edge.protocols import ff68_keys
from edge.protocols.ff68 import Frame
from edge.runtime.device import Effect, ReportHealth
from edge.runtime.elapsed import is_over
from wire.base import Fact

_NEVER = float("inf")
_with = msgspec.structs.replace


class Wired(msgspec.Struct, frozen=True, kw_only=True):
    """Times are those of the inputs, in seconds."""

    settings: Ff68Settings
    is_open: bool = False
    present: bool = False  # it gives back what it is sent
    asked: str = ""  # the ask that `sent` was for
    sent: Frame | None = None  # the newest frame to it
    echoed: bool = False
    retries: int = 0  # of `sent`, in a row
    send_at: float = 0.0  # when the next frame is due: a retry, or a question whether it is there
    last: Frame | None = None  # its newest press
    last_at: float = 0.0
    answer: Frame | None = None  # to `last`; its repeats get it again
    allowance: float = 0.0  # frames it may send at once, at `last_at`
    frames: int = 0
    repeats: int = 0
    strangers: int = 0  # frames of other addresses
    dropped: int = 0  # faster than a finger
    unread: int = 0  # no rating that we know


def trouble(wired: Wired, *, shown: bool) -> str:
    """What a technician should mend; nothing where it answers. `shown`: it has had time to."""
    if not wired.is_open:
        return f"串口{wired.settings.port}打不开 The serial port cannot be opened: look at its cable"
    if shown and not (wired.present and wired.echoed):
        return f"评价器（地址{wired.settings.address}）没有应答 No answer: look at its cable, power and address"
    return ""


def facts(wired: Wired) -> dict[str, Fact]:
    return {
        "present": wired.present,
        "frames": wired.frames,
        "repeats": wired.repeats,
        "strangers": wired.strangers,
        "dropped": wired.dropped,
        "unread": wired.unread,
    }


def changed(wired: Wired, is_open: bool, at: float) -> Wired:
    """The port: what the device missed meanwhile it is told at once."""
    return _with(wired, is_open=is_open, present=wired.present and is_open, retries=0, send_at=at)


def heard(wired: Wired, frame: Frame, at: float) -> tuple[Wired, Frame | None, list[Effect]]:
    """With the frame, if it is a press to be acted upon: neither an echo, nor a repeat, nor somebody else's."""
    if frame.address != wired.settings.address:
        return _with(wired, strangers=wired.strangers + 1), None, []
    news: list[Effect] = [] if wired.present else [ReportHealth()]
    wired = _with(wired, present=True, frames=wired.frames + 1)
    if frame == wired.sent and not wired.echoed:
        # A question that stands is not asked again: each would be spoken anew.
        send_at = _NEVER if wired.asked else at + wired.settings.poll_s
        return _with(wired, echoed=True, retries=0, send_at=send_at), None, news
    if ff68_keys.is_echo(frame) or frame == wired.sent:
        return wired, None, news
    wired, press, effects = _said(wired, frame, at)
    return wired, press, [*news, *effects]


def answered(wired: Wired, answer: Frame) -> tuple[Wired, list[Effect]]:
    return _with(wired, answer=answer), [Transmit(answer, urgent=True)]


def forgotten(wired: Wired) -> Wired:
    """What was pressed could not be kept, and nothing was sent after it: a repeat of the press is one more try."""
    return _with(wired, sent=None, last=None, answer=None)


def tended(wired: Wired, face: Face, at: float) -> tuple[Wired, list[Effect]]:
    """The frame that is due, if one is: for what the face says, anew without an echo, or to see that it is there."""
    wanted, asked = _frame(face, wired.settings), face.ask if face.step == "ask" else ""
    if (wanted, asked) != (wired.sent, wired.asked):
        wired = _with(wired, sent=wanted, asked=asked, retries=0, send_at=at)
    elif wired.send_at < _NEVER:  # the clock may have been put back
        wired = _with(wired, send_at=min(wired.send_at, at + wired.settings.poll_s))
    if not wired.is_open or at < wired.send_at:
        return wired, []
    again = wired.retries < wired.settings.retries_max
    lost = not again and wired.present
    later = wired.settings.retry_s if again else wired.settings.poll_s
    sent = _with(
        wired,
        echoed=False,
        present=wired.present and not lost,
        retries=wired.retries + 1 if again else 0,
        send_at=at + later,
    )
    return sent, [Transmit(wanted), *([ReportHealth()] if lost else [])]


def _said(wired: Wired, frame: Frame, at: float) -> tuple[Wired, Frame | None, list[Effect]]:
    limit, since = wired.settings.frames_per_s_max, max(0.0, at - wired.last_at)
    allowance = min(limit, wired.allowance + since * limit) - 1
    if allowance < 0:
        return _with(wired, dropped=wired.dropped + 1), None, []
    repeated = frame == wired.last and not is_over(wired.last_at, wired.settings.repeat_s, at)
    wired = _with(wired, last_at=at, allowance=allowance)
    if repeated:
        answer: list[Effect] = [] if wired.answer is None else [Transmit(wired.answer, urgent=True)]
        return _with(wired, repeats=wired.repeats + 1), None, answer
    wired = _with(wired, last=frame, answer=None)
    if ff68_keys.is_not_rated(frame):
        wired, effects = answered(wired, ff68_keys.acknowledgement(frame))
        return wired, None, effects
    if ff68_keys.level(frame) is None:
        return _with(wired, unread=wired.unread + 1), None, []
    return wired, frame, []


def _frame(face: Face, settings: Ff68Settings) -> Frame:
    if face.step == "ask":
        return ff68_keys.start_rating(settings.address)
    stars = settings.stars if face.stars is None else face.stars
    return ff68_keys.star_level(settings.address, stars)
