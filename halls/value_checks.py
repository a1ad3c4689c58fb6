"""What is wrong with single values of a hall file, whatever the rest of it says."""

import re
import unicodedata
import zoneinfo
from collections.abc import Iterator
from functools import cache

from halls.draft import Draft, Entry, id_key
from halls.problem import Problem, nearest
from wire.topics import HUB, is_name

NAME_LENGTH_MAX = 64
_TOLD_MAX = 10**15  # a whole number may have more digits than a float can hold
_LENGTH_MAX = {"route": 200, "ticker": 500, "if_missed": 100}

_LINES_MAX = {"bring": (20, 100), "keywords": (30, 30)}  # lists of texts: so many, of so many characters each

_NOT_LETTERS = {
    "I": "it looks like the digit 1",
    "O": "it looks like the digit 0",
    "V": "it marks the tickets of priority citizens",
    "Y": "it marks the tickets of appointments",
}
_LETTER = re.compile(r"[A-Z]\Z")
_CLOCK = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")
_ID_PATTERNS = {
    "counter": (re.compile(r"[0-9A-Za-z-]{1,8}\Z"), '1 to 8 of 0-9, A-Z, a-z and "-"'),
    "clerk": (re.compile(r"[0-9A-Za-z-]{1,16}\Z"), '1 to 16 of 0-9, A-Z, a-z and "-"'),
}

_RANGES: dict[str, dict[str, tuple[str, float, float]]] = {
    "policy": {
        "recalls_max": ("at least", 1, 100),
        "recall_gap_s": ("at least", 0, 600),
        "calls_before_no_show": ("at least", 1, 100),
        "print_wait_s": ("more than", 0, 600),
        "rating_s": ("more than", 0, 600),
        "rating_grace_s": ("at least", 0, 86400),
        "case_days": ("at least", 1, 60),
        "case_appeal_days": ("at least", 0, 60),
        "priority_turns": ("at least", 1, 100),
        "appointment_turns": ("at least", 1, 100),
        "ordinary_turns": ("at least", 1, 100),
        "ageing_min": ("more than", 0, 1440),
        "reinstates_max": ("at least", 0, 100),
        "reinstate_behind": ("at least", 0, 100),
        "parked_max": ("at least", 0, 100),
        "items_max": ("at least", 1, 20),
        "undo_s": ("at least", 0, 600),
        "double_tap_s": ("at least", 0, 60),
        "announcement_s": ("more than", 0, 60),
        "warn_left": ("at least", 0, 1000),
        "warn_wait_min": ("at least", 0, 1440),
    },
    "inventory": {
        "idle_days": ("at least", 1, 3650),
        "online_days": ("at least", 1, 3650),
        "silent_days": ("at least", 1, 3650),
        "warn_days": ("at least", 0, 3650),
        "life_years": ("more than", 0, 50),
    },
    "appointments": {
        "horizon_days": ("at least", 0, 30),
        "slot_min": ("at least", 5, 480),
        "walk_in_share": ("at least", 0, 1),
        "change_h": ("at least", 0, 720),
        "early_min": ("at least", 0, 1440),
        "late_min": ("at least", 0, 1440),
        "day_max": ("at least", 1, 1000),
        "misses_max": ("at least", 1, 100),
        "misses_days": ("at least", 1, 3650),
        "block_days": ("at least", 0, 3650),
        "overbook_weeks": ("at least", 1, 104),
        "overbook_due_min": ("at least", 1, 100_000),
        "overbook_share": ("at least", 0, 1),
        "overbook_crowded": ("at least", 0, 0.5),
        "overbook_review_weeks": ("at least", 1, 104),
    },
    "service": {
        "service_min_median": ("more than", 0, 480),
        "service_min_p90": ("more than", 0, 480),
        "share": ("at least", 0, 1),
        "cap_day": ("at least", 0, 100_000),
        "slot_places": ("at least", 0, 1000),
        "overbook": ("at least", 0, 100),
    },
    "alert": {
        "raise_at": ("at least", 0, 100_000),
        "clear_at": ("at least", 0, 100_000),
        "raise_s": ("at least", 0, 86400),
        "clear_s": ("at least", 0, 86400),
        "escalate_min": ("at least", 0, 10080),
    },
}


def limits(table: str, key: str) -> tuple[float, float] | None:
    """The lowest and the highest number that a key takes; None where it is no number, or has no bounds."""
    found = _RANGES.get(table, {}).get(key)
    return found and found[1:]


def value_checks(draft: Draft) -> Iterator[Problem]:
    for entry in draft.entries():
        for key, value in entry.values.items():
            if isinstance(value, str):
                yield from _text_problems(entry, key, value)
        if id_key(entry.table) in entry.values:
            yield from _id_problems(entry)
        for key in _RANGES.get(entry.table, {}):
            yield from _range_problems(entry, key)
    for service in draft.lists["service"]:
        yield from _hours_problems(service)
        for key in _LINES_MAX:
            yield from _lines_problems(service, key)
    yield from _policy_problems(draft.single["policy"])
    yield from _timezone_problems(draft.single["hall"])


