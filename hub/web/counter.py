"""The software caller: a keypad in the browser, through the same door as the one on the desk."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Counter, Hall
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain import projection, words
from hub.domain.queue import InvalidCommandError, decide, validate
from hub.domain.state import Day, Ticket
from hub.http.identity import AT_COUNTERS
from hub.http.routes import Router
from hub.storage.accounts import Identity
from hub.web import aside
from hub.web.daybook import Book
from hub.web.site import Site, counter_name, language, millis
from hub.web.telling import spoken, told, tone, why
from hub.web.texts import Texts

_GAP_S = 0.1

KEYS: tuple[type[c.OnCounter], ...] = (
    c.CallNext, c.Recall, c.Serve, c.End, c.NoShow, c.Call, c.Transfer, c.AddItem, c.Park, c.Return, c.Undo,
    c.Pause, c.Resume, c.SignOn, c.SignOff,
)  # fmt: skip
_MAY_CHANGE = ("recall-too-soon", "unknown-ticket")  # refused now or for want of a number, yet no reason to dim a key


def counter(site: Site) -> APIRouter:
    router = Router(prefix="/counter/{hall}", include_in_schema=False)

    @router.get("")
    async def choose(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *AT_COUNTERS)
        usual = next((clerk.counter for clerk in here.clerk if who.clerk and clerk.number == who.clerk), "")
        texts = language(request)
        names = {one.id: counter_name(texts, one) for one in here.counter}
        day = site.desk.today(hall)
        now = {one.id: projection.counter_now(day, one) for one in here.counter}
        return await site.page(request, "counters.html", hall=here, usual=usual, names=names, now=now)

    @router.get("/{counter}")
    async def show(request: Request, hall: str, counter: str) -> Response:
        here, place = site.hall(hall), site.counter(hall, counter)
        who = await site.need(request, *AT_COUNTERS)
        await site.book.open()
        texts = language(request)
        data = {
            "live": f"/counter/{hall}/{counter}/live?language={texts.language}",
            "keys": f"/api/v1/halls/{hall}/counters/{counter}",
            "tickets": f"/api/v1/halls/{hall}/tickets",
            "private": True,
            "zone": here.hall.timezone,
            "language": texts.language,
            "texts": texts.section("counter", "phase", "live"),
            "now": millis(site.desk.now()),
            "own_number": who.clerk,
            "show": shown(site, texts, hall, place, who),
        }
        services = [service for letter in place.services for service in here.service if service.letter == letter]
        name = counter_name(texts, place)
        area = next(area for area in here.area if area.id == place.area)
        return await site.page(
            request, "counter.html", hall=here, name=name, area=area, services=services, own=counter, page_data=data
        )

    @router.get("/{counter}/live")
    async def live(request: Request, hall: str, counter: str) -> Response:
        place = site.counter(hall, counter)
        who = await site.need(request, *AT_COUNTERS)
        texts = language(request)

        async def snapshot() -> dict[str, Any]:
            return shown(site, texts, hall, place, who)

        return await site.live.stream(request, snapshot, gap_s=_GAP_S, still=site.gate.still)

    return router


def shown(site: Site, texts: Texts, hall: str, counter: Counter, who: Identity) -> dict[str, Any]:
    """All that the caller shows. Times in milliseconds since 1970, so that the page can count on by itself."""
    day, book = site.desk.today(hall), site.book.book(hall)
    now = projection.counter_now(day, counter)
    tally = book.tally(counter.id)
    return {
        "phase": now.phase,
        "clerk": now.clerk,
        "since": millis(tally.since),
        "ticket": _ticket(texts, day, book, now.number),
        "last": _last(texts, day, book, counter.id) if not now.number else None,
        "keys": {str(key.__struct_config__.tag): forbidden(texts, day, counter, key, site.desk.now(), who.clerk)
                 for key in KEYS},
        "parked": aside.parked(day, counter),
        "missed": aside.missed(day, counter),
        "undo": aside.undo(texts, day, counter.id, site.desk.now()),
        "waiting": {letter: _line(day, letter) for letter in counter.services},
        "figures": {"served": tally.served, "average_s": tally.average_s, "no_shows": tally.no_shows},
    }  # fmt: skip


def forbidden(texts: Texts, day: Day, counter: Counter, key: type[c.OnCounter], at: datetime, clerk: str) -> str:
    """Why the rules would refuse that key now, or nothing. Asked of the rules themselves, so both always agree."""
    fields: dict[str, Any] = {"id": "", "at": at, "by": "", "counter": counter.id}
    if key is c.Call:
        fields |= {"number": "", "reason": "-"}
    elif key is c.SignOn:
        fields["clerk"] = clerk
    elif key in (c.Transfer, c.AddItem):
        fields["service"] = aside.elsewhere(day, day.counter(counter.id).number)
    elif key is c.Return:
        fields["number"] = next((one["number"] for one in aside.parked(day, counter)), "")
    command = key(**fields)
    try:
        validate(day, command)
    except InvalidCommandError:
        return ""  # it wants a work number first
    match decide(day, command):
        case (e.Refused() as refused,) if refused.code not in _MAY_CHANGE:
            return spoken(texts, words.refusal(refused.code, refused.detail))
    return ""


def _ticket(texts: Texts, day: Day, book: Book, number: str) -> dict[str, Any] | None:
    ticket = day.tickets.get(number)
    if ticket is None:
        return None
    happened = book.ticket(number)
    return {
        "number": number,
        "letter": ticket.service,
        "service": _service_name(texts, day.hall, ticket),
        "since": millis(ticket.serving_at or ticket.called_at),
        "taken": millis(ticket.taken_at),
        "calls": ticket.calls,
        "why": why(texts, happened),
        "history": _history(texts, day.hall, happened),
    }


def _last(texts: Texts, day: Day, book: Book, counter: str) -> dict[str, Any] | None:
    """The ticket that was served here last, so that its rating can still be seen to come."""
    ask = day.asks.get(day.asked.get(counter, ""))
    if ask is None:
        return None
    return {"number": ask.number, "history": _history(texts, day.hall, book.ticket(ask.number))}


def _history(texts: Texts, hall: Hall, happened: list[e.AnyEvent]) -> list[dict[str, Any]]:
    return [{"at": millis(event.at), "text": told(texts, hall, event), "tone": tone(event)} for event in happened]


def _line(day: Day, letter: str) -> dict[str, Any]:
    """How many wait for a service, and since when the first of them."""
    first = next(day.waiting(letter), None)
    return {"count": day.count_waiting(letter), "oldest": millis(first.taken_at) if first else None}


def _service_name(texts: Texts, hall: Hall, ticket: Ticket) -> str:
    return next((texts.name(service) for service in hall.service if service.letter == ticket.service), ticket.service)
