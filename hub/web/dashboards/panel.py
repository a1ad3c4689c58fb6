"""What a panel and a dashboard are. Their titles are texts: `panel.IDENT`, `dash.NAME`."""

from typing import Literal, TypeAlias

import msgspec

from hub.http.settings import MAY_CHANGE

Kind: TypeAlias = Literal[
    "stat", "line", "bars", "table", "heat", "gauge", "stack", "counters", "waiting", "warnings", "plan"
]

Source: TypeAlias = Literal["past", "devices", "cases", "now"]
Variable: TypeAlias = Literal["centre", "floor", "service", "counter", "clerk", "device", "position"]
ALONG = "along"
"""Split by time, in steps that suit the range: minutes of a day, days, or months."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """`source`: figures of the past (hub.history), of devices (hub.http.device_figures), measures of negative ratings
    (hub.domain.rating_measures), or the live snapshot.

    `by`: dimensions, or ALONG. `wide`: of 12 columns, `high`: rows of the grid. `most`: so many rows, the greatest by
    the first figure; 0: all. A panel of one figure is called like its figure; any other has its title in the texts.
    """

    ident: str
    kind: Kind
    figures: tuple[str, ...] = ()
    source: Source = "past"
    by: tuple[str, ...] = ()
    wide: int = 3
    high: int = 1
    most: int = 0


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """`today`: it shows now, and its range cannot be chosen. `variables`: what it can be narrowed by; `device`: kinds
    of devices, `position`: single ones."""

    name: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ("centre", "floor", "service", "counter", "clerk")
    today: bool = False


def for_whom(dashboard: Dashboard, role: str) -> Dashboard:
    """Without the panels that this role would be refused: rectification of ratings is the managers' own."""
    if role in MAY_CHANGE:
        return dashboard
    panels = tuple(one for one in dashboard.panels if one.source != "cases")
    return msgspec.structs.replace(dashboard, panels=panels)


def stats(*figures: str, wide: int = 2, kind: Kind = "stat") -> tuple[Panel, ...]:
    """A figure each, in a row."""
    return tuple(Panel(ident=f"stat-{one}", kind=kind, figures=(one,), wide=wide) for one in figures)
