"""Self-tests that the hub orders: a show of lamps, stars or a test page, and how the hardware says it is. Pure.

A citizen who is asked ends it at once; while one is rating, none begins.
"""

from typing import Any

import msgspec

from edge.evaluator import wired
from edge.evaluator.events import Examine, Examined, Face, Lamps, Sized, Test
from edge.evaluator.settings import EvaluatorSettings
from edge.evaluator.state import State, Trial, moment, next_id
from edge.runtime.device import Effect, Send
from edge.runtime.elapsed import is_over, was_put_back
from wire.orders import Done, SelfTest

STEP_S = 0.6  # of the show: one lamp, one star more
PAGE_STEPS = STARS = 5
ANSWER_S = 2.0  # for the hardware to say how it is

BUSY = "有人正在评价，请稍后再测 A citizen is rating: test again later"
RUNNING = "另一项自检正在进行 Another self-test is running"
_STOPPED = "开始请人评价，自检中止 Stopped: a citizen is being asked"
_NO_LAMPS = "本机没有接指示灯 No lamps are wired to this evaluator"
_NO_SCREEN = "本机没有评价页面 This evaluator has no page"
_NO_ANSWER = "硬件没有应答，请重启设备 The hardware does not answer: restart the device"
_NO_SIZE = "页面没有应答，请重启浏览器 The page does not answer: restart its browser"
_STARS = "星灯已依次点亮，设备已应答 The stars were lit in turn, and the device answered"
_LAMPS = "已依次点亮{count}盏灯，请现场核对 {count} lamps were lit in turn: look whether they were"
_PAGE = "测试画面已显示，页面{size}像素 The test page was shown, {size} pixels"


def begin(state: State, order: SelfTest, at: float) -> tuple[State, list[Effect]]:
    test: Test = "lamps" if order.test == "lamps" else "screen"
    trial = Trial(order=order.id, test=test, since=at)
    if state.trial is not None:
        return _told(state, trial, at, RUNNING)
    if state.asking is not None or state.explaining is not None or state.thanks is not None:
        return _told(state, trial, at, BUSY)
    if missing := _missing(state.settings, test):
        return _told(state, trial, at, missing)
    return _examine(msgspec.structs.replace(state, nobody_asked=None), trial, at)


def elapse(state: State, at: float) -> tuple[State, list[Effect]]:
    """The next step of the show, the question after it, and the end when nobody answers that."""
    trial = state.trial
    if trial is None:
        return state, []
    if trial.examined_at is not None:
        if not is_over(trial.examined_at, ANSWER_S, at):
            return state, []
        return _told(_without(state), trial, at, _NO_ANSWER)
    since = at if was_put_back(trial.since, at) else trial.since
    trial = msgspec.structs.replace(trial, since=since, step=int((at - since) / STEP_S + 1e-6))
    if trial.step < _steps(state.settings, trial.test):
        return msgspec.structs.replace(state, trial=trial), []
    return _examine(state, msgspec.structs.replace(trial, examined_at=at), at)


def wake_at(trial: Trial) -> float:
    return trial.since + (trial.step + 1) * STEP_S if trial.examined_at is None else trial.examined_at + ANSWER_S


def sized(state: State, event: Sized) -> State:
    if state.trial is None:
        return state
    trial = msgspec.structs.replace(state.trial, size=f"{event.width}×{event.height}")
    return msgspec.structs.replace(state, trial=trial)


def examined(state: State, event: Examined) -> tuple[State, list[Effect]]:
    trial = state.trial
    if trial is None or trial.test != event.test:
        return state, []
    if event.trouble:
        return _told(_without(state), trial, event.at, event.trouble)
    if trial.examined_at is None:
        return state, []
    if _on_page(state.settings, trial.test) and not trial.size:
        return _told(_without(state), trial, event.at, _NO_SIZE)
    return _told(_without(state), trial, event.at, _success(state.settings, trial), ok=True)


def interrupt(state: State, at: float) -> tuple[State, list[Effect]]:
    """A real ask has come."""
    return (state, []) if state.trial is None else _told(_without(state), state.trial, at, _STOPPED)


def lamps(state: State, trial: Trial) -> Lamps:
    wired = sorted(map(int, state.settings.lamps), reverse=True)
    shown = trial.test == "lamps" and state.settings.has_keys and trial.step < len(wired)
    return Lamps(lit=(wired[trial.step],)) if shown else Lamps()


def face(idle: Face, settings: EvaluatorSettings, trial: Trial) -> Face:
    """What it looks like during the test, from what it looks like at rest."""
    if _on_page(settings, trial.test):
        return msgspec.structs.replace(idle, step="test")
    if settings.driver == "ff68":
        return msgspec.structs.replace(idle, stars=min(trial.step + 1, STARS))
    return idle


def _examine(state: State, trial: Trial, at: float) -> tuple[State, list[Effect]]:
    """Before the show, so that what is broken is told at once; and after it, which tells whether it was seen."""
    state = msgspec.structs.replace(state, trial=trial)
    if state.wired is None or _on_page(state.settings, trial.test):
        return state, [Examine(trial.test)]
    trouble = wired.trouble(state.wired, shown=trial.examined_at is not None)
    return examined(state, Examined(at=at, test=trial.test, trouble=trouble))


def _missing(settings: EvaluatorSettings, test: Test) -> str:
    if test == "lamps":
        return "" if settings.driver == "ff68" or (settings.has_keys and settings.lamps) else _NO_LAMPS
    return "" if settings.driver == "ff68" or settings.touch_page else _NO_SCREEN


def _on_page(settings: EvaluatorSettings, test: Test) -> bool:
    return test == "screen" and settings.touch_page is not None


def _steps(settings: EvaluatorSettings, test: Test) -> int:
    if test == "lamps" and settings.has_keys:
        return len(settings.lamps)
    return PAGE_STEPS


def _success(settings: EvaluatorSettings, trial: Trial) -> str:
    if _on_page(settings, trial.test):
        return _PAGE.format(size=trial.size)
    return _STARS if settings.driver == "ff68" else _LAMPS.format(count=len(settings.lamps))


def _without(state: State) -> State:
    return msgspec.structs.replace(state, trial=None)


def _told(state: State, trial: Trial, at: float, text: str, *, ok: bool = False) -> tuple[State, list[Any]]:
    state, ident = next_id(state)
    return state, [Send(Done(id=ident, to=trial.order, ok=ok, text=text, at=moment(at)))]
