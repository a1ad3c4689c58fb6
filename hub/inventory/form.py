"""One asset as a form says it: read field by field in the words of an import, with what is wrong at each field."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from halls.format import Hall
from hub.domain import asset_life as life
from hub.domain.assets import Asset, AssetState, Details
from hub.domain.speech import Words
from hub.inventory import columns, rules
from hub.inventory.sheets import Cell

DETAILS = tuple(column.field for column in columns.COLUMNS if column.field not in ("serial", "state"))
LISTED = Words("此序列号已在清单里", "this serial is in the inventory already")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """`typed`: as it stands in the fields, by name. `wrong`: by field; with any, there is nothing to do."""

    typed: dict[str, str]
    wrong: dict[str, Words] = {}
    serial: str = ""
    details: Details | None = None
    state: AssetState = "in-stock"

    def command(self, hall: str, *, new: bool, by: str, at: datetime) -> life.Command:
        """Of a form in which nothing is wrong."""
        assert self.details is not None
        assert not self.wrong
        if not new:
            return life.Amend(at=at, by=by, details=self.details)
        return life.Register(at=at, by=by, hall=hall, details=self.details, state=self.state)


def empty() -> Form:
    return Form(typed={"state": "in-stock"})


def of(asset: Asset) -> Form:
    """As it is written now, to be corrected."""
    details = asset.details
    told = {name: getattr(details, name) for name in DETAILS if name not in ("price", "life_years")}
    typed = {name: "" if value is None else str(value) for name, value in told.items()}
    typed["price"] = "" if details.price_fen is None else f"{details.price_fen / 100:.2f}"
    typed["life_years"] = "" if details.life_years is None else f"{details.life_years:g}"
    return Form(typed=typed, serial=asset.serial, details=details)


def added(typed: Mapping[str, str], hall: Hall, here: Mapping[str, Asset], elsewhere: Iterable[str]) -> Form:
    """A new one. `here`: the hall's assets by serial; `elsewhere`: serials of other halls'."""
    reading = _Reading(typed, ("serial", *DETAILS, "state"))
    serial = reading.values.get("serial")
    if serial in here:
        reading.wrong["serial"] = LISTED
    elif serial in frozenset(elsewhere):
        reading.wrong["serial"] = rules.ELSEWHERE
    state: AssetState = reading.values.get("state") or "in-stock"
    reading.check("state", rules.first_state(state))
    return reading.form(hall, here, None, serial or "", state)


def corrected(typed: Mapping[str, str], hall: Hall, here: Mapping[str, Asset], known: Asset) -> Form:
    """What is written about a known one, whole: an empty field is emptied."""
    return _Reading(typed, DETAILS).form(hall, here, known, known.serial, known.state)


class _Reading:
    def __init__(self, typed: Mapping[str, str], fields: Iterable[str]) -> None:
        self.typed = {field: typed.get(field, "") for field in fields}
        self.wrong: dict[str, Words] = {}
        self.values: dict[str, Any] = {}
        for field, text in self.typed.items():
            try:
                self.values[field] = columns.value(field, Cell(text.strip()))
            except columns.BadCellError as error:
                self.wrong[field] = error.told
            else:
                if field in columns.NEEDED and self.values[field] is None:
                    self.wrong[field] = rules.EMPTY

    def check(self, field: str, wrong: Words | None) -> None:
        """The first thing that is wrong with a field is told."""
        if wrong is not None:
            self.wrong.setdefault(field, wrong)

    def form(self, hall: Hall, here: Mapping[str, Asset], known: Asset | None, serial: str, state: AssetState) -> Form:
        kind = self.values.get("kind")
        details = self._details(kind) if kind is not None else None
        if details is not None:
            before = known.details if known else None
            self.check("kind", rules.kind_bound(known, details.kind))
            self.check("warranty_until", rules.warranty(details))
            if before is None or (before.planned, before.kind) != (details.planned, details.kind):
                self.check("planned", rules.Places(hall, here, {serial: details.planned}).plan(serial, details))
        return Form(typed=self.typed, wrong=self.wrong, serial=serial, details=details, state=state)

    def _details(self, kind: Any) -> Details:
        given = {name: self.values.get(name) for name in Details.__struct_fields__ if self.values.get(name) is not None}
        return replace(Details(kind=kind), **given, price_fen=self.values.get("price"))
