"""How a release goes out: in waves that wait for each other, halt when a share fails, and leave nobody out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.domain.rollouts import (
    FAILED,
    NOT_BEGUN,
    UNDER_WAY,
    Member,
    Phase,
    Plan,
    Stage,
    Wave,
    assign,
    is_open,
    step,
)
from tests.support.day import small_hall

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
HALL = {f"caller-{n}": "caller" for n in range(20)} | {f"tv-{n}": "signage_player" for n in range(5)}
PLAN = Plan(wave_s=600.0)

plans = st.builds(
    Plan,
    waves=st.lists(
        st.builds(Wave, per_class=st.integers(0, 3)) | st.builds(Wave, share=st.floats(0, 1)), max_size=4
    ).map(tuple),
    canaries=st.lists(st.sampled_from([*HALL, "nowhere"]), max_size=3).map(tuple),
    wave_s=st.just(600.0),
    fail_share=st.floats(0, 1),
    outside_hours=st.booleans(),
)


class Going:
    """A rollout as the database keeps it; `go` takes steps until nothing more is to be done now."""

    def __init__(self, plan: Plan = PLAN, positions: Mapping[str, str] = HALL) -> None:
        self.plan, self.phase, self.wave, self.at, self.why = plan, "running", -1, NOW, ""
        self.phase: Phase
        self.here, self.open = set(positions), False
        waves = assign(plan, positions, self.here)
        self.members = {name: Member(position=name, wave=wave) for name, wave in waves.items()}

    def go(self) -> None:
        for _ in range(50):
            found = step(self.plan, self.phase, self.wave, list(self.members.values()), self.here, self.at, self.open)
            if (found.phase, found.wave) == (self.phase, self.wave) and not found.moves:
                return
            self.phase, self.wave, self.why = found.phase, found.wave, found.why or self.why
            for name, stage in found.moves.items():
                self.members[name] = replace(self.members[name], stage=stage, since=self.at)
        raise AssertionError("it never comes to rest")

    def said(self, name: str, stage: Stage) -> None:
        self.members[name] = replace(self.members[name], stage=stage)

    def all_say(self, stage: Stage) -> None:
        for name, one in self.members.items():
            if one.stage in UNDER_WAY:
                self.said(name, stage)

    def at_stage(self, *stages: Stage) -> set[str]:
        return {name for name, one in self.members.items() if one.stage in stages}

    def of_wave(self, wave: int) -> set[str]:
        return {name for name, one in self.members.items() if one.wave == wave}


def test_the_first_wave_has_one_of_each_class_and_the_others_grow() -> None:
    going = Going()
    assert [len(going.of_wave(wave)) for wave in range(4)] == [2, 1, 10, 12]
    assert {HALL[name] for name in going.of_wave(0)} == {"caller", "signage_player"}


def test_waves_follow_each_other_to_the_end() -> None:
    going = Going()
    for wave in range(4):
        going.go()
        assert going.wave == wave
        assert going.at_stage("ordered") == going.of_wave(wave)
        going.all_say("running")
    going.go()
    assert (going.phase, going.at_stage("running")) == ("done", set(HALL))


def test_one_failure_in_the_first_wave_halts_and_names_it() -> None:
    going = Going()
    going.go()
    failing = min(going.of_wave(0))
    going.said(failing, "returned")
    going.go()
    assert going.phase == "halted"
    assert failing in going.why
    assert going.at_stage(*NOT_BEGUN) == set(), "nobody begins any more"


def test_a_few_failures_of_a_large_wave_do_not_halt_it() -> None:
    going = Going(Plan(waves=(Wave(per_class=1),), fail_share=0.1))
    going.go()
    going.all_say("running")
    going.go()
    two = sorted(going.of_wave(1))[:2]
    for name in two:
        going.said(name, "returned")
    going.go()
    assert going.phase == "running", "2 of 23"
    going.said(max(going.of_wave(1)), "refused")
    going.go()
    assert going.phase == "halted", "3 of 23"


def test_who_says_nothing_in_time_has_failed() -> None:
    going = Going()
    going.go()
    going.at += timedelta(seconds=599)
    going.go()
    assert going.phase == "running"
    going.at += timedelta(seconds=2)
    going.go()
    assert (going.phase, going.at_stage("late")) == ("halted", going.of_wave(0))


def test_a_device_that_is_away_holds_nobody_up_and_catches_up() -> None:
    """Its time begins when it comes back."""
    going = Going(Plan(waves=(Wave(per_class=1), Wave(share=0.5)), wave_s=600))
    away = max(going.of_wave(1))
    going.here -= {away}
    for _ in range(3):
        going.go()
        going.all_say("running")
    going.go()
    assert (going.phase, going.at_stage("away")) == ("done", {away})
    going.at += timedelta(days=3)
    going.here |= {away}
    going.go()
    assert going.at_stage("ordered") == {away}


def test_a_wave_nobody_of_which_is_here_proves_nothing_and_waits() -> None:
    going = Going()
    going.here -= going.of_wave(0)
    going.go()
    assert (going.phase, going.wave) == ("running", 0)
    going.here = set(HALL)
    going.go()
    assert going.at_stage("ordered") == going.of_wave(0)


def test_paused_takes_back_what_has_not_begun_and_resumed_orders_it_again() -> None:
    going = Going()
    going.go()
    first, second = sorted(going.of_wave(0))
    going.said(first, "trying")
    going.phase = "paused"
    going.go()
    assert (going.at_stage("trying"), going.at_stage(*NOT_BEGUN)) == ({first}, set())
    going.phase = "running"
    going.go()
    assert going.at_stage("ordered") == {second}


def test_excused_failures_do_not_halt_it_again() -> None:
    going = Going()
    going.go()
    for name in going.of_wave(0):
        going.said(name, "returned")
    going.go()
    assert going.phase == "halted"
    going.phase = "running"
    for name in going.of_wave(0):
        going.members[name] = replace(going.members[name], excused=True)
    going.go()
    assert (going.phase, going.wave) == ("running", 1)


def test_outside_hours_nothing_begins_while_people_are_there() -> None:
    going = Going(Plan(outside_hours=True))
    going.open = True
    going.go()
    assert (going.wave, going.at_stage("waiting")) == (-1, set(HALL))
    going.open = False
    going.go()
    assert going.at_stage("ordered") == going.of_wave(0)
    going.open = True
    going.go()
    assert going.at_stage(*NOT_BEGUN) == set()


def test_open_is_by_the_halls_own_clock() -> None:
    hall = small_hall()
    hall = replace(hall, policy=replace(hall.policy, opens="09:00", closes="17:00"))
    assert hall.hall.timezone == "Asia/Shanghai"
    assert is_open(hall, datetime(2026, 1, 5, 2, tzinfo=UTC))
    assert not is_open(hall, datetime(2026, 1, 5, 20, tzinfo=UTC))


@given(plan=plans, here=st.sets(st.sampled_from(sorted(HALL))))
@settings(max_examples=200, deadline=None)
def test_every_position_is_in_exactly_one_wave_and_no_wave_is_empty(plan: Plan, here: set[str]) -> None:
    waves = assign(plan, HALL, here)
    assert set(waves) == set(HALL)
    assert set(waves.values()) == set(range(max(waves.values()) + 1))


@given(plan=plans, data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_devices_and_people_do_no_wave_begins_before_the_one_before_has_proved_itself(
    plan: Plan, data: st.DataObject
) -> None:
    """Nor more devices than the open waves have; nor anything while it is halted, paused, or people are in the hall."""
    going = Going(plan)
    for _ in range(data.draw(st.integers(1, 25))):
        before = {name: one.stage for name, one in going.members.items()}
        match data.draw(st.sampled_from(["say", "go", "away", "time", "hours", "person"])):
            case "say":
                under_way = sorted(going.at_stage(*UNDER_WAY))
                if under_way:
                    stages: list[Stage] = ["fetching", "trying", "running", "refused", "returned"]
                    going.said(data.draw(st.sampled_from(under_way)), data.draw(st.sampled_from(stages)))
            case "away":
                going.here ^= data.draw(st.sets(st.sampled_from(sorted(HALL)), max_size=5))
            case "time":
                going.at += timedelta(seconds=data.draw(st.sampled_from([10, 400, 5000])))
            case "hours":
                going.open = not going.open
            case "person":
                if going.phase in ("paused", "halted"):
                    going.phase = "running"
                    for name in going.at_stage(*FAILED):
                        going.members[name] = replace(going.members[name], excused=True)
                elif going.phase == "running":
                    going.phase = "paused"
            case _:
                going.go()
                begun = {name for name, one in going.members.items() if one.stage != "waiting"}
                assert all(going.members[name].wave <= going.wave for name in begun)
                fresh = {name for name in going.at_stage("ordered", "away") if before[name] == "waiting"}
                if going.phase in ("paused", "halted") or (plan.outside_hours and going.open):
                    assert not fresh
                for wave in range(going.wave):
                    own = [going.members[name] for name in going.of_wave(wave)]
                    assert any(one.stage == "running" or (one.stage in FAILED and one.excused) for one in own), (
                        f"wave {wave} proved nothing, and {wave + 1} began"
                    )
                if going.phase == "done":
                    assert going.at_stage("waiting", *UNDER_WAY) <= going.at_stage("ordered")
                    assert not going.at_stage("waiting")
