"""A screen that nobody knows shows its code across the hall; one that the hub looks for says so in a strip."""

from datetime import UTC, datetime

from edge.runtime.device import Arrived, Context, LinkChanged, Tick
from edge.signage_player import layout, logic
from edge.signage_player.layout import HERE, PAIRING
from edge.signage_player.logic import ShowBoard, Words
from edge.signage_player.pairing import pairing
from edge.signage_player.settings import Settings
from wire.orders import Identify

CODE = "7K3M-0QXA"
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_the_code_has_the_whole_screen():
    [shown] = pairing(CODE, Settings())
    plan = layout.plan(shown, 1920, 1080, rows=6, media=True, moving=False)
    [tile] = plan.tiles
    assert (tile.slot, tile.look.w, tile.look.h) == (PAIRING, 1920, 1080)


def test_the_strip_comes_and_goes_and_the_calls_stay():
    state = logic.start(Context("signage-01", "b"), Settings())
    state, _ = logic.react(state, LinkChanged(at=AT.timestamp(), up=True))
    state, _ = logic.react(state, Arrived(at=AT.timestamp(), message=Identify(id="i", at=AT, seconds=3)))
    seen = []
    for second in range(4):
        state, _ = logic.react(state, Tick(at=AT.timestamp() + second))
        assert state.screen is not None
        seen.append(state.screen.here)
    said = "这里 HERE · signage-01"
    assert seen == [said, "", said, ""]


def test_an_emergency_is_never_covered():
    alarm = ShowBoard(alarm=Words("疏散", "Leave"), here="这里 HERE")
    plan = layout.plan(alarm, 1920, 1080, rows=6, media=False, moving=False)
    assert HERE not in {tile.slot for tile in plan.tiles}
