"""系统: the hub itself, what it stores and sends, what it turned away, and how far metrics have come."""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import STEPS, board_of_processes, curve, figure

_HERE = '"process" =~ /^$process$/ AND $timeFilter'
_EACH = f'FROM "hub" WHERE {_HERE} {STEPS}, "process" fill(none)'
_NAME = "$tag_process"


def board() -> boards.Dashboard:
    made = board_of_processes("tingxu-hub", "系统 The hub itself", "now-6h")
    for title, what, unit in (
        ("运行 Up for, the newest process", 'min("up_s")', "s"),
        ("事件 Events in the log", 'max("position")', "none"),
        ("待写入 Events not written to InfluxDB", 'min("behind")', "none"),
        ("待写报告 Reports that wait", 'max("reports")', "none"),
        ("被拒数据点 Points refused", 'max("refused")', "none"),
        ("跳过事件 Events passed over", 'max("passed")', "none"),
    ):
        made.with_panel(figure(title, _newest(what), unit))
    for title, query, unit in (
        ("命令 Commands stored a second", 'non_negative_derivative(last("commands"), 1s)', "ops"),
        ("事件 Events a second", 'non_negative_derivative(last("position"), 1s)', "ops"),
        ("落盘 Storing durably, mean", 'mean("append_ms")', "ms"),
        ("落盘最慢 Storing durably, slowest", 'max("append_ms_max")', "ms"),
        ("循环延迟 Loop late by", 'max("late_ms")', "ms"),
        ("内存 Memory", 'max("memory_mb")', "decmbytes"),
        ("事件流 Streams that are open", 'max("streams")', "none"),
        ("MQTT 连接 Session with the broker", 'min("mqtt")', "none"),
        ("待写入 Events not written to InfluxDB", 'max("behind")', "none"),
        ("待写报告 Reports that wait", 'max("reports")', "none"),
    ):
        made.with_panel(curve(title, f"SELECT {query} {_EACH}", _NAME, unit))
    made.with_panel(curve(
        "未写成 Not written for good: points refused, reports given up, events passed over; in no figure of the past",
        'SELECT max("refused") AS "refused", max("dropped") AS "dropped", max("passed") AS "passed", '
        'max("unread") AS "unread" '
        f'FROM "hub" WHERE {_HERE} {STEPS} fill(none)', "$col",
    ))  # fmt: skip
    made.with_panel(curve(
        "拒绝 Turned away a minute, by door",
        f'SELECT non_negative_derivative(last("count"), 1m) FROM "turned_away" WHERE $timeFilter {STEPS}, "door" '
        "fill(none)",
        "$tag_door",
    ))  # fmt: skip
    return made


def _newest(what: str) -> str:
    """Over the processes, of what each said last."""
    field = what[what.index("(") + 1 : -1]
    inner = f'SELECT last({field}) AS {field} FROM "hub" WHERE {_HERE} GROUP BY "process"'
    return f"SELECT {what} FROM ({inner})"
