"""Hall now: who waits, who serves, and how today went so far."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel

_LIVE = ("waiting", "serving", "longest", "counters_open", "taken", "ended")

NOW = Dashboard(
    name="now",
    variables=(),
    today=True,
    panels=(
        *(Panel(ident=f"now-{one}", kind="stat", source="now", figures=(one,), wide=2) for one in _LIVE),
        Panel(ident="plan-now", kind="plan", source="now", wide=12, high=3),
        Panel(ident="counters-now", kind="counters", source="now", wide=8, high=3),
        Panel(ident="waiting-now", kind="waiting", source="now", wide=4, high=3),
        Panel(ident="flow", kind="line", figures=("taken", "called", "served"), by=(ALONG,), wide=6, high=2),
        Panel(ident="waits", kind="line", figures=("wait_p50", "wait_p90"), by=(ALONG,), wide=6, high=2),
        Panel(ident="warnings-now", kind="warnings", source="now", wide=6, high=2),
        Panel(
            ident="centres",
            kind="table",
            figures=("taken", "served", "wait_mean", "service_mean", "missed_share"),
            by=("centre",),
            wide=6,
            high=2,
        ),
    ),
)
