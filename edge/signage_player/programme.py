"""What this screen plays besides the board: the hub's programme once all of it is here, and emergencies at once. Pure.

A programme that is still being fetched changes nothing: the last whole one goes on.
"""

from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

from edge.runtime.device import Effect, Input, Send
from wire import programme as meaning
from wire.base import Fact
from wire.messages import ContentItem, Emergency, Play, Played, PlayOutcome, Programme, Reply, SignageView

_RESEND_S = 30.0


class Keep(msgspec.Struct, frozen=True):
    """Effect: have all of this on disk, the emergency's first; say Whole when the programme is."""

    programme: Programme | None
    emergency: Emergency | None


class Stored(Input, frozen=True, kw_only=True):
    """What was on disk at the start: the last whole programme, and the emergency that was in force."""

    programme: Programme | None
    emergency: Emergency | None


class Whole(Input, frozen=True, kw_only=True):
    """All that this programme plays is on disk now."""

    programme: Programme | None


class Turn(msgspec.Struct, frozen=True):
    """`full`: on the whole screen, in place of the board."""

    item: ContentItem
    full: bool


class PlayMedia(msgspec.Struct, frozen=True):
    """Effect: play these in turn, for ever. `folder`: where there are none, those of the screen's own folder."""

    turns: tuple[Turn, ...] = ()
    folder: bool = True


class Ended(Input, frozen=True, kw_only=True):
    """An item has left the screen after `played_s`."""

    sha256: str
    played_s: float
    outcome: PlayOutcome


class Journal(msgspec.Struct, frozen=True):
    """Effect: keep this for the hub."""

    play: Play


class BatchWaiting(Input, frozen=True, kw_only=True):
    """The oldest batch of plays that the hub has not taken."""

    batch: Played


class BatchTaken(msgspec.Struct, frozen=True):
    """Effect: the hub has it; the next may come."""

    id: str


class Reel(msgspec.Struct, frozen=True, kw_only=True):
    """`wish`: as the hub's last view says (`told`); `whole`: what is on disk; `refused`: why a wish is not followed."""

    told: bool = False
    wish: Programme | None = None
    whole: Programme | None = None
    emergency: Emergency | None = None
    refused: str = ""
    batch: Played | None = None
    resend_at: float | None = None


Step: TypeAlias = tuple[Reel, list[Effect]]


def viewed(reel: Reel, view: SignageView) -> Step:
    """A programme that cannot be followed leaves the last one in its place; an emergency counts all the same."""
    refused = meaning.problem(view.programme) if view.programme else ""
    wish = reel.wish if refused else view.programme
    after = msgspec.structs.replace(reel, told=True, wish=wish, emergency=view.emergency, refused=refused)
    is_news = not reel.told or (after.wish, after.emergency) != (reel.wish, reel.emergency)
    return after, [Keep(after.wish, after.emergency)] if is_news else []


def stored(reel: Reel, event: Stored) -> Reel:
    emergency = reel.emergency if reel.told else event.emergency
    return msgspec.structs.replace(reel, whole=event.programme, emergency=emergency)


def whole(reel: Reel, event: Whole) -> Reel:
    return msgspec.structs.replace(reel, whole=event.programme)


def alarm(reel: Reel, at: float) -> Emergency | None:
    """The emergency that has the screen now."""
    one = reel.emergency
    return one if one is not None and (one.until is None or at < one.until.timestamp()) else None


def media(reel: Reel, at: float) -> PlayMedia:
    urgent = alarm(reel, at)
    if urgent is not None:
        return PlayMedia((Turn(urgent.item, False),) if urgent.item else (), folder=False)
    if reel.whole is None:
        return PlayMedia()
    playing = meaning.playing(reel.whole, _moment(at))
    return PlayMedia(tuple(Turn(item, one.zone == "full") for one in playing for item in one.items))


def ticker(reel: Reel, at: float) -> str:
    """Of the playlists in force; "" where they have none."""
    playing = meaning.playing(reel.whole, _moment(at)) if reel.whole else ()
    return " · ".join(one.ticker for one in playing if one.ticker)


def wake_at(reel: Reel, at: float) -> float | None:
    """When something begins or ends by itself, or a batch is to be sent again."""
    change = meaning.next_change(reel.whole, _moment(at)) if reel.whole else None
    urgent = alarm(reel, at)
    ends = urgent.until.timestamp() if urgent and urgent.until else None
    due = (change.timestamp() if change else None, ends, reel.resend_at)
    return min((moment for moment in due if moment is not None), default=None)


def facts(reel: Reel) -> dict[str, Fact]:
    """`programme`: mark of the one that plays; `emergency`: id of the last that was ordered and not withdrawn."""
    found: dict[str, Fact] = {"programme": reel.whole.mark if reel.whole else ""}
    if reel.emergency is not None:
        found["emergency"] = reel.emergency.id
    if reel.refused:
        found["programme_refused"] = reel.refused
    return found


# Proof of play.


def ended(event: Ended) -> list[Effect]:
    began = _moment(event.at - event.played_s)
    played_s = round(event.played_s, 2)
    return [Journal(Play(sha256=event.sha256, at=began, played_s=played_s, outcome=event.outcome))]


def waiting(reel: Reel, event: BatchWaiting, *, up: bool) -> Step:
    reel = msgspec.structs.replace(reel, batch=event.batch)
    return sent(reel, event.at) if up else (reel, [])


def sent(reel: Reel, at: float) -> Step:
    """Now, and again until it is answered."""
    if reel.batch is None:
        return msgspec.structs.replace(reel, resend_at=None), []
    return msgspec.structs.replace(reel, resend_at=at + _RESEND_S), [Send(reel.batch)]


def linked(reel: Reel, at: float, up: bool) -> Step:
    return sent(reel, at) if up else (msgspec.structs.replace(reel, resend_at=None), [])


def passed(reel: Reel, at: float) -> Step:
    return sent(reel, at) if reel.resend_at is not None and at >= reel.resend_at else (reel, [])


def answered(reel: Reel, reply: Reply) -> Step:
    """A refusal for want of a position may end; one for good would be the same tomorrow."""
    if reel.batch is None or reply.to != reel.batch.id or reply.code == "no-position":
        return reel, []
    return msgspec.structs.replace(reel, batch=None, resend_at=None), [BatchTaken(reply.to)]


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
