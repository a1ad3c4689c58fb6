"""The hall's settings while it is open: a change is an event, and a bad one is refused whole."""

from typing import Any

from msgspec.structs import replace

from halls.changes import values
from halls.format import Hall, HallFileError, changed, fitting
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import policies
from hub.domain.decision import Decision, event, refused
from hub.domain.state import Day


def problems(state: Day, changes: dict[str, Any]) -> tuple[str, ...]:
    """What is wrong with them, each with its item; nothing where the hall can take them."""
    try:
        hall = changed(state.base, {**state.settings, **changes})  # with those taken back: their paths must exist
    except HallFileError as error:
        return error.problems
    return policies.problems(hall)


def change(state: Day, command: c.ChangeSettings) -> Decision:
    if moved := overtaken(state, command.found):
        return (refused(command, "settings-overtaken", ", ".join(moved)),)
    wrong = problems(state, command.changes)
    if wrong:
        return (refused(command, "bad-settings", "; ".join(wrong)),)
    if _merged(state, command.changes) == state.settings:
        return (refused(command, "nothing-changed"),)
    return (event(command, e.SettingsChanged, changes=command.changes),)


def overtaken(state: Day, found: dict[str, Any]) -> tuple[str, ...]:
    """Paths that no longer have the value which somebody found there."""
    if not found:
        return ()
    now = values(state.hall)
    return tuple(path for path, value in found.items() if now.get(path) != value)


def record_screens(state: Day, command: c.RecordScreens) -> Decision:
    return (event(command, e.ScreensChanged, what=command.what, ident=command.ident, name=command.name),)


def after(state: Day, changes: dict[str, Any]) -> Day:
    """The day with these settings; a hall file that was rewritten since may not take all: those are left out."""
    merged = _merged(state, changes)
    try:
        hall = changed(state.base, merged)
    except HallFileError:
        merged = fitting(state.base, merged)
        hall = changed(state.base, merged)
    return replace(state, hall=hall, settings=merged)


def carried(base: Hall, before: dict[str, Any]) -> dict[str, Any]:
    """What of an earlier day's settings this hall file, and this release, can still take."""
    fit = fitting(base, before)
    if policies.problems(changed(base, fit)):
        del fit["policy.calling"]
    return fit


def _merged(state: Day, changes: dict[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in {**state.settings, **changes}.items() if value is not None}
