"""The axis of a chart, alike on the page and in the PDF: four steps of a size that a reader can add up."""

import math

from hub.reports.report import Measure, Section

STEPS = 4
_TIMES_S = (1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400)
_ROUND = (1, 2, 2.5, 5, 10)


def step(section: Section) -> float | int:
    """Of the section's chart: the least round one of which `STEPS` reach its largest value."""
    if section.chart is None:
        return 1
    places = [section.column(one) for one in section.chart.columns]
    most = max((float(line.cells[at].value or 0) for line in section.lines for at in places), default=0.0)
    return _round(most / STEPS, section.columns[places[0]].unit)


def _round(least: float, unit: Measure) -> float | int:
    if unit == "share":
        return 0.25
    if unit == "s":
        return next((one for one in _TIMES_S if one >= least), math.ceil(least / 86400) * 86400)
    if least <= 1:
        return 1
    power = 10.0 ** math.floor(math.log10(least))
    found = next(one * power for one in _ROUND if one * power >= least)
    return math.ceil(found)
