"""Which items of new settings an agent takes: all that fit, and for the others what stood there before. Pure.

An *item* is what has a path of its own: "debounce_s", or "digits.contrast" in a table that is a struct. A table with
free keys (which key is on which pin) is one item: given, it is the whole of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations
from typing import Any, TypeAlias

import msgspec

from edge.runtime import settings_words as words
from edge.runtime.device import DeviceClass

Items: TypeAlias = dict[str, Any]  # by path
Table: TypeAlias = Mapping[str, Any]

_TRIES_MAX = 4000  # ways of leaving items out, before it is done step by step
_PROBLEMS_MAX = 60
_NAME_MAX, _TEXT_MAX = 80, 400  # characters
_ABSENT = object()


class Choice(msgspec.Struct, frozen=True):
    """`device`: what to lay over the board's own file; `problems`: item → why it was left as it was.

    `taken`: whether anything of what was wanted is in it.
    """

    device: dict[str, Any]
    problems: dict[str, str]
    taken: bool


def laid_over(kind: type[msgspec.Struct], file: Table, device: Table) -> dict[str, Any]:
    """The `[device]` table: the board's own file, and over it what the hub wants."""
    return _merged(kind, dict(file), device)


def built(device: DeviceClass, table: Table) -> tuple[Any, str]:
    """The class's settings, or None and why there are none."""
    try:
        settings = msgspec.convert(table, device.settings)
    except Exception as error:  # rules of the class's own are among what is asked
        return None, str(error)
    driver: str = settings.driver  # type: ignore[attr-defined]  # every class has it
    return (settings, "") if driver in device.drivers else (None, words.no_driver(driver, device.drivers))


def choose(device: DeviceClass, file: Table, good: Table, wanted: Table) -> Choice | None:
    """What of `wanted` to try, given what was `good`, each over the board's own `file`.

    Items that do not fit keep their good value. Where the rest breaks a rule over several items, the fewest changes
    are left out that make it hold; among as few, those that the rule names, then those that come first in the class.
    None when nothing can be built even so: then the good ones do not stand either.
    """
    old = {path: value for path, value in items(device.settings, good).items() if not wrong(device, path, value)}
    new, problems = dict(items(device.settings, wanted)), dict[str, str]()
    for path, value in list(new.items()):
        if why := wrong(device, path, value):
            problems[path] = why
            _put(new, path, old.get(path, _ABSENT))

    def why_not(candidate: Items) -> str:
        return built(device, laid_over(device.settings, file, table(candidate)))[1]

    if error := why_not(new):
        changes = [path for path in _in_order(device.settings, {*old, *new}) if _differs(old, new, path)]
        changes.sort(key=lambda path: not _names(error, path))
        left = _fewest(changes, lambda some: not why_not(_without(old, new, some)))
        if left is None:
            return None
        new = _without(old, new, left)
        problems |= dict.fromkeys(left, words.against_others(error))
    taken = any(path not in problems for path in items(device.settings, wanted)) or not wanted
    return Choice(table(new), _bounded(problems), taken)


def items(kind: type[msgspec.Struct], table: Table, above: str = "") -> Items:
    """By path, in the class's order; what the class does not know comes last."""
    fields = _fields(kind)
    found: Items = {}
    for name in (*(one for one in fields if one in table), *(one for one in table if one not in fields)):
        inner, value = _struct(fields.get(name)), table[name]
        if inner is not None and isinstance(value, Mapping):
            found |= items(inner, value, f"{above}{name}.")
        else:
            path = name if name in fields else name.replace(".", "·")  # what is unknown must not look like a table
            found[f"{above}{path}"] = value
    return found


def table(found: Items) -> dict[str, Any]:
    """Items as the tables that they are in."""
    made: dict[str, Any] = {}
    for path, value in found.items():
        *above, name = path.split(".")
        place = made
        for step in above:
            place = place.setdefault(step, {})
        place[name] = value
    return made


def wrong(device: DeviceClass, path: str, value: Any) -> str:
    """Why this item cannot come from the hub, by itself; "" when it can."""
    if path in device.local:
        return words.local()
    kind: type[msgspec.Struct] = device.settings
    *above, name = path.split(".")
    for step in above:
        inner = _struct(_fields(kind).get(step))
        if inner is None:
            return words.unknown(step, _fields(kind))
        kind = inner
    fields = _fields(kind)
    if name not in fields:
        return words.unknown(name, fields)
    try:
        msgspec.convert(value, fields[name])
    except Exception as error:  # whatever a class's own rule raises
        return words.does_not_fit(value, fields[name], str(error))
    if path == "driver" and value not in device.drivers:
        return words.no_driver(value, device.drivers)
    return ""


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}


def _struct(kind: Any) -> type[msgspec.Struct] | None:
    return kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None


def _merged(kind: type[msgspec.Struct], under: dict[str, Any], over: Table) -> dict[str, Any]:
    fields = _fields(kind)
    for name, value in over.items():
        inner, before = _struct(fields.get(name)), under.get(name)
        if inner is not None and isinstance(value, Mapping) and isinstance(before, Mapping):
            under[name] = _merged(inner, dict(before), value)
        else:
            under[name] = value
    return under


def _in_order(kind: type[msgspec.Struct], paths: Iterable[str]) -> Iterator[str]:
    known = list(_paths(kind))
    return iter(sorted(paths, key=lambda path: (known.index(path) if path in known else len(known), path)))


def _paths(kind: type[msgspec.Struct], above: str = "") -> Iterator[str]:
    for name, type_ in _fields(kind).items():
        inner = _struct(type_)
        if inner is None:
            yield f"{above}{name}"
        else:
            yield from _paths(inner, f"{above}{name}.")


def _names(error: str, path: str) -> bool:
    return path in error or path.rpartition(".")[2] in error


def _differs(old: Items, new: Items, path: str) -> bool:
    before, after = old.get(path, _ABSENT), new.get(path, _ABSENT)
    return before is not after and before != after


def _without(old: Items, new: Items, left: Iterable[str]) -> Items:
    """The new ones, but for those paths what stood there before."""
    found = dict(new)
    for path in left:
        _put(found, path, old.get(path, _ABSENT))
    return found


def _put(found: Items, path: str, value: Any) -> None:
    if value is _ABSENT:
        found.pop(path, None)
    else:
        found[path] = value


def _fewest(changes: list[str], holds: Callable[[Iterable[str]], bool]) -> list[str] | None:
    """The fewest changes to leave out so that all holds. None when nothing was found that does."""
    ways = (some for many in range(1, len(changes) + 1) for some in combinations(changes, many))
    for tries, some in enumerate(ways):
        if holds(some):
            return list(some)
        if tries >= _TRIES_MAX:
            return _taken_back(changes, holds) if holds(changes) else None
    return None


def _taken_back(changes: list[str], holds: Callable[[Iterable[str]], bool]) -> list[str]:
    """For so many that not every way can be tried: leave all out, and take back what can be, one or two at a time."""
    left = list(changes)
    for _ in range(len(changes)):
        for back in (set(some) for many in (1, 2) for some in combinations(left, many)):
            fewer = [path for path in left if path not in back]
            if holds(fewer):
                left = fewer
                break
        else:
            return left
    return left


def _bounded(problems: dict[str, str]) -> dict[str, str]:
    """A message has limits, and names that nobody knows may be of any length."""
    some = list(problems.items())[:_PROBLEMS_MAX]
    return {path[:_NAME_MAX]: why[:_TEXT_MAX] for path, why in some}
