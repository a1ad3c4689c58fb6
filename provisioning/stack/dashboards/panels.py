"""What dashboards are put together from. Queries are InfluxQL.

`$hall` and `$process` are chosen on the dashboard; `$timeFilter` and `$__interval` are Grafana's own.
"""

# ruff: noqa: S608 - InfluxQL, made of these modules' own words

from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as boards
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import VizOrientation
from grafana_foundation_sdk.models.dashboard import DataSourceRef, VariableRefresh

SOURCE = DataSourceRef(type_val="influxdb", uid="tingxu")
HERE = '"hall" =~ /^$hall$/ AND $timeFilter'
COUNTED = f'{HERE} AND "undone" = false'
STEPS = "GROUP BY time($__interval)"
HOURS = "GROUP BY time(1h)"
_LAST = common.ReduceDataOptions().calcs(["lastNotNull"])


class Influxql(Dataquery, Builder[Dataquery]):
    """One query as Grafana's InfluxDB plugin has it; the builder has no class for it."""

    def __init__(self, query: str, alias: str = "") -> None:
        self._query, self._alias = query, alias

    def build(self) -> Dataquery:
        return self

    def to_json(self) -> dict[str, Any]:
        return {"refId": "A", "datasource": SOURCE, "query": self._query, "rawQuery": True, "alias": self._alias,
                "resultFormat": "time_series"}  # fmt: skip


def figure(title: str, query: str, unit: str = "none") -> stat.Panel:
    panel = stat.Panel().title(title).unit(unit).height(4).span(4).datasource(SOURCE)
    none = "0" if query.startswith(("SELECT count(", "SELECT sum(")) else "–"  # what never happened is not there
    return panel.reduce_options(_LAST).no_value(none).with_target(Influxql(query))


def curve(title: str, query: str, alias: str = "", unit: str = "none") -> timeseries.Panel:
    panel = timeseries.Panel().title(title).unit(unit).height(8).span(12).datasource(SOURCE)
    return panel.with_target(Influxql(query, alias))


def bars(title: str, query: str, alias: str, unit: str = "none") -> bargauge.Panel:
    """One for each series, by its latest value."""
    panel = bargauge.Panel().title(title).unit(unit).height(8).span(12).datasource(SOURCE)
    panel = panel.orientation(VizOrientation.HORIZONTAL).reduce_options(_LAST)
    return panel.with_target(Influxql(query, alias))


def board(uid: str, title: str, begin: str) -> boards.Dashboard:
    """Of a hall that is chosen on it."""
    halls = _choice("hall", "大厅 Hall", 'SHOW TAG VALUES FROM "counter" WITH KEY = "hall"')
    return empty(uid, title, begin).with_variable(halls)


def board_of_processes(uid: str, title: str, begin: str) -> boards.Dashboard:
    """Of the hub's processes, all of them or one."""
    processes = _choice("process", "进程 Process", 'SHOW TAG VALUES FROM "hub" WITH KEY = "process"')
    return empty(uid, title, begin).with_variable(processes.include_all(True).all_value(".*"))


def empty(uid: str, title: str, begin: str) -> boards.Dashboard:
    made = boards.Dashboard(title).uid(uid).tags(["tingxu"]).timezone("browser").refresh("30s").time(begin, "now")
    return made.readonly()


def _choice(name: str, label: str, query: str) -> boards.QueryVariable:
    made = boards.QueryVariable(name).label(label).datasource(SOURCE).refresh(VariableRefresh.ON_DASHBOARD_LOAD)
    return made.query(query)


def sum_of_last(measurement: str, field: str, by: str) -> str:
    """The newest of each series, added up."""
    return (f'SELECT sum("{field}") FROM (SELECT last("{field}") AS "{field}" FROM "{measurement}" '
            f'WHERE {HERE} GROUP BY "{by}")')  # fmt: skip


def count(measurement: str, field: str = "number", where: str = HERE) -> str:
    return f'SELECT count("{field}") FROM "{measurement}" WHERE {where}'
