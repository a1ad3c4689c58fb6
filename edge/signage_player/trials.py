"""Self-tests of a screen: colour bars, a sentence, a picture of what is seen. A call ends the bars at once. Pure."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from edge.runtime.device import Effect, Input, Send
from edge.signage_player.announcements import Speak
from wire.orders import Done, SelfTest

TESTS = {
    "pattern": "显示测试图 Show a test pattern",
    "sound": "播放测试音 Play a test sound",
    "screenshot": "截取屏幕 Take a screenshot",
}
PATTERN_S = 10.0
_PATIENCE_S = 25.0  # a picture, or a sound, that does not come by then will not
_SOUND_PREFIX = "test:"


class Photograph(msgspec.Struct, frozen=True):
    """Take a picture of the screen as it is now; answered by Photographed."""

    id: str


class Photographed(Input, frozen=True, kw_only=True):
    """`picture`: JPEG in base64, small enough for one message. `text`: how it was made, or why there is none."""

    id: str
    ok: bool
    picture: str = ""
    text: str = ""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One that the hub ordered and has no answer to."""

    order: str
    test: str
    until: float


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """`boot`: of the agent, for ids. `pattern_until`: how long the bars stand; 0: they do not."""

    boot: str
    open: tuple[Trial, ...] = ()
    pattern_until: float = 0.0
    answered: int = 0

    @property
    def has_sound(self) -> bool:
        return any(trial.test == "sound" for trial in self.open)


def ordered(trials: Trials, order: SelfTest, at: float) -> tuple[Trials, list[Effect]]:
    trial = Trial(order=order.id, test=order.test, until=at + _PATIENCE_S)
    trials = replace(trials, open=(*trials.open, trial))
    if order.test == "sound":
        return trials, [Speak(id=_SOUND_PREFIX + order.id, zh="测试", en="Test")]
    if order.test == "pattern":
        trials = replace(trials, pattern_until=at + PATTERN_S)
    return trials, [Photograph(order.id)]


def photographed(trials: Trials, event: Photographed) -> tuple[Trials, list[Effect]]:
    return _answered(trials, event.id, event.at, event.ok, event.text, event.picture)


def said(trials: Trials, id: str, at: float, ok: bool, text: str) -> tuple[Trials, list[Effect]]:
    """Passes over what was no test."""
    told = "已播放「测试」，请确认现场听到 It was played; was it heard in the hall?" if ok else text
    return _answered(trials, id.removeprefix(_SOUND_PREFIX), at, ok, told)


def called(trials: Trials) -> Trials:
    """Somebody was called: the bars give way."""
    return replace(trials, pattern_until=0.0)


def passed(trials: Trials, at: float) -> tuple[Trials, list[Effect]]:
    """What time has brought to its end."""
    effects: list[Effect] = []
    if trials.pattern_until and not at < trials.pattern_until <= at + PATTERN_S:
        trials = replace(trials, pattern_until=0.0)
    for trial in trials.open:
        if at >= trial.until:
            told = "播放器没有回应 The player did not answer: see its fault in the health report"
            trials, more = _answered(trials, trial.order, at, False, told)
            effects += more
    return trials, effects


def wake_at(trials: Trials) -> float | None:
    due = [trial.until for trial in trials.open] + ([trials.pattern_until] if trials.pattern_until else [])
    return min(due, default=None)


def _answered(
    trials: Trials, order: str, at: float, ok: bool, text: str, picture: str = ""
) -> tuple[Trials, list[Effect]]:
    if all(trial.order != order for trial in trials.open):
        return trials, []
    left = tuple(trial for trial in trials.open if trial.order != order)
    trials = replace(trials, open=left, answered=trials.answered + 1)
    answer = Done(
        id=f"{trials.boot}-t{trials.answered}",
        to=order,
        ok=ok,
        text=text,
        picture=picture,
        at=datetime.fromtimestamp(at, UTC),
    )
    return trials, [Send(answer)]
