"""The questions of a report to the past: of the whole, of its parts, and of the period before."""

from collections.abc import Mapping

from hub.history.asking import By, Question, Value, period_before
from hub.history.figures import BY_IDENT, FIGURES
from hub.history.history import Asked
from hub.reports import themes
from hub.reports.report import Wish
from hub.reports.themes import THEMES

NOT_COMPARED: tuple[By, ...] = ("day", "month")  # other keys in the period before
LEADS = tuple(theme.lead for theme in THEMES)

_ALL = tuple(one.ident for one in FIGURES)

Values = Mapping[str, Value]


class Asking:
    """The questions of one report. A figure is only asked for by what it knows."""

    def __init__(self, past: Asked, wish: Wish) -> None:
        self._past, self._wish = past, wish
        self.unread = 0  # as the latest answer of its own days says

    def question(self, by: tuple[By, ...] = (), figures: tuple[str, ...] = ()) -> Question:
        wish = self._wish
        wanted = (*by, *wish.only)
        idents = tuple(one for one in figures or _ALL if BY_IDENT[one].by.issuperset(wanted))
        return Question(
            hall=wish.hall, first=wish.first, last=wish.last, until=wish.until, by=by, only=wish.only, figures=idents
        )

    async def whole(self, figures: tuple[str, ...] = ()) -> Values:
        return (await self._rows(self.question((), figures))).get("", {})

    async def before(self, figures: tuple[str, ...] = ()) -> Values:
        return (await self._rows(period_before(self.question((), figures)))).get("", {})

    async def by(self, dimension: By, figures: tuple[str, ...] = ()) -> dict[str, Values]:
        return await self._rows(self.question((dimension,), figures))

    async def leads_before(self, dimension: By, leads: tuple[str, ...] = LEADS) -> dict[str, Values]:
        if dimension in NOT_COMPARED:
            return {}
        return await self._rows(period_before(self.question((dimension,), leads)))

    async def spread(self, dimension: By) -> dict[str, Values]:
        return await self._rows(self.question((dimension,), themes.SPREAD))

    async def _rows(self, question: Question) -> dict[str, Values]:
        if not question.figures:
            return {}
        told = await self._past.ask(question)
        if question.first == self._wish.first:
            self.unread = told.unread
        return {"".join(row.key): row.values for row in told.rows}
