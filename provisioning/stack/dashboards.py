"""Grafana's dashboards as code: what `scripts/metrics` writes to grafana/dashboards. Queries are InfluxQL.

`$hall` is chosen on the dashboard; `$timeFilter` and `$__interval` are Grafana's own.
"""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

import json
from typing import Any

from grafana_foundation_sdk.builders import common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as boards
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef, VariableRefresh

SOURCE = DataSourceRef(type_val="influxdb", uid="tingxu")
_HERE = '"hall" =~ /^$hall$/ AND $timeFilter'
_COUNTED = f'{_HERE} AND "undone" = false'
_STEPS = "GROUP BY time($__interval)"


class Influxql(Dataquery, Builder[Dataquery]):
    """One query as Grafana's InfluxDB plugin has it; the builder has no class for it."""

    def __init__(self, query: str, alias: str = "") -> None:
        self._query, self._alias = query, alias

    def build(self) -> Dataquery:
        return self

    def to_json(self) -> dict[str, Any]:
        return {"refId": "A", "datasource": SOURCE, "query": self._query, "rawQuery": True, "alias": self._alias,
                "resultFormat": "time_series"}  # fmt: skip


def _figure(title: str, query: str, unit: str = "none") -> stat.Panel:
    panel = stat.Panel().title(title).unit(unit).height(4).span(4).datasource(SOURCE)
    return panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"])).with_target(Influxql(query))


def _curve(title: str, query: str, alias: str, unit: str = "none") -> timeseries.Panel:
    panel = timeseries.Panel().title(title).unit(unit).height(8).span(12).datasource(SOURCE)
    return panel.with_target(Influxql(query, alias))


def _board(uid: str, title: str, begin: str) -> boards.Dashboard:
    halls = (
        boards.QueryVariable("hall").label("大厅 Hall").datasource(SOURCE).refresh(VariableRefresh.ON_DASHBOARD_LOAD)
    )
    halls = halls.query('SHOW TAG VALUES FROM "counter" WITH KEY = "hall"')
    made = boards.Dashboard(title).uid(uid).tags(["tingxu"]).timezone("browser").refresh("30s").time(begin, "now")
    return made.readonly().with_variable(halls)


def hall_now() -> boards.Dashboard:
    def last(field: str) -> str:
        return (f'SELECT sum("{field}") FROM (SELECT last("{field}") AS "{field}" FROM "counter" '
                f'WHERE {_HERE} GROUP BY "counter")')  # fmt: skip

    waiting = f'SELECT last("people") AS "people" FROM "waiting" WHERE {_HERE} GROUP BY "service"'
    board = _board("tingxu-hall", "大厅实时 Hall now", "now/d")
    board.with_panel(_figure("等候人数 Waiting", f'SELECT sum("people") FROM ({waiting})'))
    board.with_panel(_figure("取号量 Tickets taken", f'SELECT count("number") FROM "ticket_taken" WHERE {_HERE}'))
    board.with_panel(_figure("办件量 Served", f'SELECT count("number") FROM "ticket_served" WHERE {_COUNTED}'))
    board.with_panel(_figure("过号 No-shows", f'SELECT count("number") FROM "ticket_missed" WHERE {_COUNTED}'))
    board.with_panel(_figure("窗口开放 Counters open", last("open")))
    board.with_panel(_figure("窗口忙 Counters busy", last("busy")))
    board.with_panel(_curve(
        "等候人数 Waiting, by service",
        f'SELECT max("people") FROM "waiting" WHERE {_HERE} {_STEPS}, "service" fill(previous)', "$tag_service",
    ))  # fmt: skip
    board.with_panel(_curve(
        "等候时长 Waiting time, mean and p90",
        f'SELECT mean("waiting_s") AS "mean", percentile("waiting_s", 90) AS "p90" FROM "ticket_called" '
        f'WHERE {_COUNTED} {_STEPS} fill(none)', "$col", "s",
    ))  # fmt: skip
    board.with_panel(_curve(
        "办理时长 Service time, by service",
        f'SELECT mean("service_s") FROM "ticket_served" WHERE {_COUNTED} {_STEPS}, "service" fill(none)',
        "$tag_service", "s",
    ))  # fmt: skip
    board.with_panel(_curve(
        "走动时长 Walk time, by area",
        f'SELECT mean("walk_s") FROM "ticket_served" WHERE {_COUNTED} {_STEPS}, "area" fill(none)', "$tag_area", "s",
    ))  # fmt: skip
    board.with_panel(_curve(
        "窗口忙闲 Counters busy",
        f'SELECT last("busy") FROM "counter" WHERE {_HERE} {_STEPS}, "counter" fill(previous)', "$tag_counter",
    ))  # fmt: skip
    board.with_panel(_curve(
        "评价 Ratings", f'SELECT mean("level") FROM "ticket_rated" WHERE {_HERE} {_STEPS} fill(none)', "",
    ))  # fmt: skip
    return board


def appointments() -> boards.Dashboard:
    def made(change: str) -> str:
        return f'SELECT count("ahead_s") FROM "appointment" WHERE {_HERE} AND "change" = \'{change}\''

    board = _board("tingxu-appointments", "预约 Appointments", "now-7d")
    for change, title in (
        ("booked", "预约 Booked"), ("kept", "履约 Kept"), ("missed", "爽约 Missed"), ("cancelled", "取消 Cancelled"),
    ):  # fmt: skip
        board.with_panel(_figure(title, made(change)))
    ahead = f'SELECT mean("ahead_s") FROM "appointment" WHERE {_HERE} AND "change" = \'booked\''
    board.with_panel(_figure("提前预约 Booked ahead by", ahead, "s"))
    lined = f'SELECT count("number") FROM "ticket_taken" WHERE {_HERE} AND "line" = \'appointment\''
    board.with_panel(_figure("预约取号 Tickets by appointment", lined))
    board.with_panel(_curve(
        "预约变化 What became of appointments",
        f'SELECT count("ahead_s") FROM "appointment" WHERE {_HERE} {_STEPS}, "change" fill(0)', "$tag_change",
    ))  # fmt: skip
    booked = f"{_HERE} AND \"change\" = 'booked'"
    board.with_panel(_curve(
        "预约量 Booked, by service",
        f'SELECT count("ahead_s") FROM "appointment" WHERE {booked} {_STEPS}, "service" fill(0)',
        "$tag_service",
    ))  # fmt: skip
    return board


DASHBOARDS = {"hall": hall_now, "appointments": appointments}


def written(name: str) -> str:
    """The file of one dashboard."""
    return json.dumps(DASHBOARDS[name]().build(), cls=JSONEncoder, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
