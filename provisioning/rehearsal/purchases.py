"""What the hall bought: one asset for each position, and a few that nobody ever installed, as halls have them."""

import csv
import io
from datetime import date

from halls.format import Hall, Kind, Position

_PRICES: dict[Kind, str] = {
    "ticket-machine": "18000",
    "guide-terminal": "22000",
    "caller": "680",
    "evaluator": "920",
    "repeater": "1500",
    "window-card": "2600",
    "tv-box": "800",
    "publishing-terminal": "5200",
    "play-box": "1100",
}
"""Yuan; invented."""
_HEADINGS = (
    "Serial",
    "Kind",
    "Model",
    "Supplier",
    "Price",
    "Purchased",
    "Warranty until",
    "Life years",
    "Planned position",
)
_LEFT_OVER = 3  # of the first position's kind


def serial(position: Position) -> str:
    """Of the board that is meant for it: what its label says, and what it says of itself."""
    return f"TX26-{position.id}".upper()


def bought(hall: Hall) -> bytes:
    """The list of purchases, as CSV."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(_HEADINGS)
    for position in hall.position:
        writer.writerow(_row(serial(position), position.kind, position.id))
    for number in range(1, _LEFT_OVER + 1):
        writer.writerow(_row(f"TX26-SPARE-{number}", hall.position[0].kind, ""))
    return target.getvalue().encode()


def _row(number: str, kind: Kind, planned: str) -> tuple[str, ...]:
    since, until = date(2026, 1, 5), date(2029, 1, 4)
    model = f"TX-{kind.upper()}"
    return (number, kind, model, "Sample supplier", _PRICES[kind], since.isoformat(), until.isoformat(), "6", planned)
