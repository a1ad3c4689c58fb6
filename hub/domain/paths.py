"""By which repeater a wireless handheld is shown its content, and answered: in the log, so that all processes agree."""

from msgspec.structs import replace

from halls.format import Position
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision, event
from hub.domain.state import Day, Path


def choose(state: Day, command: c.ChoosePath) -> Decision:
    """Nothing where another process of the hub was faster."""
    position = next((one for one in state.hall.position if one.id == command.position), None)
    if position is None or speaker(state, position) != command.instead_of or command.repeater == command.instead_of:
        return ()
    marks = {"position": command.position, "repeater": command.repeater, "instead_of": command.instead_of}
    return (event(command, e.PathChosen, counter=position.counter, reason=command.reason, **marks),)


def remember(state: Day, event: e.PathChosen) -> Day:
    before = state.paths.get(event.position)
    left = {} if before is None else before.left
    if event.reason == "lost":
        left = {**left, event.instead_of: event.at}
    return replace(state, paths=state.paths.set(event.position, Path(repeater=event.repeater, at=event.at, left=left)))


def speaker(state: Day, handheld: Position) -> str:
    """The position of the repeater that speaks to it: the first one in the hall's file, until another was chosen."""
    assert handheld.wireless is not None
    path = state.paths.get(handheld.id)
    reach = handheld.wireless.repeaters
    return path.repeater if path is not None and path.repeater in reach else reach[0]


def turn(state: Day, handheld: Position, repeater: str) -> int:
    """0 for the one that speaks to it; the others follow as in the hall's file."""
    assert handheld.wireless is not None
    first = speaker(state, handheld)
    order = (first, *(one for one in handheld.wireless.repeaters if one != first))
    return order.index(repeater)
