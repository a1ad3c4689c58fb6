"""What is written to InfluxDB, as data: the document docs/metrics.md is made of it, and points are held to it.

`series`: the most that a hall can have, by its file. Clerks and ticket numbers are fields: they have no bound.
"""

from collections.abc import Callable

import msgspec

from halls.format import Hall

LINES = {"walk-in": "现场", "appointment": "预约", "priority": "优先"}
CHANGES = ("booked", "promoted", "moved", "cancelled", "kept", "reopened", "missed")

REASONS = ("gone", "lost", "better")
DOORS = ("mqtt", "http", "est", "hub", "influxdb")
PROCESSES = 8  # of one hub, for which room is counted
NEGATIVE_MAX = 2  # level: 不满意 and 非常不满意

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
    "repeater": "id of a repeater's position",
    "reason": "gone: the repeater before it, or its radio; lost: the handheld did not hear that one; better",
    "process": "the hub's process, by its --name",
    "door": f"{', '.join(DOORS)}: where something was turned away",
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


def _kinds(hall: Hall) -> int:
    return len({position.kind for position in hall.position})


def _handhelds(hall: Hall) -> int:
    return sum(position.wireless is not None for position in hall.position)


def _reaches(hall: Hall) -> int:
    return sum(len(position.wireless.repeaters) for position in hall.position if position.wireless is not None)


_AT_PLACE = ("hall", "area", "position", "kind")

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
        (_NUMBER, _CLERK, Field("level", "int", "", "1 to 5; 1 and 2 are negative (差评)"),
         Field("good", "int", "", "1: level 3 to 5 (好评); 0: 差评")),
        _at_counters, "services × 3 lines × counters",
    ),
    Measurement(
        "rating", "评价请求", "A citizen was asked for a rating, or gave one: 主动评价率 is sum(rated) / sum(asked).",
        _AT_COUNTER,
        (_NUMBER, _CLERK, Field("asked", "int", "", "1: asked"), Field("rated", "int", "", "1: rated, also days later"),
         _UNDONE),
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
        _AT_PLACE,
        (Field("memory_mb", "float", "MB", "memory of the agent"), Field("disk_free_mb", "float", "MB", "free disk"),
         Field("cpu_c", "float", "°C", "temperature of the processor"),
         Field("offset_ms", "float", "ms", "hub's clock minus the board's"),
         Field("outbox", "int", "messages", "waiting to be sent"),
         Field("connects", "int", "", "sessions at the broker since the agent's start"),
         Field("paper", "str", "", "ok, low or out; missing without a printer"),
         Field("paper_state", "int", "", "the same: 0, 1 or 2")),
        lambda hall: len(hall.position), "positions",
    ),
    Measurement(
        "presence", "设备上下线", "A device came or went.", _AT_PLACE,
        (Field("online", "int", "", "1: it came"),
         Field("why", "str", "", "started, reconnected; stopped, restarts (it said so), lost (it said nothing)"),
         Field("device", "str", "", "which")),
        lambda hall: len(hall.position), "positions",
    ),
    Measurement(
        "devices", "设备在线", "How many devices of a kind there are, every 10 s.", ("hall", "kind"),
        (Field("expected", "int", "", "positions of that kind"), Field("online", "int", "", "those that are there")),
        _kinds, "kinds of positions",
    ),
    Measurement(
        "handheld", "手持器按键", "A repeater passed on a wireless handheld's words.", _AT_PLACE,
        (Field("echo", "int", "", "1: another repeater had just passed on the same"),
         Field("by", "str", "", "the repeater's device")),
        _handhelds, "wireless handhelds",
    ),
    Measurement(
        "signal", "手持器信号", "How a repeater hears a wireless handheld, with each of its reports.",
        (*_AT_PLACE, "repeater"),
        (Field("rssi_dbm", "float", "dBm", "strength; missing where the radio does not tell"),
         Field("loss", "float", "", "share of its frames that were lost, 0 to 1"),
         Field("misses", "int", "", "its latest frames in a row that got no answer")),
        _reaches, "wireless handhelds × repeaters in their reach",
    ),
    Measurement(
        "path", "通路切换", "Another repeater was chosen to speak to a wireless handheld.",
        (*_AT_PLACE, "repeater", "reason"),
        (Field("instead_of", "str", "", "position of the one that did before"),),
        lambda hall: _reaches(hall) * len(REASONS), "wireless handhelds × repeaters in their reach × 3 reasons",
    ),
    Measurement(
        "hub", "系统", "A process of the hub, every 10 s.", ("process",),
        (Field("up_s", "float", "s", "since its start"),
         Field("position", "int", "", "of the event log's last event that it knows"),
         Field("behind", "int", "events", "in the log and not written to InfluxDB"),
         Field("commands", "int", "", "stored since its start"),
         Field("append_ms", "float", "ms", "for storing durably, mean since the point before; missing if nothing was"),
         Field("append_ms_max", "float", "ms", "likewise, the slowest"),
         Field("late_ms", "float", "ms", "its loop came to measure that much too late"),
         Field("mqtt", "int", "", "1: its session with the broker is up"),
         Field("streams", "int", "", "server-sent event streams that are open"),
         Field("memory_mb", "float", "MB", "resident"),
         Field("reports", "int", "", "that wait to be written to InfluxDB"),
         Field("refused", "int", "points", "that InfluxDB would not take, or that cannot be expressed, in all"),
         Field("dropped", "int", "reports", "that gave way to newer ones, in all"),
         Field("passed", "int", "events", "that do not fit the hall's file any more, in all"),
         Field("unread", "int", "events", "likewise, that are in no figure of the past, as its files stand")),
        lambda hall: PROCESSES, f"processes, {PROCESSES} counted",
    ),
    Measurement(
        "turned_away", "拒绝", "What was turned away at the hub's doors, every 10 s.", ("door",),
        (Field("count", "int", "", "in all, by all processes"),), lambda hall: len(DOORS), f"{len(DOORS)} doors",
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
