"""Cases of negative ratings for those who work on them: the list with the measures, and a case with its story.

Works without a script. A clerk sees the cases of their own ratings, and those given to them.
"""

import secrets
from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated, Any, get_args

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from halls.format import Hall
from hub.cases.handling import Handling, Said, reasons_of
from hub.cases.trend import By, Figures
from hub.domain import words
from hub.domain.case_hands import Step
from hub.domain.case_life import TEXT_MAX, CaseRefusedError
from hub.domain.cases import GROUNDS, Case
from hub.domain.rating_measures import MEASURES, measures
from hub.history.asking import NotReadyError
from hub.http.identity import AT_COUNTERS
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.storage.accounts import Identity
from hub.storage.cases import CaseChangedError, KeyReusedError, Wanted
from hub.web.case_words import story, ticket_story
from hub.web.site import Site, language
from hub.web.telling import spoken
from wire.reasons import REASONS

WHOSE = ("mine", "about")
"""Given to whoever looks; ratings of themselves. In the address, so that one address does for everybody."""
_TABS = ("open", "due", "overdue", "appealed", "closed", "all")
_MOST = 200
_STEPS: tuple[str, ...] = get_args(Step)
_BYS: tuple[str, ...] = get_args(By)


def cases(site: Site, handling: Handling) -> APIRouter:
    async def at_counters(request: Request) -> None:
        """Before anything that was typed is looked at."""
        await site.gate.own_writes(request)
        await site.need(request, *AT_COUNTERS)

    router = Router(prefix="/cases/{hall}", include_in_schema=False, dependencies=[Depends(at_counters)])

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here, who = site.hall(hall), await site.need(request, *AT_COUNTERS)
        asked = request.query_params
        tab = asked.get("stand", "") if asked.get("stand") in _TABS else "open"
        whose = _known(asked.get("whose", ""), WHOSE)
        wanted = Wanted(
            stand="" if tab == "all" else tab,
            service=_known(asked.get("service", ""), (one.letter for one in here.service)),
            clerk=who.clerk or "-" if whose == "about" else asked.get("clerk", "")[:16],
            assignee=who.name if whose == "mine" else asked.get("assignee", "")[:80],
            first=_day(asked.get("first", "")),
            last=_day(asked.get("last", "")),
            mine=None if who.role in MAY_CHANGE else (who.clerk, who.name),
        )
        today = await to_thread.run_sync(handling.dates, hall)
        decides = who.role in MAY_CHANGE
        by: Any = _known(asked.get("by", ""), _BYS) or "day"
        found = await to_thread.run_sync(handling.stored.of, hall, wanted, today, _MOST)
        first, last = (date.fromisoformat(day) if day else None for day in (wanted.first, wanted.last))
        span = (first, last, wanted.service, wanted.clerk)
        figures = await _by_now(handling.figures(hall, by, *span)) if decides and not whose else None
        return await site.page(
            request,
            "cases.html",
            who=who,
            hall=here,
            found=found,
            most=_MOST,
            tabs=_TABS,
            tab=tab,
            stands=await to_thread.run_sync(handling.stored.stands, hall, wanted, today),
            wanted=wanted,
            today=today.day,
            whose=whose,
            mine=await to_thread.run_sync(handling.mine, hall, who),
            decides=decides,
            people=await to_thread.run_sync(handling.hands.people) if decides else [],
            names={one.letter: one for one in here.service},
            by=by,
            bys=_BYS,
            figures=None if isinstance(figures, NotReadyError) else figures,
            not_ready=figures if isinstance(figures, NotReadyError) else None,
            measures=MEASURES,
            rates=measures,
            spoken=spoken,
        )

    async def found_for(request: Request, hall: str, ident: str) -> tuple[Hall, Identity, Case]:
        here, who = site.hall(hall), await site.need(request, *AT_COUNTERS)
        case = await to_thread.run_sync(handling.stored.one, hall, ident)
        if not handling.may_see(case, who):
            raise ProblemError("forbidden", "clerks see the cases of their own ratings, and those given to them")
        return here, who, case

    async def of_case(
        request: Request, here: Hall, who: Identity, case: Case, *, status: int = 200, **told: Any
    ) -> Response:
        texts = language(request)
        history = await to_thread.run_sync(handling.stored.history, case.hall, case.ask)
        of_ticket = await to_thread.run_sync(handling.stored.ticket_events, case.hall, case.day, case.number)
        zone, steps, today = site.desk.zone(case.hall), handling.steps(case, who), handling.today(case.hall)
        counter = next((one for one in here.counter if one.id == case.counter), None)
        known = {code: reason for of_level in REASONS.values() for code, reason in of_level.items()}
        reasons = [known.get(code, (code, code)) for code in reasons_of(case, of_ticket)]
        due = await to_thread.run_sync(handling.hands.due, case, who)
        data = {"said": Said(), "tried": "", "refused": "", "done": request.query_params.get("done", ""), **told}
        return await site.page(
            request,
            "case.html",
            status=status,
            who=who,
            hall=here,
            case=case,
            overdue=case.is_overdue(today),
            clock=lambda at: _clock(at, zone),
            counter=counter,
            service=next((one for one in here.service if one.letter == case.service), None),
            reasons=[reason[1 if texts.language == "en" else 0] for reason in reasons],
            story=story(texts, history, zone),
            ticket=ticket_story(texts, here, of_ticket, zone),
            steps=steps,
            first=next((step for step in steps if step in ("decide-appeal", case.state)), ""),
            due=due,
            why_not=spoken(texts, words.refusal(due.why_not)) if due and due.why_not not in ("", "forbidden") else "",
            own=bool(who.clerk) and who.clerk == case.clerk,
            people=await to_thread.run_sync(handling.hands.people, case) if "assign" in steps else [],
            grounds=GROUNDS,
            text_max=TEXT_MAX,
            key=secrets.token_hex(8),
            **data,
        )

    @router.get("/{case}")
    async def one_case(request: Request, hall: str, case: str) -> Response:
        here, who, found = await found_for(request, hall, case)
        return await of_case(request, here, who, found)

    @router.post("/{case}")
    async def step(
        request: Request,
        hall: str,
        case: str,
        step: Annotated[str, Form()] = "",
        version: Annotated[int, Form()] = 0,
        key: Annotated[str, Form(max_length=40)] = "",
        note: Annotated[str, Form()] = "",
        to: Annotated[str, Form(max_length=80)] = "",
        outcome: Annotated[str, Form()] = "",
        ground: Annotated[str, Form()] = "",
        answer: Annotated[str, Form()] = "",
        verdict: Annotated[str, Form()] = "",
    ) -> Response:
        """The form that was sent twice is one wish. What is refused comes back with what was typed."""
        here, who, found = await found_for(request, hall, case)
        if step not in _STEPS:
            raise ProblemError("unknown-action", f"there is no step {step!r} in a case")
        known: Any = {
            "outcome": _known(outcome, ("justified", "unjustified")),
            "ground": _known(ground, GROUNDS),
            "verdict": _known(verdict, ("good", "again", "upheld", "rejected")),
        }
        said = Said(note=note, to=to, answer=answer, **known)
        wish: Any = step
        try:
            await handling.take(found, wish, said, who, f"page/{key}" if key else "", version)
        except (CaseRefusedError, CaseChangedError, KeyReusedError) as error:
            if error.code == "forbidden":
                raise
            now = await to_thread.run_sync(handling.stored.one, hall, case)
            refused = spoken(language(request), words.refusal(error.code))
            return await of_case(request, here, who, now, status=409, refused=refused, said=said, tried=step)
        return RedirectResponse(f"/cases/{hall}/{case}?done={step}", 303)

    return router


def _clock(at: datetime | None, zone: Any) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def _known(value: str, among: Any) -> str:
    return value if value in among else ""


async def _by_now(figures: Awaitable[Figures]) -> Figures | NotReadyError:
    try:
        return await figures
    except NotReadyError as error:
        return error


def _day(text: str) -> str:
    """What is no day is as if it was not given."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