def letter_problems(entry: Entry, key: str, text: str) -> Iterator[Problem]:
    if text in _NOT_LETTERS:
        yield entry.problem(key, f'"{text}" cannot be used: {_NOT_LETTERS[text]}; take another letter A-Z')
    elif not _LETTER.match(text):
        yield entry.problem(key, f'"{text}" must be one letter A-Z (and not I, O, V, Y)')


def _text_problems(entry: Entry, key: str, text: str) -> Iterator[Problem]:
    yield from _hidden_problems(entry, key, text)
    if key in ("name", "english") and not text.strip():
        yield entry.problem(key, "is empty; it must be a name that people can read")
    limit = _LENGTH_MAX.get(key, NAME_LENGTH_MAX)
    if len(text) > limit:
        yield entry.problem(key, f"has {len(text)} characters; it must have {limit} at the most")


def _hidden_problems(entry: Entry, key: str, text: str) -> Iterator[Problem]:
    """Control, invisible, direction and unpaired characters: they garble slips and displays."""
    hidden = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    if hidden:
        yield entry.problem(key, f"contains the control or invisible character U+{ord(hidden[0]):04X}; remove it")


def _lines_problems(service: Entry, key: str) -> Iterator[Problem]:
    count_max, length_max = _LINES_MAX[key]
    lines = service.get(key, ())
    if len(lines) > count_max:
        yield service.problem(key, f"has {len(lines)} texts; it must have {count_max} at the most")
    for line in lines:
        yield from _hidden_problems(service, key, line)
        if not line.strip():
            yield service.problem(key, "holds an empty text; write something or leave it out")
        if len(line) > length_max:
            yield service.problem(key, f"holds a text of {len(line)} characters; {length_max} are the most")


def _id_problems(entry: Entry) -> Iterator[Problem]:
    key = id_key(entry.table)
    if entry.table == "service":
        yield from letter_problems(entry, key, entry.id)
    elif entry.table in _ID_PATTERNS:
        pattern, words = _ID_PATTERNS[entry.table]
        if not pattern.match(entry.id):
            yield entry.problem(key, f'"{entry.id}" must be {words}')
    elif not is_name(entry.id):
        yield entry.problem(key, f'"{entry.id}" must be 1 to 64 of a-z, 0-9 and "-"')
    elif entry.table == "position" and entry.id == HUB:
        yield entry.problem(key, f'"{HUB}" is the hub\'s own name; take another')


def _range_problems(entry: Entry, key: str) -> Iterator[Problem]:
    least, low, high = _RANGES[entry.table][key]
    value = entry.get(key)
    if value is None:
        return
    if not low <= value <= high or (least == "more than" and value == low):  # true of nan as well
        told = f"{value:g}" if isinstance(value, float) or abs(value) < _TOLD_MAX else "far out of range"
        yield entry.problem(key, f"is {told}; it must be {least} {low:g} and {high:g} at the most")


def _policy_problems(policy: Entry) -> Iterator[Problem]:
    times = [policy.get("opens"), policy.get("closes")]
    wrong = [(k, t) for k, t in zip(("opens", "closes"), times, strict=True) if t is not None and not _CLOCK.match(t)]
    for key, time in wrong:
        yield policy.problem(key, f'"{time}" must be a time of day, HH:MM, like "08:30"')
    if not wrong and None not in times and times[0] >= times[1]:
        yield policy.problem("closes", f'"{times[1]}" must be later than opens, "{times[0]}"')
    calls, recalls = policy.get("calls_before_no_show"), policy.get("recalls_max")
    if calls is not None and recalls is not None and calls > recalls + 1 > 1:
        told = f"is {calls}, but with recalls_max = {recalls} there are never more than {recalls + 1} calls"
        yield policy.problem("calls_before_no_show", f"{told}; lower it or raise recalls_max")


def _hours_problems(service: Entry) -> Iterator[Problem]:
    """Each part well-formed, one after the other."""
    last = ""
    for hours in service.get("hours", ()):
        told = f"{hours.opens}-{hours.closes}"
        if not (_CLOCK.match(hours.opens) and _CLOCK.match(hours.closes)):
            yield service.problem("hours", f'"{told}" must be times of day, HH:MM, like "08:30"')
        elif hours.opens >= hours.closes:
            yield service.problem("hours", f'"{told}" ends before it begins; closes must be later than opens')
        elif hours.opens < last:
            yield service.problem("hours", f'"{told}" begins before the part above it has ended, at {last}')
        if hours.cap < 0:
            yield service.problem("hours", f"has the cap {hours.cap}; it must be at least 0, and 0 is no limit")
        last = hours.closes


@cache
def _time_zones() -> frozenset[str]:
    """Read from the disk, hundreds of files; a change of settings asks again and again."""
    return frozenset(zoneinfo.available_timezones())


def _timezone_problems(hall: Entry) -> Iterator[Problem]:
    zone = hall.get("timezone")
    if zone is not None and zone not in (known := _time_zones()):
        yield hall.problem("timezone", f'"{zone}" is not a time zone; {nearest(zone, sorted(known))}')
