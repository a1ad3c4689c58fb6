"""The queue as one ticket sees it, live, and rating the service afterwards. Whoever has the address has the ticket."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from halls.format import Area, Floor
from hub.appointments.notices import FEW
from hub.domain import commands as c
from hub.domain import estimate
from hub.domain.case_life import TEXT_MAX
from hub.domain.projection import people_ahead
from hub.domain.queue import ask_id
from hub.domain.ratings import late_until
from hub.domain.state import Day, OpenAsk, Ticket
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.web.live import Live
from hub.web.phone.cases import Cases
from hub.web.phone.links import Links
from hub.web.phone.matters import minutes
from hub.web.phone.slots import month_day
from hub.web.site import Site, counter_name, language, millis
from hub.web.texts import Texts
from wire.reasons import REASONS

_GAP_S = 1.0
_FRESH = timedelta(seconds=60)  # as long an estimate stands while nobody before the ticket is called
_KNOWN_MAX = 5000  # estimates that are kept
_BY = "phone"

Working = Callable[[str, str], Callable[[date], bool]]
"""(hall, since) → whether it works on a day from then on. Reads the database."""


class Following:
    """`links`: which addresses are whose."""

    def __init__(self, site: Site, links: Links, working: Working) -> None:
        self.site, self.links, self._working = site, links, working
        self.live = Live(site.book, site.desk.now)  # phones have a limit of their own: they take no board's place
        self._known: dict[tuple[str, str, str], tuple[int, datetime, estimate.Wait]] = {}

    async def find(self, hall: str, token: str) -> tuple[Day, Ticket | None, str]:
        """The ticket's day, the ticket while the day is remembered, and its number. Raises ProblemError for an address
        that is none of ours."""
        today = self.site.desk.today(hall)
        known = self.links.ticket(hall, token)
        if known is None:
            raise ProblemError("not-found", "this address belongs to no ticket; scan the code on the slip again")
        day, number = known
        state = today if day == today.day else await self.site.desk.earlier(hall, day)
        return state or today, state.tickets.get(number) if state else None, number

    async def seen(self, texts: Texts, hall: str, token: str) -> dict[str, Any]:
        """What the page shows now."""
        day, ticket, number = await self.find(hall, token)
        at = self.site.desk.now()
        shown: dict[str, Any] = {"number": number, "phase": "gone", "calls": 0, "hall": day.hall}
        if ticket is None:
            return shown
        shown |= {"phase": ticket.phase, "calls": ticket.calls, "service": _service(day, ticket)}
        match ticket.phase:
            case "waiting" | "reserved":
                area = _area(day, next(one.area for one in day.hall.service if one.letter == ticket.service))
                shown["phase"] = "waiting"
                shown |= {"ahead": people_ahead(day, ticket), "place": _place(day, area)}
                shown |= {"minutes": minutes(await self._wait(day, ticket, at)), "slot": self._clock(hall, ticket, at)}
                shown["soon"] = shown["ahead"] <= FEW and not shown["slot"]
            case "called" | "serving":
                counter = day.place(ticket.counter)
                shown |= {"counter": counter_name(texts, counter), "place": _place(day, _area(day, counter.area))}
            case "ended":
                shown["rating"] = await self._rating(texts, day, ticket, at)
        return shown

    async def _wait(self, day: Day, ticket: Ticket, at: datetime) -> estimate.Wait:
        """Not anew for each event of the hall: when somebody before it was called, or after a while."""
        key, ahead = (day.hall.hall.id, day.day, ticket.number), people_ahead(day, ticket)
        known = self._known.get(key)
        if known is None or known[0] != ahead or at - known[1] > _FRESH:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            wait = await asyncio.to_thread(estimate.wait_of, day, ticket, at)
            known = self._known[key] = ahead, at, wait
        return known[2]

    def _clock(self, hall: str, ticket: Ticket, at: datetime) -> str:
        """Before its slot an appointment is not called, unless nobody else is there."""
        if ticket.slot_at is None or not ticket.is_early(at):
            return ""
        return ticket.slot_at.astimezone(self.site.desk.zone(hall)).strftime("%H:%M")

    async def _rating(self, texts: Texts, day: Day, ticket: Ticket, at: datetime) -> dict[str, Any]:
        """`stage`: open, reasons (they may still be given), done, over."""
        ask = day.asks.get(ask_id(day.day, ticket.number))
        rating: dict[str, Any] = {"stage": "over", "level": ticket.level}
        if ticket.level:
            mine = ask is not None and ask.rating == rating_command(ask) and ask.rating not in ask.explained
            return rating | {"stage": "reasons" if mine else "done", "reasons": REASONS[ticket.level]}
        if ask is not None and await self._is_open(day, ticket, ask, at):
            rating |= {"stage": "open", "until": month_day(texts, await self._until(day))}
        return rating

    async def _is_open(self, day: Day, ticket: Ticket, ask: OpenAsk, at: datetime) -> bool:
        """Whether it may be rated now."""
        asked = not ticket.level and ask.phase in ("asked", "lapsed")
        return asked and at.astimezone(self.site.desk.zone(day.hall.hall.id)).date() <= await self._until(day)

    async def _until(self, day: Day) -> date:
        works = await asyncio.to_thread(self._working, day.hall.hall.id, day.day)
        return late_until(date.fromisoformat(day.day), works)

    async def rate(self, hall: str, token: str, level: int) -> None:
        """Once: the same press again is the same wish, and another one changes nothing."""
        day, ticket, number = await self.find(hall, token)
        ask = day.asks.get(ask_id(day.day, number))
        at = self.site.desk.now()
        if ticket is not None and ask is not None and await self._is_open(day, ticket, ask, at):
            ident = rating_command(ask)
            rate = c.Rate(id=ident, at=at, by=_BY, source=_BY, ask=ask.id, level=level, pressed_at=at, late=True)
            await self.site.desk.handle(hall, rate)

    async def explain(self, hall: str, token: str, reasons: tuple[str, ...]) -> None:
        day, ticket, number = await self.find(hall, token)
        ask = day.asks.get(ask_id(day.day, number))
        if ticket is None or ask is None or not reasons or ask.rating != rating_command(ask):
            return
        given = c.GiveReasons(
            id=f"{ask.rating}/reasons",
            at=self.site.desk.now(),
            by=_BY,
            source=_BY,
            ask=ask.id,
            rating=ask.rating,
            level=ticket.level,
            reasons=reasons,
        )
        await self.site.desk.handle(hall, given)


def rating_command(ask: OpenAsk) -> str:
    """The id under which a question is answered by phone: one for each time that it was asked, after an undo too."""
    return f"phone/rate/{ask.id}/{ask.asked_at.timestamp():.0f}"


def following(site: Site, links: Links, working: Working, cases: Cases) -> APIRouter:
    own = Depends(site.gate.own_writes)
    router = Router(prefix="/m/{hall}/t/{token}", include_in_schema=False, dependencies=[own])
    pages = Following(site, links, working)

    async def page(request: Request, hall: str, token: str, typed: str = "", status: int = 200) -> Response:
        """`typed`: words that could not be kept yet."""
        texts = language(request)
        seen = await pages.seen(texts, hall, token)
        address = f"/m/{hall}/t/{token}"
        data = {
            "live": f"{address}/live?language={texts.language}",
            "zone": seen["hall"].hall.timezone,
            "language": texts.language,
            "texts": texts.section("phonelive"),
            "now": millis(site.desk.now()),
            "show": _told(site, texts, seen),
        }
        refused, over = request.query_params.get("refused", ""), seen["phase"] in ("ended", "gone")
        case = await cases.seen(texts, hall, token, refused) if over else None
        told: dict[str, Any] = {"seen": seen, "case": case, "address": address, "page_data": data}
        told |= {"typed": typed, "text_max": TEXT_MAX}
        return await site.page(request, "phone_ticket.html", status=status, hall=seen["hall"], who=None, **told)

    @router.get("")
    async def show(request: Request, hall: str, token: str) -> Response:
        return await page(request, hall, token)

    @router.get("/live")
    async def live(request: Request, hall: str, token: str) -> Response:
        texts = language(request)
        await pages.find(hall, token)

        async def snapshot() -> dict[str, Any]:
            return _told(site, texts, await pages.seen(texts, hall, token))

        return await pages.live.stream(request, snapshot, gap_s=_GAP_S)

    @router.post("/rate")
    async def rate(hall: str, token: str, level: Annotated[int, Form(ge=1, le=5)]) -> Response:
        await pages.rate(hall, token, level)
        return RedirectResponse(f"/m/{hall}/t/{token}#rating", 303)

    @router.post("/reasons")
    async def explain(
        request: Request,
        hall: str,
        token: str,
        reason: Annotated[list[str] | None, Form()] = None,
        text: Annotated[str, Form()] = "",
    ) -> Response:
        """Reasons are the rating's; words are the case's, which forgets them in its time."""
        await pages.explain(hall, token, tuple(dict.fromkeys(reason or ())))
        if text.strip() and (why := await cases.write(hall, token, text)):
            if why == "no-case-yet":
                return await page(request, hall, token, typed=text, status=503)
            return RedirectResponse(f"/m/{hall}/t/{token}?refused={why}#case", 303)
        return RedirectResponse(f"/m/{hall}/t/{token}#rating", 303)

    return router


def _told(site: Site, texts: Texts, seen: dict[str, Any]) -> dict[str, Any]:
    """For the script: the part of the page that moves, as the server writes it, and what is worth a vibration."""
    told = {"phase": seen["phase"], "calls": seen["calls"], "soon": seen.get("soon", False)}
    return told | {"html": site.part(texts, "phone_ticket_now.html", seen=seen), "title": title(texts, seen)}


def title(texts: Texts, seen: dict[str, Any]) -> str:
    if seen["phase"] == "called":
        return texts("phone.title_called", number=seen["number"], counter=seen["counter"])
    if seen.get("soon"):
        return texts("phone.title_soon", number=seen["number"], ahead=seen["ahead"])
    return texts("phone.title_ticket", number=seen["number"])


def _service(day: Day, ticket: Ticket) -> Any:
    return next(one for one in day.hall.service if one.letter == ticket.service)


def _area(day: Day, ident: str) -> Area:
    return next(one for one in day.hall.area if one.id == ident)


def _place(day: Day, area: Area) -> dict[str, Area | Floor]:
    return {"area": area, "floor": next(one for one in day.hall.floor if one.id == area.floor)}
