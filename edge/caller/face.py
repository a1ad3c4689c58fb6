"""What a caller shows: one struct that every display makes the best of, from digits to a picture. Pure."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from edge.caller.words import PHASES, STILL_WAITING, WAITING, Notice
from edge.runtime.here import EN, ZH
from wire import pairing_number
from wire.messages import CallerView, CounterPhase

Mode: TypeAlias = Literal["rest", "entry", "choice", "wait", "refused", "test", "here", "pairing"]


class Display(msgspec.Struct, frozen=True):
    """What the clerk should see from now on. `text` says all of it in one line; the rest is for displays with room.

    `waiting`: None while it is not known. `code`: of a refusal. `choices`: digit → words. `test`: its name.
    While pairing, `number` is the code and `code` its number.
    """

    text: str
    mode: Mode
    online: bool
    english: str = ""
    counter: str = ""
    phase: CounterPhase | None = None
    number: str = ""
    waiting: int | None = None
    clerk: str = ""
    code: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    test: str = ""


def rest(view: CallerView | None, *, online: bool) -> Display:
    """`A012 办理中 等候5`; how many wait is not known offline, the clerk's own ticket is."""
    if view is None:
        return Display("等待分配窗口" if online else "离线", "rest", online)
    waiting = view.waiting if online else None
    parts = ("" if online else "离线", view.number, PHASES[view.phase], "" if waiting is None else f"等候{waiting}")
    return Display(
        " ".join(part for part in parts if part),
        "rest",
        online,
        counter=view.counter,
        phase=view.phase,
        number=view.number,
        waiting=waiting,
        clerk=view.clerk,
    )


def wait(*, pressed_again: bool, online: bool) -> Display:
    return Display(STILL_WAITING if pressed_again else WAITING, "wait", online)


def refused(notice: Notice, *, online: bool) -> Display:
    return Display(notice.text, "refused", online, english=notice.english, code=notice.code)


def entry(text: str, *, online: bool) -> Display:
    return Display(text + "_", "entry", online)


def choice(reasons: Mapping[str, str], *, online: bool) -> Display:
    text = "原因 " + " ".join(f"{digit}{words}" for digit, words in sorted(reasons.items()))
    return Display(text, "choice", online, choices=tuple(sorted(reasons.items())))


def here(resting: Display) -> Display:
    """In the place of what it shows at rest, for a moment."""
    text = f"{ZH} {EN}"
    return Display(text, "here", resting.online, english=EN, counter=resting.counter, phase=resting.phase)


def pairing(code_shown: str, *, online: bool = False) -> Display:
    """`online` lights the link's lamp."""
    number = pairing_number.number(code_shown)
    return Display(f"配对 {code_shown}", "pairing", online, english="Pairing", number=code_shown, code=number)


def test(name: str, text: str, *, online: bool) -> Display:
    return Display(text, "test", online, test=name)
