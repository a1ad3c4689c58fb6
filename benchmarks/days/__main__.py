"""`scripts/year FOLDER`: a hub's database with so many working days in it, up to yesterday or `--last`."""

import argparse
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.days import year
from halls.format import HallFileError, parse

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"


def main() -> int:
    options = _options()
    database: Path = options.folder / "hub.db"
    if database.exists():
        print(f"{database} is there already; name a folder without a hub in it", file=sys.stderr)
        return 2
    try:
        hall = parse(options.hall.read_text("utf-8"), str(options.hall))
    except (OSError, HallFileError) as error:
        print(f"{options.hall}: {error}", file=sys.stderr)
        return 2
    options.folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    tickets, events = year.write(
        database,
        year.busy_hall(hall, options.tickets),
        first=_first(options.last, options.days),
        days=options.days,
        tickets=options.tickets,
        estimating=options.estimates,
    )
    print(
        f"{database}: {tickets:,} tickets and {events:,} events on {options.days} days, "
        f"in {time.monotonic() - began:.0f} s"
    )
    print(f"see it: python -m hub init {options.hall} --data {options.folder}, then serve it likewise")
    return 0


def _first(last: date, days: int) -> date:
    """So that the last of so many working days is not after `last`."""
    day, left = last, days
    while True:
        left -= day.weekday() < 5
        if left <= 0:
            return day
        day -= timedelta(days=1)


def _options() -> argparse.Namespace:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    parser = argparse.ArgumentParser(prog="scripts/year", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--hall", type=Path, default=_HALL, metavar="FILE")
    parser.add_argument("--days", type=int, default=245, help="working days (default: %(default)s)")
    parser.add_argument("--tickets", type=int, default=5000, help="about so many a day (default: %(default)s)")
    parser.add_argument("--last", type=date.fromisoformat, default=yesterday, metavar="YYYY-MM-DD")
    parser.add_argument("--estimates", action="store_true", help="with what citizens were told: takes minutes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
