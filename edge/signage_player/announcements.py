"""统一叫号: whose turn it is to be said by this screen, and when. One after another, none cut off, none twice. Pure.

The hub decides what is said in which stretch of time, and which screen of an area says it. A screen that follows the
board without announcing keeps count as well: when it takes over, it repeats what was being said then, after the end of
that stretch, so that two are never heard at once.
"""

import msgspec
from msgspec.structs import replace

from edge.runtime.device import Input
from wire.base import Fact
from wire.messages import Spoken

_FORGOTTEN_S = 600.0  # what was said so long ago cannot come again in a view

Key = tuple[str, str]  # number, counter


class Announce(msgspec.Struct, frozen=True):
    """Be ready to speak; or no more: what is being said is said to its end."""

    on: bool


class Speak(msgspec.Struct, frozen=True, kw_only=True):
    """Say it once, whole; answered by Begun and Said, or by Said alone. `slot_s`: how long it may take; 0: any."""

    id: str
    zh: str
    en: str = ""
    times: int = 1
    slot_s: float = 0.0


class Begun(Input, frozen=True, kw_only=True):
    """It is heard from now on."""

    id: str


class VoiceFound(Input, frozen=True, kw_only=True):
    """Whether there is sound, and by which voice, is known now: health has it."""


class Said(Input, frozen=True, kw_only=True):
    """It was heard to its end (`ok`), or why it was not."""

    id: str
    ok: bool
    text: str = ""


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: from when on this screen announces; None: another one does. `said`: until when the latest of each call
    was to be said, by its number and counter. `now` is being said, `waiting` are to be."""

    since: float | None = None
    waiting: tuple[Spoken, ...] = ()
    now: Spoken | None = None
    said: tuple[tuple[Key, float], ...] = ()
    asked: int = 0
    spoken: int = 0
    missed: int = 0
    last: str = ""


def key(one: Spoken) -> Key:
    return one.number, one.counter


def told(turns: Turns, announces: bool, at: float) -> Turns:
    """What the hub says of this screen."""
    if announces == (turns.since is not None):
        return turns
    return replace(turns, since=at if announces else None)


def heard(turns: Turns, spoken: tuple[Spoken, ...], at: float) -> Turns:
    """What a newer view leaves out is withdrawn, unless it is over by the hub's reckoning and we are late with it.

    What has begun, or was said, does not come again; a call of the same number after its end does.
    """
    listed = {key(one) for one in spoken}
    late = [one for one in turns.waiting if key(one) not in listed and one.ends_at.timestamp() <= at]
    fresh = [one for one in spoken if one.begins_at.timestamp() >= _said_until(turns, key(one))]
    waiting = sorted([*late, *fresh], key=lambda one: one.begins_at)
    said = tuple((known, until) for known, until in turns.said if at - until < _FORGOTTEN_S)
    return replace(turns, waiting=tuple(waiting), said=said)


def due(turns: Turns, at: float, *, late_s: float, quiet: bool) -> tuple[Turns, Spoken | None]:
    """What is to be said now, if anything is. Stale, or in quiet hours: it is passed over.

    A board's clock may be ahead until the hub has set it right.
    """
    if turns.since is not None and at < turns.since:
        turns = replace(turns, since=at)
    while turns.waiting and turns.now is None and at >= _earliest(turns, one := turns.waiting[0]):
        turns, ends_at = _taken(turns, one), one.ends_at.timestamp()
        if turns.since is None or ends_at <= turns.since or quiet:
            continue
        if at <= ends_at + late_s:
            return replace(turns, now=one, asked=turns.asked + 1), one
        turns = replace(turns, missed=turns.missed + 1)
    return turns, None


def wake_at(turns: Turns) -> float | None:
    """When the next may be due; None: nothing waits, or something is being said."""
    if turns.now is not None or not turns.waiting:
        return None
    return _earliest(turns, turns.waiting[0])


def ended(turns: Turns, *, ok: bool) -> Turns:
    if turns.now is None:
        return turns
    now = turns.now
    counted = turns.spoken + ok, turns.missed + (not ok)
    return replace(turns, now=None, spoken=counted[0], missed=counted[1], last=now.zh if ok else turns.last)


def facts(turns: Turns) -> dict[str, Fact]:
    """`spoken`, `missed`: announcements since the start; `unspoken`: those that wait."""
    found: dict[str, Fact] = {"announces": turns.since is not None}
    if turns.since is not None or turns.spoken or turns.missed:
        found |= {"spoken": turns.spoken, "missed": turns.missed, "unspoken": len(turns.waiting)}
    return found | ({"last_spoken": turns.last} if turns.last else {})


def _earliest(turns: Turns, one: Spoken) -> float:
    """What another screen may have begun is not ours before its stretch is over."""
    begins_at, ends_at = one.begins_at.timestamp(), one.ends_at.timestamp()
    return begins_at if turns.since is not None and begins_at >= turns.since else ends_at


def _taken(turns: Turns, one: Spoken) -> Turns:
    said = tuple((known, until) for known, until in turns.said if known != key(one))
    return replace(turns, waiting=turns.waiting[1:], said=(*said, (key(one), one.ends_at.timestamp())))


def _said_until(turns: Turns, known: Key) -> float:
    return next((until for said, until in turns.said if said == known), float("-inf"))
