"""Grafana's dashboards as files, and their queries as Grafana would send them."""

import json
from pathlib import Path
from typing import Any

FILES = sorted((Path(__file__).parents[2] / "provisioning" / "stack" / "grafana" / "dashboards").glob("*.json"))


def panels(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["panels"]
    return found


def variable(file: Path) -> tuple[str, str]:
    """(its name, what it asks for)."""
    (found,) = json.loads(file.read_text("utf-8"))["templating"]["list"]
    return found["name"], found["query"]


def sent(query: str, hall: str, within: str = "time > now() - 1h", interval: str = "5s") -> str:
    for name, value in (
        ("$timeFilter", within), ("$__interval", interval), ("$hall", hall), ("$process", ".*"),
    ):  # fmt: skip
        query = query.replace(name, value)
    assert "$" not in query.replace("$/", ""), query
    return query
