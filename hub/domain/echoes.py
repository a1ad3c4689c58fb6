"""Two repeaters hear one frame of a wireless handheld: the second to pass it on is an echo, not a second press.

The copies may come to different hub processes; what decides is which is first in the log.
"""

from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import event, is_over
from hub.domain.state import Day, Heard

_ECHO_S = 1.5


def is_echo(state: Day, command: c.Command) -> bool:
    """Whether another repeater has just passed on this press.

    A repeater passes each press on once: the same words from the same repeater are another press.
    """
    last = state.heard.get(command.handheld)
    return (
        last is not None
        and last.said == command.said
        and command.by not in last.repeaters
        and not is_over(last.at, _ECHO_S, command.at)
    )


def heard(command: c.Command, *, echo: bool = False) -> e.HandheldHeard:
    return event(command, e.HandheldHeard, handheld=command.handheld, said=command.said, echo=echo)


def remember(state: Day, event: e.HandheldHeard) -> Day:
    if event.echo:
        last = state.heard[event.handheld]
        last = replace(last, repeaters=last.repeaters | {event.by})
    else:
        last = Heard(said=event.said, at=event.at, repeaters=frozenset((event.by,)))
    return replace(state, heard=state.heard.set(event.handheld, last))
