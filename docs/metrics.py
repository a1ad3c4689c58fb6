"""`scripts/metrics`: the tables of docs/metrics.md, from the schema in hub/metrics, of docs/statistics.md, from the
catalogue in hub/history/figures, and Grafana's dashboards."""

import argparse
import sys
from pathlib import Path

from halls.format import parse
from hub.history.figures import DEVICES, FIGURES
from hub.metrics.schema import document
from hub.reports.words import UNITS
from provisioning.stack import dashboards

HERE = Path(__file__).parent
PAGE, STATISTICS = HERE / "metrics.md", HERE / "statistics.md"
BOARDS = HERE.parent / "provisioning" / "stack" / "grafana" / "dashboards"
MARK = "<!-- From here on written by scripts/metrics. -->\n"
HALLS = ("small", "dongcheng")


def main() -> int:
    top = argparse.ArgumentParser(prog="scripts/metrics", description=__doc__)
    top.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a file is out of step")
    options = top.parse_args()
    stale = [path for path, text in written().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if options.check:
            print(f"{path.name} is out of step with its source: run scripts/metrics", file=sys.stderr)
        else:
            path.write_text(written()[path], "utf-8")
    return int(options.check and bool(stale))


def written() -> dict[Path, str]:
    """What the files should say."""
    head = PAGE.read_text("utf-8").partition(MARK)[0]
    files = [HERE.parent / "halls" / f"{name}.toml" for name in HALLS]
    tables = document([parse(file.read_text("utf-8"), str(file)) for file in files])
    figures = STATISTICS.read_text("utf-8").partition(MARK)[0] + MARK + _figures()
    return {PAGE: head + MARK + tables, STATISTICS: figures} | {
        BOARDS / f"{one}.json": dashboards.written(one) for one in dashboards.DASHBOARDS
    }


def _figures() -> str:
    """A table of each relation's figures: names, unit, formula, and the aggregate as it is asked."""
    out = []
    for relation in dict.fromkeys(one.relation for one in FIGURES):
        heads = ("ident", "指标", "figure", "unit", "formula", "公式", "SQL")
        out.append(f"\n### {relation}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
        for one in (figure for figure in FIGURES if figure.relation == relation):
            sql = f"`{one.sql}`" + (f" of each {one.over}, then Gini's coefficient of them" if one.over else "")
            cells = (f"`{one.ident}`", one.zh, one.en, UNITS[one.unit].en, one.formula_en, one.formula_zh, sql)
            out.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n")
    heads = ("ident", "指标", "figure", "unit", "formula", "公式")
    out.append(f"\n### devices\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
    for device in DEVICES.values():
        told = (f"`{device.ident}`", device.zh, device.en, device.unit, device.formula_en, device.formula_zh)
        out.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in told)} |\n")
    return "".join(out)


if __name__ == "__main__":
    sys.exit(main())
