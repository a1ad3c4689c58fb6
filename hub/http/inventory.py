"""All of the inventory by API: the assets, their files, the figures, and what goes where."""

from collections.abc import Callable

from fastapi import APIRouter

from hub.desk import Desk
from hub.http.asset_files import asset_files
from hub.http.assets import assets, inventory_figures
from hub.http.books import Books
from hub.http.identity import Gate
from hub.http.placing import Placing, placing
from hub.roster import Roster
from hub.storage.registry import Registry


def inventory(
    desk: Desk,
    roster: Roster,
    registry: Registry,
    books: Books,
    gate: Gate,
    told: Callable[[], None] = lambda: None,
) -> list[APIRouter]:
    """`told()`: somebody was revoked, the broker should hear of it now rather than soon."""
    return [
        assets(desk, books, gate),
        inventory_figures(desk, books, gate),
        asset_files(desk, books.assets, gate),
        placing(desk, roster, Placing(roster, registry, books.assets, told), gate),
    ]
