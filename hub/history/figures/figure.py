"""What a figure (指标) is."""

from typing import Literal, TypeAlias

import msgspec

from hub.history.asking import By
from hub.history.relations import ROWS, Relation

Unit: TypeAlias = Literal["", "tickets", "people", "s", "share", "level", "items"]
"""`share`: 0 to 1, shown in per cent; `s`: seconds; `level`: 1 to 5."""
_OF_TIME: tuple[By, ...] = ("hour", "day", "month", "weekday", "time")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`sql`: an aggregate over its relation (hub/history/relations.py). `good`: which way is better, "up", "down" or ""
    where neither is. `total`: it can be added up over rows."""

    ident: str
    zh: str
    en: str
    unit: Unit
    relation: Relation
    sql: str
    formula_zh: str
    formula_en: str
    good: Literal["up", "down", ""] = ""
    total: bool = False
    over: By | None = None  # unequal shares among these: `sql` is taken of each, and Gini's coefficient of them

    @property
    def by(self) -> frozenset[By]:
        """The dimensions that it can be split and narrowed by."""
        columns = ROWS[self.relation].__struct_fields__
        own: tuple[By, ...] = ("centre", "floor", "area", "service", "line", "counter", "clerk")
        return frozenset((*_OF_TIME, *(one for one in own if one in columns and one != self.over)))
