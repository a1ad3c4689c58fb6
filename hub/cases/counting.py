"""How services were rated, by the figures of the past, and what became of the negative ratings."""

from anyio import to_thread

from hub.domain.rating_measures import RatingCounts
from hub.history.asking import By, Question
from hub.history.history import Asked
from hub.storage.case_figures import CaseFigures, Span, Today

_LEVELS = tuple(f"level_{level}" for level in range(1, 6))


async def counted(past: Asked, figures: CaseFigures, span: Span, today: Today) -> dict[str, RatingCounts]:
    """Day → counts, of the days that have any. Raises NotReadyError."""
    found = await _rated(past, span)
    for day, became in (await to_thread.run_sync(figures.became, span, today)).items():
        found[day] = found.get(day, RatingCounts()) + became
    return {day: one for day, one in sorted(found.items()) if not one.is_empty}


async def _rated(past: Asked, span: Span) -> dict[str, RatingCounts]:
    """Day → how many were asked, and rated how."""
    named: tuple[tuple[By, str], ...] = (("service", span.service), ("clerk", span.clerk))
    only: dict[By, tuple[str, ...]] = {dimension: (value,) for dimension, value in named if value}
    question = Question(
        hall=span.hall, first=span.first, last=span.last, by=("day",), only=only, figures=("asked", *_LEVELS)
    )
    answer = await past.ask(question)
    return {
        row.key[0]: RatingCounts(**{name: int(value or 0) for name, value in row.values.items()}) for row in answer.rows
    }
