"""Ratings: how many, and how good."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel, stats

_PUT_RIGHT = ("rectified_rate", "on_time_rate")
_WAITING = ("due", "overdue")
_ANSWERED = ("reply_rate", "reply_positive_rate")

SATISFACTION = Dashboard(
    name="satisfaction",
    panels=(
        *stats("good_share", "rated_share", kind="gauge"),
        *(Panel(ident=f"cases-{one}", kind="gauge", source="cases", figures=(one,), wide=2) for one in _PUT_RIGHT),
        *stats("level_mean", "bad"),
        *(Panel(ident=f"cases-{one}", kind="stat", source="cases", figures=(one,), wide=3) for one in _WAITING),
        *(Panel(ident=f"cases-{one}", kind="gauge", source="cases", figures=(one,), wide=3) for one in _ANSWERED),
        Panel(ident="good-along", kind="line", figures=("good_share", "rated_share"), by=(ALONG,), wide=8, high=2),
        Panel(ident="rated-centres", kind="bars", figures=("rated",), by=("centre",), wide=4, high=2),
        Panel(ident="level-along", kind="line", figures=("level_mean",), by=(ALONG,), wide=6, high=2),
        Panel(ident="cases-along", kind="line", source="cases", figures=_PUT_RIGHT, by=(ALONG,), wide=6, high=2),
        Panel(ident="bad-services", kind="bars", figures=("bad",), by=("service",), wide=4, high=3, most=10),
        Panel(
            ident="rated-services",
            kind="table",
            figures=("asked", "rated", "rated_share", "good_share", "bad_share", "level_mean"),
            by=("service",),
            wide=8,
            high=3,
        ),
        Panel(
            ident="rated-clerks",
            kind="table",
            figures=("asked", "rated", "rated_share", "good_share", "bad_share", "level_mean"),
            by=("clerk",),
            wide=12,
            high=3,
        ),
    ),
)
