"""That somebody took a report with them, in the audit: who, when, which days, in which format."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from hub.storage.audit import note, told


class Taken(Protocol):
    """What of a report is noted."""

    @property
    def wish(self) -> "Chosen": ...


class Chosen(Protocol):
    @property
    def hall(self) -> str: ...
    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...


class ReportExports:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, report: Taken, format: str, at: datetime, who: str) -> None:
        wish = report.wish
        detail = told(format, f"{wish.first} – {wish.last}")
        with self._engine.begin() as connection:
            note(connection, hall=wish.hall, who=who, what="report-exported", detail=detail, at=at)
