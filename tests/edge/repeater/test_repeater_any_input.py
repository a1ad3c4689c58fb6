"""Whatever happens in whatever order: the logic never falls, and never wants to be woken for what it does not do."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.protocols import ff68
from edge.repeater import logic
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.runtime.device import Arrived, Context, LinkChanged, ReportHealth, Send, Tick
from wire.messages import Ask, CallerView, EvaluatorView, Handheld, RepeaterView, Reply
from wire.orders import SelfTest

T = 1_800_000_000.0
SOON = datetime.fromtimestamp(T + 30, UTC)

phases, numbers = st.sampled_from(["idle", "paused", "called"]), st.sampled_from(["", "A001"])
callers = st.builds(
    lambda phase, number: CallerView(epoch=1, version=1, counter="1", phase=phase, number=number), phases, numbers
)
asks = st.sampled_from([None, *(Ask(id=name, number="A001", until=SOON) for name in ("a1", "a2"))])
evaluators = asks.map(
    lambda ask: EvaluatorView(epoch=1, version=1, counter="1", counter_name="1", phase="idle", ask=ask)
)
handhelds = st.builds(
    Handheld, address=st.integers(0, 3), view=callers | evaluators, turn=st.integers(0, 3), turns=st.integers(1, 4)
)
views = st.lists(handhelds, max_size=3, unique_by=lambda one: one.address).map(
    lambda some: RepeaterView(epoch=1, version=1, handhelds=tuple(some))
)
frames = st.builds(
    ff68.Frame,
    st.integers(0, 4),
    st.sampled_from([0x01, 0x02, 0x03, 0x11, 0x77]),
    st.sampled_from([b"", b"\x0c", b"\x0b", b"\x02", b"\x05", b"\x0e", b"\x06\x0f", b"\xff"]),
)
replies = st.builds(lambda n, ok: Reply(to=f"b-{n}", ok=ok, at=SOON), st.integers(0, 9), st.booleans())
orders = st.builds(lambda test: SelfTest(id="o", test=test, at=SOON), st.sampled_from(["beep", "air"]))
inputs = st.one_of(
    frames.map(lambda frame: lambda at: Heard(at=at, frame=frame, rssi_dbm=-70)),
    frames.map(lambda frame: lambda at: Heard(at=at, frame=frame)),
    (views | replies | orders).map(lambda message: lambda at: Arrived(at=at, message=message)),
    st.booleans().map(lambda up: lambda at: LinkChanged(at=at, up=up)),
    st.booleans().map(lambda is_open: lambda at: PortChanged(at=at, open=is_open)),
    st.just(lambda at: Tick(at=at)),
)
pauses = st.sampled_from([0.0, 0.01, 0.1, 0.3, 1.0, 25.0, 100.0, -50.0])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(pauses, inputs), max_size=40))
def test_no_order_of_events_breaks_it_or_makes_it_spin(happened) -> None:
    state, at = logic.start(Context("repeater-1", "b"), Settings()), T
    for pause, make in happened:
        at += pause
        state, effects = logic.react(state, make(at))
        assert all(isinstance(effect, Send | Transmit | ReportHealth) for effect in effects)
        wake = logic.wake_at(state)
        assert wake is None or wake > at
        speaking = {address for address, handset in state.handsets.items() if handset.turn == 0}
        shown = {one.frame.address for one in effects if isinstance(one, Transmit) and not one.urgent}
        assert shown <= speaking | (set(range(256)) if state.trial is not None else set())
        assert logic.facts(state)["known"] == len(state.handsets)
