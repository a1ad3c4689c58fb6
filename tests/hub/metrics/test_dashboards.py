"""Grafana's panels ask for what there is. That each has rows is shown by tests/e2e/test_rehearsal.py."""

import re
from pathlib import Path

import pytest

from hub.metrics.schema import BY_NAME
from provisioning.stack.dashboards import DASHBOARDS
from tests.support.grafana import FILES, panels, sent, variable


def test_there_is_a_file_for_each_dashboard():
    assert {file.stem for file in FILES} == set(DASHBOARDS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_panels_ask_for_tags_and_fields_that_the_schema_has(file: Path):
    assert panels(file)
    for panel in panels(file):
        (target,) = panel["targets"]
        query = re.sub(r' AS "[^"]+"', "", sent(target["query"], "small"))
        measurement = BY_NAME[re.findall(r'FROM "(\w+)"', query)[-1]]
        known = {measurement.name, *measurement.tags, *(field.name for field in measurement.fields)}
        assert set(re.findall(r'"([^"]+)"', query)) <= known, panel["title"]
        assert set(re.findall(r"\$tag_(\w+)", target["alias"])) <= set(measurement.tags), panel["title"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_panel_hides_another_or_goes_beyond_the_grid(file: Path):
    taken: set[tuple[int, int]] = set()
    for panel in panels(file):
        x, y, w, h = (panel["gridPos"][name] for name in "xywh")
        assert x + w <= 24, panel["title"]
        own = {(column, row) for column in range(x, x + w) for row in range(y, y + h)}
        assert not own & taken, panel["title"]
        taken |= own


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_chosen_on_a_dashboard_is_a_tag_that_its_panels_ask_for(file: Path):
    name, query = variable(file)
    measurement, key = re.fullmatch(r'SHOW TAG VALUES FROM "(\w+)" WITH KEY = "(\w+)"', query).groups()
    assert key in BY_NAME[measurement].tags
    assert any(f"${name}" in panel["targets"][0]["query"] for panel in panels(file))
