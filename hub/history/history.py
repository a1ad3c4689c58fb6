"""The past, as it is asked: figures, and the tickets behind a figure."""

from typing import Protocol

import msgspec

from hub.history.asking import Answer, Question


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """A row that a figure was counted from. `about`: columns of its relation (hub/history/relations.py) as they are."""

    day: str
    number: str  # empty: a stretch of a counter's time, or an appointment
    about: dict[str, object]


class Asked(Protocol):
    """What pages and exports ask. Any coroutine may; an answer is at the most a few seconds behind the queue."""

    async def ask(self, question: Question) -> Answer:
        """Raises UnknownFigureError, NotReadyError."""

    async def behind(self, question: Question, figure: str, most: int = 200) -> tuple[Behind, ...]:
        """The rows that the figure is taken from, by time; narrowed as the question is (`by` does not matter)."""
