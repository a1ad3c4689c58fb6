"""A day, or any other time: how much, how long, and where."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel, stats

DAY = Dashboard(
    name="day",
    panels=(
        *stats("taken", "served", "wait_mean", "wait_p90", "wait_max", "service_mean"),
        *stats("walk_mean", "booked_share", "priority_share", "missed_share", "abandoned_share", "transferred"),
        Panel(ident="flow", kind="line", figures=("taken", "called", "served"), by=(ALONG,), wide=8, high=2),
        Panel(ident="by-centre", kind="bars", figures=("taken",), by=("centre",), wide=4, high=2),
        Panel(ident="waits", kind="line", figures=("wait_p50", "wait_p90", "wait_max"), by=(ALONG,), wide=6, high=2),
        Panel(ident="services", kind="line", figures=("service_p50", "service_p90"), by=(ALONG,), wide=6, high=2),
        Panel(ident="busy-hours", kind="heat", figures=("taken",), by=("service", "hour"), wide=8, high=3),
        Panel(ident="by-hour", kind="bars", figures=("taken",), by=("hour",), wide=4, high=3),
        Panel(
            ident="by-service",
            kind="table",
            figures=("taken", "served", "wait_mean", "wait_p90", "service_mean", "service_p90", "missed_share"),
            by=("service",),
            wide=12,
            high=3,
        ),
        Panel(
            ident="by-floor",
            kind="table",
            figures=("taken", "served", "wait_mean", "service_mean"),
            by=("floor",),
            wide=6,
            high=2,
        ),
        Panel(ident="weekdays", kind="heat", figures=("taken",), by=("weekday", "hour"), wide=6, high=2),
    ),
)
