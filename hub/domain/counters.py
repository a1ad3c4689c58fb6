"""Who sits at a counter, and whether it calls anybody: sign on and off, pause, resume."""

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import Decision, event, refused
from hub.domain.state import Day


def pause(state: Day, command: c.Pause) -> Decision:
    if refusal := not_ready(state, command) or busy(state, command):
        return refusal
    return (event(command, e.CounterPaused, counter=command.counter, reason=command.reason),)


def resume(state: Day, command: c.Resume) -> Decision:
    if not state.counter(command.counter).paused:
        return (refused(command, "not-paused"),)
    return (event(command, e.CounterResumed, counter=command.counter),)


def sign_on(state: Day, command: c.SignOn) -> Decision:
    clerk = usual_clerk(state, command)
    here = state.counter(command.counter)
    if here.clerk:
        return (refused(command, "counter-open", here.clerk),)
    elsewhere = state.clerk_at(clerk)
    if elsewhere:
        return (refused(command, "clerk-elsewhere", elsewhere),)
    return (event(command, e.CounterOpened, counter=command.counter, clerk=clerk),)


def sign_off(state: Day, command: c.SignOff) -> Decision:
    here = state.counter(command.counter)
    if not here.clerk:
        return (refused(command, "counter-closed"),)
    if refusal := busy(state, command):
        return refusal
    return (event(command, e.CounterClosed, counter=command.counter, clerk=here.clerk),)


def usual_clerk(state: Day, command: c.SignOn) -> str:
    """Who signs on: as said, or who usually sits there; empty when that is nobody."""
    return command.clerk or next((k.number for k in state.hall.clerk if k.counter == command.counter), "")


def not_ready(state: Day, command: c.OnCounter) -> Decision:
    """A refusal where nobody works; else nothing."""
    here = state.counter(command.counter)
    if not here.clerk:
        return (refused(command, "counter-closed"),)
    if here.paused:
        return (refused(command, "counter-paused"),)
    return ()


def busy(state: Day, command: c.OnCounter) -> Decision:
    """A refusal where a citizen is at the counter; else nothing."""
    active = state.active(command.counter)
    if active is None:
        return ()
    return (refused(command, f"ticket-{active.phase}", active.number),)
