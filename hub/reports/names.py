"""What the keys of a dimension are called in a hall."""

from halls.format import Hall
from hub.domain.speech import Words
from hub.history.asking import By
from hub.reports import words


def names(hall: Hall, by: By) -> dict[str, Words]:
    """All that the hall's file knows of a dimension, in its order; what was there once may be missing."""
    match by:
        case "centre":
            return {one.id: _words(one.name, one.english) for one in hall.centre}
        case "floor":
            return {one.id: _words(one.name, one.english) for one in hall.floor}
        case "area":
            return {one.id: _words(one.name, one.english) for one in hall.area}
        case "service":
            return {
                one.letter: _words(f"{one.letter} {one.name}", f"{one.letter} {one.english}") for one in hall.service
            }
        case "counter":
            return {one.id: _words(one.name, f"Counter {one.id}") for one in hall.counter}
        case "clerk":
            return {one.number: _clerk(one.number, one.name) for one in hall.clerk}
        case "line":
            return dict(words.LINES)
        case "weekday":
            return {str(number): name for number, name in enumerate(words.WEEKDAYS, 1)}
        case "hour":
            return {f"{hour:02}": _words(f"{hour:02}:00–{hour + 1:02}:00") for hour in range(24)}
        case _:
            return {}


def name(known: dict[str, Words], key: str) -> Words:
    """Of a key that may be older than the hall's file, or empty."""
    return known.get(key) or (Words(key, key) if key else words.NOBODY)


def _words(zh: str, en: str = "") -> Words:
    return Words(zh, en or zh)


def _clerk(number: str, name: str) -> Words:
    return Words(name, number) if number in name else _words(f"{number} {name}")
