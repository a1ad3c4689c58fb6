"""What is written to InfluxDB, as data: the document docs/metrics.md is made of it, and points are held to it.

`series`: the most that a hall can have, by its file. Clerks and ticket numbers are fields: they have no bound.
"""

from collections.abc import Callable

import msgspec

from halls.format import Hall

LINES = {"walk-in": "现场", "appointment": "预约", "priority": "优先"}
CHANGES = ("booked", "promoted", "moved", "cancelled", "kept", "reopened", "missed")

_TAGS = {
    "hall": "id of the hall",
    "centre": "id of the service's centre",
    "area": "id of the area where its citizens wait; of a counter or a device: where it stands",
    "service": "letter of the service",
    "line": "walk-in, appointment or priority",
    "counter": "id of the counter",
    "change": ", ".join(CHANGES),
    "position": "id of the position",
    "kind": "kind of the position: caller, evaluator, …",
}


class Field(msgspec.Struct, frozen=True):
    """`kind`: float, int, bool or str. `unit`: empty where there is none."""

    name: str
    kind: str
    unit: str
    about: str


class Measurement(msgspec.Struct, frozen=True):
    name: str
    chinese: str
    about: str
    tags: tuple[str, ...]
    fields: tuple[Field, ...]
    series: Callable[[Hall], int]
    bound: str  # the same in words


_NUMBER = Field("number", "str", "", "the ticket's number, to find it again")
_CLERK = Field("clerk", "str", "", "work number")
_UNDONE = Field("undone", "bool", "", "taken back since (撤销): not to be counted")
_OF_SERVICE = ("hall", "centre", "area", "service")
_AT_COUNTER = (*_OF_SERVICE, "line", "counter")


def _services(hall: Hall) -> int:
    return len(hall.service)


def _lines(hall: Hall) -> int:
    return len(hall.service) * len(LINES)


def _at_counters(hall: Hall) -> int:
    return _lines(hall) * len(hall.counter)


def _changes(hall: Hall) -> int:
    return len(hall.service) * len(CHANGES)


MEASUREMENTS: tuple[Measurement, ...] = (
    Measurement(
        "ticket_taken", "取号", "A ticket was taken, at a machine or from a machine's own series.",
        (*_OF_SERVICE, "line"),
        (_NUMBER, Field("ahead", "int", "people", "people before it, as the citizen was told"),
         Field("estimate_s", "float", "s", "the likeliest wait, as the citizen was told")),
        _lines, "services × 3 lines",
    ),
    Measurement(
        "ticket_called", "呼叫", "A ticket was called: for the first time, or again (重呼).",
        _AT_COUNTER,
        (_NUMBER, _CLERK, Field("calls", "int", "", "1: the first call"),
         Field("waiting_s", "float", "s", "from the beginning of a wait to the call (等候时长), out of a line"),
         _UNDONE),
        _at_counters, "services × 3 lines × counters",
    ),
    Measurement(
        "ticket_served", "办结", "Service ended at a counter.",
        _AT_COUNTER,
        (_NUMBER, _CLERK,
         Field("service_s", "float", "s", "from 开始办理 to 办结 (办理时长); missing where nobody pressed the start"),
         Field("walk_s", "float", "s", "from the latest call to the start (走动时长); missing likewise"), _UNDONE),
        _at_counters, "services × 3 lines × counters",
    ),
    Measurement(
        "ticket_missed", "过号", "Called, and nobody came.", _AT_COUNTER, (_NUMBER, _CLERK, _UNDONE),
        _at_counters, "services × 3 lines × counters",
    ),
    Measurement(
        "ticket_transferred", "转移", "Sent on from a counter, for `to_service`.", _AT_COUNTER,
        (_NUMBER, _CLERK, Field("to_service", "str", "", "letter of the service that it waits for now"), _UNDONE),
        _at_counters, "services × 3 lines × counters",
    ),
    Measurement(
        "ticket_cancelled", "作废", "A ticket was cancelled.", (*_OF_SERVICE, "line"),
        (_NUMBER, Field("reason", "str", "", "a code, as the log has it")), _lines, "services × 3 lines",
    ),
    Measurement(
        "ticket_rated", "评价", "A citizen rated.", _AT_COUNTER,
        (_NUMBER, _CLERK, Field("level", "int", "", "1 to 5; 1 and 2 are negative (差评)")),
        _at_counters, "services × 3 lines × counters",
    ),
    Measurement(
        "appointment", "预约", "An appointment was made, or something became of it.", (*_OF_SERVICE, "change"),
        (Field("ahead_s", "float", "s", "until its slot begins; negative afterwards"),), _changes,
        f"services × {len(CHANGES)} changes",
    ),
    Measurement(
        "waiting", "等候人数", "How many wait for a service, each time that it changes.", _OF_SERVICE,
        (Field("people", "int", "people", "who wait"),), _services, "services",
    ),
    Measurement(
        "counter", "窗口状态", "What a counter is, each time that it changes.", ("hall", "area", "counter"),
        (Field("open", "int", "", "1: a clerk is signed on"), Field("paused", "int", "", "1: 暂停服务"),
         Field("busy", "int", "", "1: a ticket is called or served"), _CLERK),
        lambda hall: len(hall.counter), "counters",
    ),
    Measurement(
        "device", "设备健康", "What a device reported of itself, or the worst of a quarter of an hour.",
        ("hall", "area", "position", "kind"),
        (Field("memory_mb", "float", "MB", "memory of the agent"), Field("disk_free_mb", "float", "MB", "free disk"),
         Field("cpu_c", "float", "°C", "temperature of the processor"),
         Field("offset_ms", "float", "ms", "hub's clock minus the board's"),
         Field("outbox", "int", "messages", "waiting to be sent"),
         Field("connects", "int", "", "sessions at the broker since the agent's start"),
         Field("paper", "str", "", "ok, low or out; missing without a printer")),
        lambda hall: len(hall.position), "positions",
    ),
)  # fmt: skip

BY_NAME = {one.name: one for one in MEASUREMENTS}


def bound(hall: Hall) -> int:
    """Series that a hall can have in all, whatever happens in it."""
    return sum(one.series(hall) for one in MEASUREMENTS)


def document(examples: list[Hall]) -> str:
    """The tables of docs/metrics.md."""
    parts = []
    for one in MEASUREMENTS:
        parts.append(f"\n### {one.name} {one.chinese}\n\n{one.about}\n\nTags: {', '.join(one.tags)}. ")
        parts.append(f"Series at the most: {one.bound}.\n\n| field | type | unit | |\n|---|---|---|---|\n")
        parts += [f"| {field.name} | {field.kind} | {field.unit} | {field.about} |\n" for field in one.fields]
    parts.append("\n## Tags\n\n| tag | |\n|---|---|\n")
    parts += [f"| {name} | {about} |\n" for name, about in _TAGS.items()]
    parts.append("\n## Series at the most\n\n| hall | series |\n|---|---|\n")
    parts += [f"| {hall.hall.name} | {bound(hall):,} |\n" for hall in examples]
    return "".join(parts)
