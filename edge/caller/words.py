"""What a caller says by itself: refusals at the keypad, names of keys and phases; and numbers of refusals."""

import msgspec

from wire.messages import CounterPhase


class Notice(msgspec.Struct, frozen=True):
    """A refusal in words. `code`: the hub's, or one of those here; `english` is empty where the hub says none."""

    code: str
    text: str
    english: str = ""


OFFLINE = Notice("offline", "离线", "Not sent")
UNANSWERED = Notice("unanswered", "无应答", "No answer")
NO_NUMBER = Notice("no-number", "请先输号码", "Number first")
NO_CLERK = Notice("no-work-number", "请先输工号", "Work no. first")
NO_DESTINATION = Notice("no-destination", "请先输去向", "Where to first")
TOO_LONG = Notice("too-long", "号码过长", "Too long")
NO_SUCH_REASON = Notice("no-such-reason", "没有此原因", "No such reason")
ONE_KEY = Notice("one-key", "请一次按一个键", "One at a time")
UNKNOWN_KEY = Notice("unknown-key", "此键无用", "Key not in use")

WAITING, STILL_WAITING = "…", "请稍候"

PHASES: dict[CounterPhase, str] = {
    "closed": "未登录", "idle": "空闲", "called": "已呼叫", "serving": "办理中", "paused": "暂停服务",
}  # fmt: skip

_KEYS = {
    "call-next": "顺呼", "call": "指呼", "recall": "重呼", "serve": "开始办理", "end": "办结", "serve-end": "办理/办结",
    "no-show": "过号", "park": "挂起", "return": "回呼", "transfer": "转移", "pause": "暂停", "resume": "恢复",
    "pause-resume": "暂停/恢复", "sign-on": "登录", "sign-off": "签退", "undo": "撤销", "ok": "确认", "clear": "清除",
}  # fmt: skip


def key(name: str) -> str:
    """A key's name for people; digits and letters are their own."""
    return _KEYS.get(name, name)


_NUMBERS = {
    # 0x: found at the keypad.
    "offline": 1, "unanswered": 2, "no-number": 3, "no-work-number": 4, "no-destination": 5, "too-long": 6,
    "no-such-reason": 7, "one-key": 8, "unknown-key": 9,
    # 1x: the counter and its clerk.
    "counter-closed": 10, "counter-paused": 11, "counter-open": 12, "not-paused": 13, "clerk-elsewhere": 14,
    "unknown-clerk": 15, "unknown-counter": 16, "no-counter": 17, "no-position": 18,
    # 2x: this ticket.
    "nobody-waiting": 20, "no-ticket": 21, "ticket-called": 22, "ticket-serving": 23, "recall-too-soon": 24,
    "recall-limit": 25, "call-again-first": 26,
    # 3x: another ticket, asked for by its number.
    "unknown-ticket": 30, "not-waiting": 31, "not-served-here": 32, "not-open": 33, "reason-missing": 34,
    "which-ticket": 35,
    # 4x: parking and moving on.
    "park-limit": 40, "not-parked": 41, "nothing-parked": 42, "already-here": 43, "not-served-there": 44,
    "where-missing": 45, "unknown-service": 46,
    # 5x: undo.
    "nothing-to-undo": 50, "undo-too-late": 51, "undo-overtaken": 52,
    # 9x: the system.
    "expired": 90, "day-ended": 91, "unavailable": 92,
}  # fmt: skip
_OTHER = 99


def number(code: str) -> int:
    """Of a refusal, 1-99, for a display that has digits only; README.md has the list to stick beside it."""
    return _NUMBERS.get(code, _OTHER)
