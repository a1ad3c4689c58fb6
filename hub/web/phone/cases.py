"""What became of a negative rating, for the citizen who gave it: on their ticket's page, whose address is theirs."""

import asyncio
from datetime import date
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response

from hub.cases.handling import Handling
from hub.domain import words
from hub.domain.case_life import CaseRefusedError, may_citizen_appeal, may_citizen_rate, may_citizen_write
from hub.domain.ratings import ask_id
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.storage.cases import UnknownCaseError
from hub.web.phone.links import Links
from hub.web.phone.slots import month_day
from hub.web.site import Site
from hub.web.telling import spoken
from hub.web.texts import Texts

_TWICE = ("already-rated", "citizen-appealed")
_TOLD = (
    "note-missing", "appeal-too-late", "case-not-closed", "no-answer-yet", "written-enough", "case-at-closed",
)  # fmt: skip
_OPENS_WITHIN_S, _LOOK_S = 5.0, 0.2  # how long somebody who writes at once waits for their case to be opened


_WAY = ("verify", "rectify", "feedback", "review", "closed")


class Cases:
    """`links`: which addresses are whose."""

    def __init__(self, site: Site, links: Links, handling: Handling) -> None:
        self.site, self._links, self.handling = site, links, handling

    def ask(self, hall: str, token: str) -> str:
        """The case's id. Raises ProblemError for an address that is none of ours."""
        self.site.desk.today(hall)
        known = self._links.ticket(hall, token)
        if known is None:
            raise ProblemError("not-found", "this address belongs to no ticket; scan the code on the slip again")
        return ask_id(*known)

    async def seen(self, texts: Texts, hall: str, token: str, refused: str = "") -> dict[str, Any] | None:
        """None: there is none. Nothing of it says who works on it. `refused`: the code of what was wished just now."""
        case = await to_thread.run_sync(self.handling.stored.find, hall, self.ask(hall, token))
        if case is None:
            return None
        until = case.appeal_until and month_day(texts, date.fromisoformat(case.appeal_until))
        return {
            "state": case.state,
            "refused": spoken(texts, words.refusal(refused)) if refused in _TOLD else "",
            "due": month_day(texts, date.fromisoformat(case.due)),
            "outcome": case.outcome if case.answered_at and case.state in ("review", "closed") else "",
            "answer": case.answer,
            "satisfaction": case.satisfaction,
            "appealed": case.citizen_appealed,
            "appeal_until": until,
            "way": _WAY,
            "words": case.words,
            "may_write": may_citizen_write(case),
            "may_rate": may_citizen_rate(case),
            "may_appeal": may_citizen_appeal(case, self.handling.today(hall)),
        }

    async def write(self, hall: str, token: str, text: str) -> str:
        """What they have to say of it, also where their case is only just being opened. The code of why not; empty: it
        is kept."""
        ask, left = self.ask(hall, token), _OPENS_WITHIN_S
        while left > 0:
            try:
                await self.handling.write(hall, ask, text)
                return ""
            except CaseRefusedError as error:
                return error.code
            except UnknownCaseError:
                await asyncio.sleep(_LOOK_S)
                left -= _LOOK_S
        return "no-case-yet"


def own_case(cases: Cases) -> APIRouter:
    own = Depends(cases.site.gate.own_writes)
    router = Router(prefix="/m/{hall}/t/{token}/case", include_in_schema=False, dependencies=[own])

    async def back(hall: str, token: str, work: Any) -> Response:
        """A press that is sent twice changes nothing, and the page shows how things are; else it says why not."""
        why = ""
        try:
            await work
        except CaseRefusedError as error:
            why = "" if error.code in _TWICE else f"?refused={error.code}"
        except UnknownCaseError:
            pass
        return RedirectResponse(f"/m/{hall}/t/{token}{why}#case", 303)

    @router.post("/rate")
    async def rate(hall: str, token: str, level: Annotated[int, Form(ge=1, le=5)]) -> Response:
        return await back(hall, token, cases.handling.rate(hall, cases.ask(hall, token), level))

    @router.post("/write")
    async def write(hall: str, token: str, text: Annotated[str, Form()] = "") -> Response:
        return await back(hall, token, cases.handling.write(hall, cases.ask(hall, token), text))

    @router.post("/appeal")
    async def appeal(hall: str, token: str, why: Annotated[str, Form()] = "") -> Response:
        return await back(hall, token, cases.handling.appeal(hall, cases.ask(hall, token), why))

    return router
