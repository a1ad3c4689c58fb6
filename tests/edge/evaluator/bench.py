"""An evaluator's logic on a bench: time goes on by what is done, and deadlines are met as an agent would."""

from datetime import UTC, datetime
from typing import Any

from edge.evaluator import logic
from edge.evaluator.events import Face, KeyDown, KeyUp, Lamps
from edge.evaluator.settings import EvaluatorSettings
from edge.evaluator.state import State
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, Send, Tick
from wire.messages import Ask, EvaluatorView, Rating, Reply, UpMessage
from wire.orders import SelfTest

T0 = 1_800_000_000.0


def sent(effects: list[Effect]) -> list[UpMessage]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def ratings(effects: list[Effect]) -> list[Rating]:
    return [message for message in sent(effects) if isinstance(message, Rating)]


def reply(to: str, at: float, code: str = "") -> Arrived:
    return Arrived(at=at, message=Reply(to=to, ok=not code, at=datetime.fromtimestamp(at, UTC), code=code))


class Bench:
    def __init__(self, **settings: Any) -> None:
        self.state: State = logic.start(Context("dev-1", "b0"), EvaluatorSettings(**settings))
        self.at = T0
        self.effects: list[Effect] = []

    def give(self, event: Input) -> list[Effect]:
        self.state, effects = logic.react(self.state, event)
        self.effects += effects
        return effects

    def press(self, level: int) -> list[Effect]:
        effects = self.give(KeyDown(at=self.at, level=level))
        self.at += 0.05
        effects += self.give(KeyUp(at=self.at, level=level))
        self.at += 0.05
        return effects

    def ask(self, ident: str | None, seconds: float = 30.0, clerk: str = "1001") -> list[Effect]:
        """A view that came down: asking until `seconds` from now, or not at all."""
        until = datetime.fromtimestamp(self.at + seconds, UTC)
        return self.view(None if ident is None else Ask(id=ident, number="A012", until=until), clerk)

    def view(self, ask: Ask | None, clerk: str = "1001") -> list[Effect]:
        view = EvaluatorView(
            epoch=1, version=1, counter="01", counter_name="1号窗口", phase="serving", clerk=clerk, ask=ask
        )
        return self.give(Arrived(at=self.at, message=view))

    def pass_time(self, seconds: float) -> list[Effect]:
        """With a Tick at every deadline."""
        end, effects = self.at + seconds, []
        while (wake := logic.wake_at(self.state)) is not None and wake <= end:
            self.at = wake
            effects += self.give(Tick(at=wake))
            after = logic.wake_at(self.state)
            assert after is None or after > wake, "a deadline that was met would be asked for again and again"
        self.at = end
        return effects

    @property
    def rated(self) -> list[tuple[str, int]]:
        return [(rating.ask, rating.level) for rating in ratings(self.effects)]

    @property
    def lamps(self) -> Lamps | None:
        return self.state.lamps

    @property
    def face(self) -> Face:
        assert self.state.face is not None
        return self.state.face

    def order(self, test: str, ident: str = "o1") -> list[Effect]:
        """The hub orders a self-test."""
        order = SelfTest(id=ident, test=test, at=datetime.fromtimestamp(self.at, UTC))
        return self.give(Arrived(at=self.at, message=order))

    def link(self, up: bool) -> list[Effect]:
        return self.give(LinkChanged(at=self.at, up=up))
