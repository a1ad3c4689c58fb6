"""Which repeater should speak to a handheld: one that is there and hears it; a better one only if by far. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec

from hub.domain import commands as c
from hub.domain import paths
from hub.domain.state import Day, Path
from hub.roster import Hearing, Roster, Seat

Reason: TypeAlias = Literal["gone", "lost", "better"]

BETTER_DB = 10.0  # how much stronger another one must hear it
STAYS_S = 30.0  # after a change, unless the new one loses it
AGAIN_S = 60.0  # who lost it is not tried again within this, unless it hears it

_HEARD_S = 90.0  # longer ago says nothing of now
_LOSS_DB = 30.0  # what losing every frame counts for
_UNKNOWN_DBM = -80.0
_SAME_PRESS_S = 1.5  # a speaker that heard a press itself was only too weak once


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A repeater in whose reach the handheld is. `can_speak`: it and its radio are there."""

    repeater: str
    can_speak: bool
    hearing: Hearing


def wish(now_at: str, candidates: Iterable[Candidate], path: Path | None, at: datetime) -> tuple[str, Reason] | None:
    """The repeater to change over to from `now_at`, and why; None to leave it as it is.

    `path`: as in the log, None while nobody has chosen.
    """
    able = {one.repeater: one for one in candidates if one.can_speak}
    others = [one for name, one in able.items() if name != now_at]
    if not others:
        return None
    speaker = able.get(now_at)
    if speaker is None:
        return max(others, key=lambda one: _rank(one, at)).repeater, "gone"
    if takers := [one for one in others if _takes_over(one, speaker, path, at)]:
        return max(takers, key=lambda one: _rank(one, at)).repeater, "lost"
    if path is not None and at - path.at < timedelta(seconds=STAYS_S):
        return None
    best = max(others, key=lambda one: _rank(one, at))
    by_far = _is_fresh(best, at) and _margin_db(best.hearing, speaker.hearing) >= BETTER_DB
    return (best.repeater, "better") if by_far else None


def command(state: Day, roster: Roster, handheld: Seat, at: datetime, name: str) -> c.ChoosePath | None:
    """What is to be asked of the desk for a handheld's seat; `name`: of this process."""
    wireless, position = handheld.position.wireless, handheld.position.id
    if wireless is None or len(wireless.repeaters) < 2:
        return None
    now_at = paths.speaker(state, handheld.position)
    reach = [_candidate(state, roster, handheld, repeater, at) for repeater in wireless.repeaters]
    wanted = wish(now_at, reach, state.paths.get(position), at)
    if wanted is None:
        return None
    repeater, reason = wanted
    return c.ChoosePath(
        id=f"{name}/path/{position}/{at.isoformat()}",
        at=at,
        by="hub",
        source="hub",
        position=position,
        repeater=repeater,
        instead_of=now_at,
        reason=reason,
    )


def _candidate(state: Day, roster: Roster, handheld: Seat, repeater: str, at: datetime) -> Candidate:
    """The log may know of a press that the repeater's latest health report did not."""
    seat = roster.at(handheld.hall, repeater)
    hearing = handheld.hearings.get(repeater, Hearing())
    words = state.heard.get(handheld.position.id)
    if seat is not None and words is not None and seat.device in words.repeaters:
        hearing = msgspec.structs.replace(hearing, heard_at=max(hearing.heard_at or words.at, words.at))
    return Candidate(repeater=repeater, can_speak=seat is not None and roster.can_speak(seat, at), hearing=hearing)


def _takes_over(one: Candidate, speaker: Candidate, path: Path | None, at: datetime) -> bool:
    """Whether the speaker does not get through any more, and this one may."""
    heard, spoke = one.hearing.heard_at, speaker.hearing.heard_at
    stood_in = one.hearing.stood_in_at
    if stood_in is not None and _since(spoke, stood_in) > _SAME_PRESS_S and (path is None or stood_in > path.at):
        return True
    if not speaker.hearing.misses or one.hearing.misses:
        return False
    left_at = path.left.get(one.repeater) if path is not None else None
    if left_at is not None and _since(left_at, at) < AGAIN_S and _since(heard, left_at) >= 0:
        return False  # it was tried a moment ago
    return min(_since(heard, at), _since(spoke, at)) < _HEARD_S


def _is_fresh(one: Candidate, at: datetime) -> bool:
    return not one.hearing.misses and _since(one.hearing.heard_at, at) < _HEARD_S


def _rank(one: Candidate, at: datetime) -> tuple[bool, float, float]:
    """Who hears it at all, then who hears it best, then who heard it last."""
    hearing = one.hearing
    return _is_fresh(one, at), (hearing.rssi_dbm or _UNKNOWN_DBM) - _lost_db(hearing), -_since(hearing.heard_at, at)


def _margin_db(one: Hearing, other: Hearing) -> float:
    """How much better `one` is. Where the radio of either does not tell the strength, what is lost decides."""
    strength = 0.0
    if one.rssi_dbm is not None and other.rssi_dbm is not None:
        strength = one.rssi_dbm - other.rssi_dbm
    return strength + _lost_db(other) - _lost_db(one)


def _lost_db(hearing: Hearing) -> float:
    return (hearing.loss or 0.0) * _LOSS_DB


def _since(moment: datetime | None, at: datetime) -> float:
    """Seconds; for ever where it never was."""
    return float("inf") if moment is None else (at - moment).total_seconds()
