"""Grafana's panels: each query is answered by a real engine, with rows, from a day of a hall."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.metrics.influx import Influx
from hub.metrics.schema import BY_NAME
from hub.metrics.writer import Metrics
from hub.storage.event_log import EventLog
from hub.storage.metrics import MetricsBook
from tests.support.day import Script
from tests.support.influx import Asked

STACK = Path(__file__).parents[3] / "provisioning" / "stack"
FILES = sorted((STACK / "grafana" / "dashboards").glob("*.json"))


def panels(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text("utf-8"))["panels"]


def as_grafana_would(query: str) -> str:
    for name, value in (
        ("$timeFilter", "time >= '2026-01-04T00:00:00Z' AND time < '2026-01-07T00:00:00Z'"),
        ("$__interval", "10m"),
        ("$hall", "small"),
    ):
        query = query.replace(name, value)
    assert "$" not in query.replace("$/", ""), query
    return query


def test_every_panel_of_every_dashboard_has_rows(influx: Asked, engine: Engine, log: EventLog, day: Script):
    Metrics([day.hall], log, MetricsBook(engine, influx.target.name), Influx(influx.target)).step()
    assert len(FILES) >= 2
    for file in FILES:
        assert panels(file)
        for panel in panels(file):
            for target in panel["targets"]:
                rows = influx.rows(as_grafana_would(target["query"]))
                figures = [value for row in rows for name, value in row.items() if name not in ("time",)]
                assert any(isinstance(value, int | float) for value in figures), (file.name, panel["title"])
        (variable,) = json.loads(file.read_text("utf-8"))["templating"]["list"]
        assert influx.rows(variable["query"])[0]["value"] == "small"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_panel_asks_for_what_the_schema_has(file: Path):
    for panel in panels(file):
        (target,) = panel["targets"]
        assert any(f'"{name}"' in target["query"] for name in BY_NAME), panel["title"]
