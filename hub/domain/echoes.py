"""Two repeaters hear one frame of a wireless handheld: the second to pass it on is an echo, not a second press.

The copies may come to different hub processes; what decides is which is first in the log.
"""

from datetime import timedelta

from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import event, is_over
from hub.domain.state import Day, Heard

_ECHO_S = 1.5
_SAME_MOMENT = timedelta(seconds=0.8)  # by two repeaters' clocks; a handheld repeats itself for as long
_LATE_S = 15.0  # a press that comes later is refused anyhow


def is_echo(state: Day, command: c.Command) -> bool:
    """Whether another repeater has just passed on this press.

    A repeater passes each press on once: the same words from the same repeater are another press. One whose network was
    held up is an echo as well, if it heard the press at the same moment as the first.
    """
    last = state.heard.get(command.handheld)
    if last is None or last.said != command.said or command.by in last.repeaters:
        return False
    return not is_over(last.at, _ECHO_S, command.at) or _is_late_copy(last, command)


def _is_late_copy(last: Heard, command: c.Command) -> bool:
    if last.said_at is None or command.said_at is None:
        return False
    return abs(command.said_at - last.said_at) < _SAME_MOMENT and not is_over(last.at, _LATE_S, command.at)


def heard(command: c.Command, *, echo: bool = False) -> e.HandheldHeard:
    marks = {"handheld": command.handheld, "said": command.said, "said_at": command.said_at}
    return event(command, e.HandheldHeard, echo=echo, **marks)


def remember(state: Day, event: e.HandheldHeard) -> Day:
    if event.echo:
        last = state.heard[event.handheld]
        last = replace(last, repeaters=last.repeaters | {event.by})
    else:
        last = Heard(said=event.said, at=event.at, repeaters=frozenset((event.by,)), said_at=event.said_at)
    return replace(state, heard=state.heard.set(event.handheld, last))
