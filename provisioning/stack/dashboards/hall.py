"""大厅实时: how the hall is now."""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import COUNTED, HERE, STEPS, count, curve, figure, sum_of_last
from provisioning.stack.dashboards.panels import board as of_hall


def board() -> boards.Dashboard:
    made = of_hall("tingxu-hall", "大厅实时 Hall now", "now/d")
    made.with_panel(figure("等候人数 Waiting", sum_of_last("waiting", "people", "service")))
    made.with_panel(figure("取号量 Tickets taken", count("ticket_taken")))
    made.with_panel(figure("办件量 Served", count("ticket_served", where=COUNTED)))
    made.with_panel(figure("过号 No-shows", count("ticket_missed", where=COUNTED)))
    made.with_panel(figure("窗口开放 Counters open", sum_of_last("counter", "open", "counter")))
    made.with_panel(figure("窗口忙 Counters busy", sum_of_last("counter", "busy", "counter")))
    made.with_panel(curve(
        "等候人数 Waiting, by service",
        f'SELECT max("people") FROM "waiting" WHERE {HERE} {STEPS}, "service" fill(previous)', "$tag_service",
    ))  # fmt: skip
    made.with_panel(curve(
        "等候时长 Waiting time, mean and p90",
        f'SELECT mean("waiting_s") AS "mean", percentile("waiting_s", 90) AS "p90" FROM "ticket_called" '
        f'WHERE {COUNTED} {STEPS} fill(none)', "$col", "s",
    ))  # fmt: skip
    made.with_panel(curve(
        "办理时长 Service time, by service",
        f'SELECT mean("service_s") FROM "ticket_served" WHERE {COUNTED} {STEPS}, "service" fill(none)',
        "$tag_service", "s",
    ))  # fmt: skip
    made.with_panel(curve(
        "走动时长 Walk time, by area",
        f'SELECT mean("walk_s") FROM "ticket_served" WHERE {COUNTED} {STEPS}, "area" fill(none)', "$tag_area", "s",
    ))  # fmt: skip
    made.with_panel(curve(
        "窗口忙闲 Counters busy",
        f'SELECT last("busy") FROM "counter" WHERE {HERE} {STEPS}, "counter" fill(previous)', "$tag_counter",
    ))  # fmt: skip
    made.with_panel(curve(
        "评价 Ratings", f'SELECT mean("level") FROM "ticket_rated" WHERE {HERE} {STEPS} fill(none)',
    ))  # fmt: skip
    return made
