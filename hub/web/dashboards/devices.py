"""Devices: who is there, who comes and goes, and how they are."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel

_STATS = ("online_share", "drops", "starts", "offline_s")

DEVICES = Dashboard(
    name="devices",
    variables=("floor", "device", "position"),
    panels=(
        Panel(ident="now-online", kind="stat", source="now", figures=("online",), wide=2),
        Panel(ident="now-installed", kind="stat", source="now", figures=("installed",), wide=2),
        *(Panel(ident=f"device-{one}", kind="stat", source="devices", figures=(one,), wide=2) for one in _STATS),
        Panel(
            ident="online-along", kind="line", source="devices", figures=("online_share",), by=(ALONG,), wide=8, high=2
        ),
        Panel(
            ident="online-kinds", kind="bars", source="devices", figures=("online_share",), by=("kind",), wide=4, high=2
        ),
        Panel(
            ident="drops-along", kind="line", source="devices", figures=("drops", "starts"), by=(ALONG,), wide=6, high=2
        ),
        Panel(ident="health-along", kind="line", source="devices", figures=("clock_ms",), by=(ALONG,), wide=6, high=2),
        Panel(ident="heat-along", kind="line", source="devices", figures=("cpu_c",), by=(ALONG,), wide=6, high=2),
        Panel(
            ident="worst-positions",
            kind="table",
            source="devices",
            figures=("offline_s", "drops", "starts", "clock_ms", "cpu_c"),
            by=("position",),
            wide=6,
            high=2,
            most=40,
        ),
    ),
)
