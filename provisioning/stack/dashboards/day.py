"""一日: what a day came to, by hour, service and counter."""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import COUNTED, HERE, HOURS, bars, count, curve, figure
from provisioning.stack.dashboards.panels import board as of_hall


def board() -> boards.Dashboard:
    made = of_hall("tingxu-day", "一日 Day", "now/d")
    made.with_panel(figure("取号量 Tickets taken", count("ticket_taken")))
    made.with_panel(figure("办件量 Served", count("ticket_served", where=COUNTED)))
    waits = f'SELECT %s("waiting_s"%s) FROM "ticket_called" WHERE {COUNTED}'
    made.with_panel(figure("等候中位数 Waiting, median", waits % ("percentile", ", 50"), "s"))
    made.with_panel(figure("等候 p90 Waiting, p90", waits % ("percentile", ", 90"), "s"))
    made.with_panel(figure("最长等候 Waiting, longest", waits % ("max", ""), "s"))
    most = f'SELECT max("people") FROM "waiting" WHERE {HERE}'
    made.with_panel(figure("单项业务最多等候 Most waiting for one service", most))
    made.with_panel(curve(
        "每小时取号 Tickets taken in each hour, by line",
        f'SELECT count("number") FROM "ticket_taken" WHERE {HERE} {HOURS}, "line" fill(0)', "$tag_line",
    ))  # fmt: skip
    made.with_panel(curve(
        "每小时办件 Served in each hour, by centre",
        f'SELECT count("number") FROM "ticket_served" WHERE {COUNTED} {HOURS}, "centre" fill(0)', "$tag_centre",
    ))  # fmt: skip
    made.with_panel(curve(
        "每小时等候 Waiting in each hour: median and p90",
        f'SELECT percentile("waiting_s", 50) AS "p50", percentile("waiting_s", 90) AS "p90" FROM "ticket_called" '
        f'WHERE {COUNTED} {HOURS} fill(none)', "$col", "s",
    ))  # fmt: skip
    made.with_panel(curve(
        "每小时办理 Service in each hour: median and p90",
        f'SELECT percentile("service_s", 50) AS "p50", percentile("service_s", 90) AS "p90" FROM "ticket_served" '
        f'WHERE {COUNTED} {HOURS} fill(none)', "$col", "s",
    ))  # fmt: skip
    for tag, title in (("service", "各业务"), ("counter", "各窗口")):
        made.with_panel(bars(
            f"{title}办件 Served, by {tag}",
            f'SELECT count("number") FROM "ticket_served" WHERE {COUNTED} GROUP BY "{tag}"', f"$tag_{tag}",
        ))  # fmt: skip
        made.with_panel(bars(
            f"{title}办理时长 Service time, by {tag}: median",
            f'SELECT percentile("service_s", 50) FROM "ticket_served" WHERE {COUNTED} GROUP BY "{tag}"',
            f"$tag_{tag}", "s",
        ))  # fmt: skip
    made.with_panel(bars(
        "告知的等候 Waiting as it was told, by service: mean",
        f'SELECT mean("estimate_s") FROM "ticket_taken" WHERE {HERE} GROUP BY "service"', "$tag_service", "s",
    ))  # fmt: skip
    made.with_panel(bars(
        "实际等候 Waiting as it was, by service: mean",
        f'SELECT mean("waiting_s") FROM "ticket_called" WHERE {COUNTED} GROUP BY "service"', "$tag_service", "s",
    ))  # fmt: skip
    return made
