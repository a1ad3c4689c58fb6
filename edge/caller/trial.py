"""Self-tests of a caller: how long each shows what, and what is told of it. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from edge.caller import words
from edge.caller.settings import CallerSettings
from wire.orders import Done, SelfTest

TESTS = {
    "beep": "响一声 Beep",
    "display": "显示屏全亮 Light the whole display",
    "lamps": "指示灯闪烁 Flash the lamps",
    "keys": "逐个按键，查失灵的键 Press every key: which one is dead?",
}
_LASTS_S = {"beep": 0.0, "display": 5.0, "lamps": 5.0, "keys": 20.0}

PRESSED = "有人按键，测试中止 A key was pressed: the test was ended"
CALLED = "窗口有新状态，测试中止 Something happened at the counter: the test was ended"
REPLACED = "另一项测试开始，此项中止 Another test was ordered: this one was ended"
BUSY = "有操作在等应答，请稍后再试 An action waits for its answer: try again"


class Trial(msgspec.Struct, frozen=True):
    """A test under way. `seen`: keys, in the order in which they were first pressed."""

    order: SelfTest
    since: float
    seen: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.order.test

    @property
    def lasts_s(self) -> float:
        return _LASTS_S[self.name]


def shown(trial: Trial) -> str:
    """In one line, for the display."""
    match trial.name:
        case "keys":
            return f"按键测试 {words.key(trial.seen[-1])}" if trial.seen else "按键测试 请逐个按键"
        case "lamps":
            return "指示灯测试"
    return "显示测试"


def with_key(trial: Trial, name: str) -> Trial:
    """The newest stands last, also when it was pressed before."""
    seen = tuple(one for one in trial.seen if one != name)
    return msgspec.structs.replace(trial, seen=(*seen, name))


def is_complete(trial: Trial, settings: CallerSettings) -> bool:
    """Every key that is wired was pressed: no need to wait."""
    return trial.name == "keys" and bool(settings.wired_keys) and not _unseen(trial, settings)


def result(
    trial: Trial, settings: CallerSettings, faults: Mapping[str, str], stuck: tuple[str, ...]
) -> tuple[bool, str]:
    """Whether all is well as far as the board can tell, and what to look at or to mend."""
    match trial.name:
        case "beep":
            return _fitted(
                "click" in settings.signal_pins or settings.keypad == "ff68",
                "没有蜂鸣器：接好后设 signals.click No buzzer: wire one and set signals.click",
                faults,
                ("pins", "keypad"),
                "应响一声；没听到请查蜂鸣器 It should have beeped: if not, look at the buzzer",
            )
        case "display":
            return _fitted(
                settings.display != "none" or settings.keypad == "ff68",
                "没有显示屏：装好后设 display No display: fit one and set display",
                faults,
                ("display", "keypad"),
                "应全亮 5 秒；有不亮的点请更换 All of it should have been lit for 5 s: replace it if a dot stayed dark",
            )
        case "lamps":
            return _fitted(
                bool({"link", "attention"} & set(settings.signal_pins)),
                "没有指示灯：接好后设 signals No lamps: wire them and set signals",
                faults,
                ("pins",),
                "两灯应同闪 5 秒 Both lamps should have flashed for 5 s",
            )
    return _keys(trial, settings, stuck)


def tested(order: SelfTest, ident: str, at: float, *, ok: bool, text: str) -> Done:
    return Done(id=ident, to=order.id, ok=ok, text=text, at=datetime.fromtimestamp(at, UTC))


def _fitted(
    there: bool, missing: str, faults: Mapping[str, str], parts: tuple[str, ...], well: str
) -> tuple[bool, str]:
    if not there:
        return False, missing
    broken = [f"{part}: {faults[part]}" for part in parts if part in faults]
    return (False, "; ".join(broken)) if broken else (True, well)


def _keys(trial: Trial, settings: CallerSettings, stuck: tuple[str, ...]) -> tuple[bool, str]:
    unseen = _unseen(trial, settings)
    zh = f"按到 {len(trial.seen)} 个键：{_listed(trial.seen)}"
    english = f"{len(trial.seen)} keys were seen"
    if unseen:
        zh, english = f"{zh}；没按到：{_listed(unseen)}", f"{english}; not seen: {', '.join(unseen)}"
    if stuck:
        zh, english = f"{zh}；卡住：{_listed(stuck)}", f"{english}; stuck: {', '.join(stuck)}"
    return bool(trial.seen) and not unseen and not stuck, f"{zh}。{english}"


def _unseen(trial: Trial, settings: CallerSettings) -> list[str]:
    return [name for name in settings.wired_keys if name not in trial.seen]


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return " ".join(map(words.key, names)) or "无"
