"""What is wrong between the items of a hall file: ids used twice, names of nothing, devices that make no sense."""

from collections.abc import Callable, Iterator
from typing import Any

from halls.draft import Draft, Entry, id_key
from halls.items import CLASS_OF, Wireless
from halls.problem import Problem, nearest
from halls.value_checks import letter_problems

AT_COUNTER = ("caller", "evaluator", "window-card")
PRINTING = ("ticket-machine", "guide-terminal")
HANDHELD = ("caller", "evaluator")
SHARES_MAX = 1.0001  # rounding in the file is no mistake

_REFERENCES = (
    ("area", "floor", "floor"),
    ("area", "announcer", "position"),
    ("service", "centre", "centre"),
    ("service", "area", "area"),
    ("counter", "area", "area"),
    ("counter", "services", "service"),
    ("clerk", "counter", "counter"),
    ("position", "area", "area"),
    ("position", "counter", "counter"),
)
_MAY_BE_EMPTY = (("area", "announcer"), ("clerk", "counter"), ("position", "counter"))


def cross_checks(draft: Draft) -> Iterator[Problem]:
    for check in (_doubles, _references, _counters, _services, _shares, _places, _announcers, _series, _handhelds):
        yield from check(draft)


def _doubles(draft: Draft) -> Iterator[Problem]:
    for table, entries in draft.lists.items():
        yield from _repeated(entries, id_key(table), lambda entry: entry.id)


def _repeated(entries: list[Entry], key: str, value_of: Callable[[Entry], str]) -> Iterator[Problem]:
    first: dict[str, Entry] = {}
    for entry in entries:
        value = value_of(entry)
        other = first.setdefault(value, entry)
        if value and other is not entry:
            place = f" (line {other.line})" if other.line else ""
            yield entry.problem(key, f'"{value}" is already used by {other.label}{place}; each needs its own')


def _references(draft: Draft) -> Iterator[Problem]:
    for table, key, target in _REFERENCES:
        known = draft.ids(target)
        for entry in draft.lists[table]:
            for name in _names(entry.get(key)):
                if name not in known and (name or (table, key) not in _MAY_BE_EMPTY):
                    yield entry.problem(key, f'"{name}" is no {target}; {nearest(name, known)}')


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))


def _counters(draft: Draft) -> Iterator[Problem]:
    for counter in draft.lists["counter"]:
        letters = counter.get("services")
        if letters == ():
            yield counter.problem("services", "is empty; name the letter of at least one service")
        for letter in _twice(letters or ()):
            yield counter.problem("services", f'"{letter}" is named twice; once is enough')


def _twice(names: tuple[str, ...]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _services(draft: Draft) -> Iterator[Problem]:
    counters = draft.lists["counter"]
    offered = {letter for counter in counters for letter in counter.get("services", ())}
    readable = counters and all("services" in counter.values for counter in counters)
    for service in draft.lists["service"]:
        if readable and service.id and service.id not in offered:
            yield service.problem("letter", f'no counter serves it; add "{service.id}" to the services of a counter')
        median, p90 = service.get("service_min_median"), service.get("service_min_p90")
        if median is not None and p90 is not None and median > p90:
            yield service.problem("service_min_p90", f"is {p90:g}; it must be at least service_min_median, {median:g}")


def _shares(draft: Draft) -> Iterator[Problem]:
    total = sum(service.get("share", 0.0) for service in draft.lists["service"])
    if total > SHARES_MAX:
        yield Problem("service", "share", f"the shares of all services add up to {total:.4g}; it must be 1 at the most")


def _places(draft: Draft) -> Iterator[Problem]:
    area_of = {counter.id: counter.get("area") for counter in draft.lists["counter"]}
    for position in draft.lists["position"]:
        kind, counter, spare = (position.get(key) for key in ("kind", "counter", "spare"))
        if None in (kind, counter, spare):
            continue
        if kind not in AT_COUNTER:
            for key in (key for key, given in (("counter", counter), ("spare", spare)) if given):
                yield position.problem(key, f"a {kind} stands at no counter; remove the key")
        elif counter and spare:
            yield position.problem("spare", f'is true, but the {kind} has counter "{counter}"; remove one of the two')
        elif not counter and not spare:
            yield position.problem("counter", f"missing; a {kind} needs its counter's id, or spare = true")
        else:
            yield from _area_problems(position, area_of.get(counter))


def _area_problems(position: Entry, counter_area: str | None) -> Iterator[Problem]:
    area, counter = position.get("area"), position.get("counter")
    if None not in (area, counter_area) and area != counter_area:
        told = f'is "{area}", but counter "{counter}" is in "{counter_area}"'
        yield position.problem("area", f"{told}; a device stands where its counter is")


def _announcers(draft: Draft) -> Iterator[Problem]:
    screens = {one.id: one for one in draft.lists["position"]}
    for area in draft.lists["area"]:
        screen = screens.get(area.get("announcer") or "")
        if screen is None:
            continue
        kind, place = screen.get("kind"), screen.get("area")
        if kind is not None and CLASS_OF.get(kind) != "signage_player":
            yield area.problem(
                "announcer", f'"{screen.id}" is a {kind}; name a tv-box, publishing-terminal or play-box'
            )
        elif place is not None and place != area.id:
            yield area.problem("announcer", f'"{screen.id}" stands in "{place}"; name a screen of this area')


def _series(draft: Draft) -> Iterator[Problem]:
    machines = []
    for position in draft.lists["position"]:
        kind, series = position.get("kind"), position.get("series")
        if kind in PRINTING and series:
            machines.append(position)
            yield from letter_problems(position, "series", series)
        elif kind == "ticket-machine" and series == "":
            yield position.problem("series", "missing; a ticket-machine needs one letter of its own")
        elif kind and series:
            yield position.problem("series", f"a {kind} prints no tickets; remove the key")
    yield from _repeated(machines, "series", lambda entry: str(entry.get("series")))


def _handhelds(draft: Draft) -> Iterator[Problem]:
    # a position whose kind is misspelt may be meant as a repeater: that is told there, not here as well
    repeaters = [p.id for p in draft.lists["position"] if p.get("kind", "repeater") == "repeater"]
    heard: dict[tuple[str, int], Entry] = {}
    for position in draft.lists["position"]:
        wireless: Wireless | None = position.get("wireless")
        if wireless is None:
            continue
        if position.get("kind", "caller") not in HANDHELD:
            yield position.problem("wireless", f"a {position.get('kind')} is no handheld; remove the key")
        yield from _radio_problems(position, wireless, repeaters)
        for name in dict.fromkeys(wireless.repeaters):
            other = heard.setdefault((name, wireless.address), position)
            if other is not position:
                told = f'{wireless.address} is already used by {other.label}, and repeater "{name}" hears both'
                yield position.problem("wireless.address", f"{told}; each needs its own")


def _radio_problems(position: Entry, wireless: Wireless, repeaters: list[str]) -> Iterator[Problem]:
    if not 0 <= wireless.address <= 255:
        yield position.problem("wireless.address", f"is {wireless.address}; an FF68 address is 0 to 255")
    if not wireless.repeaters:
        yield position.problem("wireless.repeaters", "is empty; name at least one repeater that hears the handheld")
    for name in _twice(wireless.repeaters):
        yield position.problem("wireless.repeaters", f'"{name}" is named twice; once is enough')
    for name in _names(wireless.repeaters):
        if name not in repeaters:
            yield position.problem("wireless.repeaters", f'"{name}" is no repeater; {nearest(name, repeaters)}')
