"""A call and its voice begin together: on the announcing screen a new row waits a little for its announcement. Pure.

Never for long: where the voice has others to say first, or none comes, the row is shown without it.
"""

import msgspec

from edge.signage_player.announcements import Key, Turns, key
from wire.messages import BoardCall, BoardView

WAIT_S = 1.5


class Held(msgspec.Struct, frozen=True):
    """`fresh`: the row was not on the board before; an older one stays there, and only blinks later."""

    call: Key
    until: float
    fresh: bool


def held(before: tuple[Held, ...], old: BoardView | None, new: BoardView, turns: Turns, at: float) -> tuple[Held, ...]:
    """Those of before that are still called, and each newly called one that is about to be said here."""
    called = {(call.number, call.counter) for call in new.calls}
    kept = [one for one in before if one.call in called]
    if turns.since is None or old is None:
        return tuple(kept)
    known = {(call.number, call.counter): call.calls for call in old.calls}
    speech = {key(one) for one in turns.waiting}
    for call in new.calls:
        name = (call.number, call.counter)
        if name in speech and known.get(name) != call.calls and all(one.call != name for one in kept):
            kept.append(Held(name, at + WAIT_S, name not in known))
    return tuple(kept)


def released(before: tuple[Held, ...], turns: Turns, at: float) -> tuple[tuple[Held, ...], Key | None]:
    """Those that wait on; and, of those that waited enough or will not be said any more, the newest."""
    speech = {key(one) for one in turns.waiting} | ({key(turns.now)} if turns.now else set())
    waits = tuple(one for one in before if at < one.until <= at + WAIT_S and one.call in speech)
    gone = [one.call for one in before if one not in waits]
    return waits, gone[0] if gone else None


def without(before: tuple[Held, ...], call: Key) -> tuple[Held, ...]:
    return tuple(one for one in before if one.call != call)


def is_held(before: tuple[Held, ...], call: BoardCall) -> bool:
    return any(one.call == (call.number, call.counter) for one in before)


def shown(before: tuple[Held, ...], calls: tuple[BoardCall, ...]) -> tuple[BoardCall, ...]:
    """The board's rows without those that wait."""
    hidden = {one.call for one in before if one.fresh}
    return tuple(call for call in calls if (call.number, call.counter) not in hidden)


def wake_at(before: tuple[Held, ...]) -> float | None:
    return min((one.until for one in before), default=None)
