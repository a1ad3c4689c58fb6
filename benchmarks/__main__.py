"""`scripts/bench [NAME [--quick] [--json FILE]]`; without a name, the names."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import cast

import msgspec

from benchmarks import cases
from benchmarks.rounds import Case, Report, Study, compare, machine


def main() -> int:
    names = [module.name for module in pkgutil.iter_modules(cases.__path__)]
    options = _options(names)
    if options.name is None:
        for name in names:
            print(f"{name:10}{(_case(name).__doc__ or '').splitlines()[0]}")
        return 0
    report = _measured(options.name, options.quick)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return 0


def _measured(name: str, quick: bool) -> object:
    """The report, which is shown as well."""
    case = _case(name)
    if not hasattr(case, "measure"):
        report = compare(name, cast(Case, case), quick)
        _show(report)
        return report
    study = cast(Study, case)
    figures = study.measure(quick)
    print(*study.told(figures), sep="\n")
    return {"name": name, "quick": quick, "machine": machine(), **figures}


def _options(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names, metavar="NAME", help="; ".join(names) + " (none: list them)")
    parser.add_argument("--quick", action="store_true", help="a few seconds: shows that it runs, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there as well")
    return parser.parse_args()


def _case(name: str) -> object:
    return importlib.import_module(f"benchmarks.cases.{name}")


def _show(report: Report) -> None:
    print(f"{report.name}: medians of {report.rounds} interleaved rounds{' (quick)' if report.quick else ''}")
    for way, figures in report.medians.items():
        print(f"  {way:16}", *(f"{figure} {value:,.1f}" for figure, value in figures.items()), sep="  ")
    print("ratios")
    for what, ratio in report.ratios.items():
        print(f"  {what:44} {ratio:6.2f}")


if __name__ == "__main__":
    sys.exit(main())
