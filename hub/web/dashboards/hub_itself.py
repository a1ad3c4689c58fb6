"""The hub itself: what it promised, what it turned away, and how it is."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel, stats

_LIVE = ("events", "unread", "readers", "turned_away", "epoch")

HUB = Dashboard(
    name="hub",
    variables=("centre", "floor", "service"),
    panels=(
        *(Panel(ident=f"now-{one}", kind="stat", source="now", figures=(one,), wide=2) for one in _LIVE),
        *stats("estimate_kept_share", "unprinted"),
        Panel(ident="estimates", kind="line", figures=("estimate_error_p50",), by=(ALONG,), wide=6, high=2),
        Panel(ident="estimates-kept", kind="line", figures=("estimate_kept_share",), by=(ALONG,), wide=6, high=2),
        Panel(
            ident="estimates-services",
            kind="table",
            figures=("taken", "estimate_error_p50", "estimate_kept_share", "unprinted"),
            by=("service",),
            wide=6,
            high=3,
        ),
        Panel(ident="warnings-now", kind="warnings", source="now", wide=6, high=3),
    ),
)
