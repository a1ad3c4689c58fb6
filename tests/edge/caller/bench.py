"""A caller's logic on a bench: time goes on by what is done, deadlines are met as an agent would."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from edge.caller import logic
from edge.caller.events import KeyDown, KeyUp
from edge.caller.settings import CallerSettings
from edge.caller.state import State
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, Send, Tick
from wire.messages import Action, CallerView, CounterPhase, Reply
from wire.orders import Done, SelfTest

T0 = 1_800_000_000.0


class Bench:
    """`sent`, `tested`: what went up."""

    def __init__(self, **settings: Any) -> None:
        self.state: State = logic.start(Context("dev-1", "b0"), msgspec.convert(settings, CallerSettings))
        self.at = T0
        self.effects: list[Effect] = []
        self.ages_s: list[float] = []  # how old each action was when it was sent
        self.give(Tick(at=self.at))

    def give(self, event: Input) -> list[Effect]:
        self.state, effects = logic.react(self.state, event)
        self.effects += effects
        self.ages_s += [event.at - action.at.timestamp() for action in actions(effects)]
        return effects

    def press(self, key: str) -> list[Effect]:
        effects = self.give(KeyDown(at=self.at, key=key))
        self.at += 0.1
        effects += self.give(KeyUp(at=self.at, key=key))
        self.at += 0.1
        return effects

    def pass_time(self, seconds: float) -> list[Effect]:
        """With a Tick at every deadline."""
        end, effects = self.at + seconds, []
        while (wake := logic.wake_at(self.state)) is not None and wake <= end:
            self.at = max(self.at, wake)  # a press may have taken longer than until its deadline
            effects += self.give(Tick(at=self.at))
            after = logic.wake_at(self.state)
            assert after is None or after > self.at, "a deadline that was met would be asked for again and again"
        self.at = end
        return effects

    def link(self, up: bool) -> list[Effect]:
        return self.give(LinkChanged(at=self.at, up=up))

    def view(self, phase: CounterPhase = "idle", number: str = "", waiting: int = 0) -> None:
        view = CallerView(epoch=1, version=1, counter="01", phase=phase, number=number, waiting=waiting)
        self.give(Arrived(at=self.at, message=view))

    def reply(self, to: str, *, ok: bool = True, text: str = "", code: str = "") -> None:
        stamp = datetime.fromtimestamp(self.at, UTC)
        self.give(Arrived(at=self.at, message=Reply(to=to, ok=ok, at=stamp, text=text, code=code)))

    def order(self, test: str, ident: str = "o-1") -> list[Effect]:
        stamp = datetime.fromtimestamp(self.at, UTC)
        return self.give(Arrived(at=self.at, message=SelfTest(id=ident, test=test, at=stamp)))

    @property
    def tested(self) -> list[Done]:
        return [one.message for one in self.effects if isinstance(one, Send) and isinstance(one.message, Done)]

    @property
    def sent(self) -> list[Action]:
        return actions(self.effects)

    @property
    def display(self) -> str:
        assert self.state.shown is not None
        return self.state.shown.text


def actions(effects: list[Effect]) -> list[Action]:
    return [effect.message for effect in effects if isinstance(effect, Send) and isinstance(effect.message, Action)]
