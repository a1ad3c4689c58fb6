"""An asset's life, whatever is said and whatever happens: what must hold after every step."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain import asset_life as life
from hub.domain.assets import IN_PLACE, STATES, Asset, Details, evolve, evolve_all

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
DETAILS = Details(kind="caller")
NEW = life.Register(at=START, by="tech", hall="small", details=DETAILS, state="ordered")


def wishes() -> st.SearchStrategy[dict]:
    whys = st.sampled_from(["", "broken glass"])
    return st.one_of(
        st.fixed_dictionaries({"kind": st.just(life.Turn), "state": st.sampled_from(STATES), "why": whys}),
        st.fixed_dictionaries({"kind": st.just(life.TakeOut), "state": st.sampled_from(STATES), "why": whys}),
        st.just({"kind": life.Mend}),
        st.fixed_dictionaries({"kind": st.just(life.Install), "hall": st.just("small"), "position": st.just("h-1")}),
    )


def facts() -> st.SearchStrategy[dict]:
    at = {"hall": st.sampled_from(["small", "other"]), "position": st.sampled_from(["p-1", "p-2"])}
    return st.one_of(
        st.fixed_dictionaries({"kind": st.just(life.Install), "device": st.sampled_from(["d-1", "d-2"]), **at}),
        st.just({"kind": life.See}),
        st.just({"kind": life.TakeOut, "fact": True, "state": "in-stock"}),
        st.just({"kind": life.TakeOut, "fact": True, "state": "faulty"}),
    )


@settings(max_examples=200)
@given(st.lists(st.tuples(st.booleans(), wishes(), facts()), max_size=25))
def test_whatever_happens_the_books_stay_sound(steps):
    """Facts are never refused; who is in place has a position, and nobody else but what broke there; replayed, a
    history gives the same asset; what is retired stays so for every wish."""
    history = list(life.decide(None, NEW))
    asset = evolve_all("S1", history)
    for minute, (is_fact, wish, fact) in enumerate(steps, 1):
        fields = dict(fact if is_fact else wish)
        command = fields.pop("kind")(at=START + timedelta(minutes=minute), by="tech", **fields)
        before = asset
        try:
            events = life.decide(asset, command)
        except life.AssetRefusedError:
            if is_fact:
                raise
            continue
        for event in events:
            asset = evolve(asset, "S1", event)
        history += events
        sound(asset, history)
        if before.state == "retired" and not is_fact:
            assert asset.state == "retired"
    assert evolve_all("S1", history) == asset


def sound(asset: Asset, history: list) -> None:
    assert asset.version == len(history)
    assert asset.state in STATES
    assert bool(asset.position) == (asset.state in IN_PLACE) or (asset.position and asset.state == "faulty")
    assert not asset.device or asset.position
    assert asset.state != "in-service" or asset.commissioned_at is not None
    assert (asset.installed_at is not None) == any(type(one).__name__ == "Installed" for one in history)
    assert asset.commissioned_at is None or asset.installed_at is not None
    assert set(life.next_states(asset)) <= set(STATES)


def test_every_key_that_a_page_offers_works():
    for state, ways in life.ALLOWED.items():
        for way in ways:
            asset = Asset(serial="S1", hall="small", details=DETAILS, state=state, since=START)
            [event] = life.decide(asset, life.Turn(at=START, by="tech", state=way, why="because"))
            assert evolve(asset, "S1", event).state == way


def test_a_whole_life_is_told_step_by_step():
    steps = [
        life.Turn(at=START, by="clerk", state="delivered"),
        life.Turn(at=START, by="store", state="in-stock"),
        life.Install(at=START, by="tech", hall="small", position="caller-1", device="caller-00aa"),
        life.See(at=START, by="hub"),
        life.TakeOut(at=START, by="tech", state="faulty", fact=True, why="no light"),
        life.Turn(at=START, by="tech", state="in-repair"),
        life.Turn(at=START, by="tech", state="in-stock"),
        life.Turn(at=START, by="boss", state="retired", why="ten years old"),
    ]
    asset = evolve_all("S1", life.decide(None, NEW))
    met = [asset.state]
    for step in steps:
        [event] = life.decide(asset, step)
        asset = evolve(asset, "S1", event)
        met.append(asset.state)
    assert met == [
        "ordered",
        "delivered",
        "in-stock",
        "installed",
        "in-service",
        "faulty",
        "in-repair",
        "in-stock",
        "retired",
    ]


@pytest.mark.parametrize("state", ["faulty", "retired"])
def test_what_costs_money_needs_a_reason(state):
    asset = Asset(serial="S1", hall="small", details=DETAILS, state="in-stock", since=START)
    with pytest.raises(life.AssetRefusedError, match="say why"):
        life.decide(asset, life.Turn(at=START, by="tech", state=state, why="  "))


def test_what_hangs_at_a_position_as_a_device_is_not_moved_by_words():
    """The certificate would go on working: it is replaced or revoked, and the books follow."""
    asset = Asset(serial="S1", hall="small", details=DETAILS, state="faulty", since=START, position="p-1", device="d-1")
    for command in (life.Turn(at=START, by="tech", state="in-repair"), life.TakeOut(at=START, by="tech")):
        with pytest.raises(life.AssetRefusedError) as refused:
            life.decide(asset, command)
        assert refused.value.code == "asset-bound"
