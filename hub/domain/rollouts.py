"""How a release goes out: in waves, each opened when the one before has proved itself, halted when a share fails. Pure.

A member is a position. `waiting`: not ordered; `ordered`: its device is to fetch it; `away`: ordered, and its device is
not there, so nobody waits for it and it catches up later; `fetching`, `trying`, `running`, `refused`, `returned`: as
the device says; `late`: it said nothing more within the wave's time.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal, TypeAlias

import msgspec

from halls.format import Hall
from hub.domain.hours import local

Phase: TypeAlias = Literal["running", "paused", "halted", "done", "aborted"]
Stage: TypeAlias = Literal[
    "waiting", "ordered", "away", "fetching", "trying", "running", "refused", "returned", "late"
]  # fmt: skip

FAILED: tuple[Stage, ...] = ("refused", "returned", "late")
UNDER_WAY: tuple[Stage, ...] = ("ordered", "fetching", "trying")
NOT_BEGUN: tuple[Stage, ...] = ("ordered", "away", "fetching")  # the old version runs, and may be left to
ENDED: tuple[Phase, ...] = ("done", "aborted")


class Wave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`per_class`: so many of each device class; `share`: so much of all positions, those of earlier waves included."""

    share: float = 0.0
    per_class: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`canaries`: positions of a wave of their own, before the others. `wave_s`: how long one device may take.
    `fail_share`: above this share of failures in a wave it halts; in the first wave any failure halts.
    """

    waves: tuple[Wave, ...] = (Wave(per_class=1), Wave(share=0.1), Wave(share=0.5))
    canaries: tuple[str, ...] = ()
    wave_s: float = 1800.0
    fail_share: float = 0.1
    outside_hours: bool = False


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: when it came to its stage by an order, or back to the hall. `excused`: somebody saw its failure and
    went on."""

    position: str
    wave: int
    stage: Stage = "waiting"
    since: datetime | None = None
    excused: bool = False


class Step(msgspec.Struct, frozen=True):
    """What changes: `moves` of members, by position; the others stay as they are."""

    phase: Phase
    wave: int
    why: str = ""
    moves: Mapping[str, Stage] = {}


def assign(plan: Plan, positions: Mapping[str, str], here: Iterable[str] = ()) -> dict[str, int]:
    """Position → its wave, 0, 1 …; every one has exactly one, and the last wave takes what the others left.

    `positions`: position → device class. `here`: those whose devices are online, which go before others. Classes take
    turns, so that every wave has some of each.
    """
    online, order = set(here), list[str]()
    by_class: dict[str, list[str]] = {}
    for position, kind in sorted(positions.items(), key=lambda one: (one[0] not in online, one[0])):
        by_class.setdefault(kind, []).append(position)
    for row in zip_longest(*by_class.values()):
        order += [position for position in row if position is not None]
    waves: dict[str, int] = {position: 0 for position in plan.canaries if position in positions}
    number = 1 if waves else 0
    for wave in plan.waves:
        chosen = _of_wave(wave, [one for one in order if one not in waves], by_class, len(order), len(waves))
        waves |= dict.fromkeys(chosen, number)
        number += bool(chosen)
    return waves | {position: number for position in order if position not in waves}


def _of_wave(wave: Wave, left: list[str], by_class: Mapping[str, list[str]], total: int, before: int) -> list[str]:
    if wave.per_class:
        return [one for kind in by_class.values() for one in [p for p in kind if p in left][: wave.per_class]]
    return left[: max(0, math.ceil(total * wave.share) - before)]


def step(
    plan: Plan, phase: Phase, wave: int, members: Sequence[Member], here: Iterable[str], at: datetime, is_open: bool
) -> Step:
    """What is to be done now. `here`: positions whose devices are online; `is_open`: the hall has its hours.

    Doing it twice changes nothing: the hub's processes may all ask.
    """
    if phase == "aborted":
        return Step(phase, wave, moves=_withdrawn(members))
    online = set(here)
    moves = _presence(members, online)
    now = [msgspec.structs.replace(one, stage=moves.get(one.position, one.stage)) for one in members]
    if phase == "done":
        return Step(phase, wave, moves=moves)
    if phase in ("paused", "halted") or (plan.outside_hours and is_open):
        return Step(phase, wave, moves=moves | _withdrawn(now))
    late: dict[str, Stage] = {
        one.position: "late"
        for one in now
        if one.position not in moves and one.stage in UNDER_WAY and _past(one, at) >= plan.wave_s
    }
    moves |= late
    now = [msgspec.structs.replace(one, stage=moves.get(one.position, one.stage)) for one in now]
    if why := _halted(plan, wave, now):
        return Step("halted", wave, why, {**moves, **_withdrawn(now)})
    last = max((one.wave for one in members), default=0)
    if _is_through(now, wave, is_last=wave == last):
        if wave == last:
            return Step("done", wave, moves=moves)
        wave += 1
    opened = [one for one in now if one.wave <= wave and one.stage == "waiting"]
    ordered: dict[str, Stage] = {one.position: "ordered" if one.position in online else "away" for one in opened}
    return Step("running", wave, moves=moves | ordered)


def is_open(hall: Hall, at: datetime) -> bool:
    """By the hall's own clock."""
    return hall.policy.opens <= local(hall, at).strftime("%H:%M") < hall.policy.closes


def _presence(members: Iterable[Member], online: set[str]) -> dict[str, Stage]:
    """One that is being tried out is away for seconds, and must come back by itself."""
    moves: dict[str, Stage] = {}
    for one in members:
        if one.stage == "away" and one.position in online:
            moves[one.position] = "ordered"
        elif one.stage in ("ordered", "fetching") and one.position not in online:
            moves[one.position] = "away"
    return moves


def _withdrawn(members: Iterable[Member]) -> dict[str, Stage]:
    return {one.position: "waiting" for one in members if one.stage in NOT_BEGUN}


def _past(one: Member, at: datetime) -> float:
    return (at - one.since) / timedelta(seconds=1) if one.since else 0.0


def _halted(plan: Plan, wave: int, members: Sequence[Member]) -> str:
    for number in range(wave + 1):
        own = [one for one in members if one.wave == number]
        failed = [one for one in own if one.stage in FAILED and not one.excused]
        counted = [one for one in own if one.stage != "away"]
        if failed and (number == 0 or len(failed) > plan.fail_share * len(counted)):
            names = ", ".join(sorted(one.position for one in failed)[:10])
            return f"{len(failed)}/{len(counted)}: {names}"
    return ""


def _is_through(members: Sequence[Member], wave: int, *, is_last: bool) -> bool:
    """Nobody is under way, and somebody of this wave proved it: a wave nobody of which is here waits, but the last."""
    if wave < 0:
        return True
    if any(one.stage in ("waiting", *UNDER_WAY) for one in members if one.wave <= wave):
        return False
    own = [one for one in members if one.wave == wave]
    return is_last or not own or any(one.stage == "running" or (one.stage in FAILED and one.excused) for one in own)
