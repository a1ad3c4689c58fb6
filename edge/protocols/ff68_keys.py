"""What FF68 frames mean, in one place: keys of keypads and evaluators, answers, and what they are shown.

For wireless ones behind a repeater and for wired ones alike. Source: public manuals of 21-key callers and 4-key
evaluators; where these leave something to the host, README.md of `edge/repeater` says what we chose.
"""

import msgspec

from edge.protocols.ff68 import Frame
from wire.messages import CounterPhase, Verb

# Commands from a handheld. The manuals name a key by its last data byte and leave the command open: 01 is what our
# own keypads send, any that is neither a rating nor an echo is taken.
KEY = 0x01
RATING = 0x11
# Commands to a handheld.
START_RATING = 0x01
SHOW = 0x02
BEEP = 0x03

BLANK = 0x0A
CANCEL, TRANSFER, OK = 0x0E, 0x13, 0x0F

_START_RATING_DATA = b"\x0b"

VERBS: dict[bytes, Verb] = {
    b"\x0c": "call-next",  # 顺呼
    b"\x0d": "recall",  # 重呼
    # 评价: these keypads have no key to end a service, and a clerk presses 评价 when done: it does both.
    b"\x0b": "end",
    b"\x12": "pause",  # 暂停, and again: 恢复
    b"\x06\x0f": "no-show",  # 过号
    b"\x00\x0f": "park",  # 挂起
    b"\x03\x0f": "return",  # 回呼
}
"""Data of a key frame → what the clerk wants; digits typed before OK are part of it, 12 toggles."""

LEVELS: dict[int, int] = {0: 2, 2: 4, 3: 5}
"""Key of a 4-key evaluator → level: 不满意 2, 满意 4, 非常满意 5."""
NOT_RATED = 1

_WORK_NUMBER_DIGITS = range(3, 9)
_TRANSFER_DIGITS = range(1, 5)


class Keystroke(msgspec.Struct, frozen=True):
    """What a clerk wants. `verb` is None for 取消, which only clears what was typed: nothing for the hub."""

    verb: Verb | None
    argument: str = ""


# From a keypad or an evaluator.


def keystroke(frame: Frame, phase: CounterPhase) -> Keystroke | None:
    """What a keypad's frame asks for at a counter in `phase`; None when it is no key that we know.

    Digits before 转移 are the counter it goes to; three or more digits before OK are a work number that signs on.
    """
    if is_echo(frame) or frame.command == RATING or not frame.data:
        return None
    key, digits = frame.data[-1], frame.data[:-1]
    if any(digit > 9 for digit in digits):
        return None
    typed = "".join(map(str, digits))
    if key == TRANSFER:
        return Keystroke("transfer", typed) if len(typed) in _TRANSFER_DIGITS else None
    if key == CANCEL:
        return Keystroke(None)
    if key == OK and len(typed) in _WORK_NUMBER_DIGITS:
        return Keystroke("sign-on", typed)
    verb = VERBS.get(frame.data if key == OK else frame.data[-1:])
    if verb == "pause" and phase == "paused":
        verb = "resume"
    return None if verb is None else Keystroke(verb)


def level(frame: Frame) -> int | None:
    """The level (1-5) of an evaluator's rating; None for 未评价 and for what is no rating."""
    return LEVELS.get(frame.data[0]) if frame.command == RATING and frame.data else None


def is_not_rated(frame: Frame) -> bool:
    """An evaluator's 未评价: taken, and nothing for the hub."""
    return frame.command == RATING and frame.data[:1] == bytes((NOT_RATED,))


def is_echo(frame: Frame) -> bool:
    """Whether a handheld only gives back a frame of ours: it never asks for these itself, and they are not answered."""
    return frame.command in (SHOW, BEEP)


def acknowledgement(frame: Frame) -> Frame:
    """What the handheld waits for before it stops repeating: its own frame, or for a rating the data under 01."""
    return Frame(frame.address, 0x01, frame.data) if frame.command == RATING else frame


# To a keypad or an evaluator.


def display(address: int, waiting: int, number: str) -> Frame:
    """Keypad: how many wait (999 at most) and the last three digits of the ticket; blank where there is none."""
    digits = "".join(sign for sign in number if sign in "0123456789")[-3:]
    text = f"{min(max(waiting, 0), 999):>3}{digits:>3}"
    return Frame(address, SHOW, bytes(BLANK if sign == " " else int(sign) for sign in text))


def beep(address: int) -> Frame:
    return Frame(address, BEEP)


def star_level(address: int, stars: int) -> Frame:
    """Evaluator: light the clerk's stars (0-5), which is also how it looks when it asks for nothing."""
    return Frame(address, SHOW, bytes((stars,)))


def start_rating(address: int) -> Frame:
    """Evaluator: ask the citizen now."""
    return Frame(address, START_RATING, _START_RATING_DATA)
