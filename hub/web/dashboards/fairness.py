"""Work and its fairness: who did how much, and where counters spent their time."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel, stats

_TIMES = ("serving_s", "walking_s", "idle_s", "paused_s")

FAIRNESS = Dashboard(
    name="fairness",
    panels=(
        *stats("gini_served", "gini_clerks", "gini_busy", "busy_share", "counters_used", "open_s"),
        Panel(ident="work-counters", kind="bars", figures=("served",), by=("counter",), wide=6, high=3, most=60),
        Panel(ident="time-counters", kind="stack", figures=_TIMES, by=("counter",), wide=6, high=3, most=60),
        Panel(ident="gini-along", kind="line", figures=("gini_served", "gini_busy"), by=(ALONG,), wide=6, high=2),
        Panel(ident="time-along", kind="line", figures=_TIMES, by=(ALONG,), wide=6, high=2),
        Panel(ident="busy-heat", kind="heat", figures=("busy_share",), by=("counter", "hour"), wide=6, high=3),
        Panel(
            ident="work-clerks",
            kind="table",
            figures=("served", "items", "service_mean", "service_p90", "walk_mean", "open_s", "busy_share"),
            by=("clerk",),
            wide=6,
            high=3,
        ),
    ),
)
