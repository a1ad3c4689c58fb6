"""What somebody comes for: found by words, pinyin and initials; what to bring, and where to go."""

import asyncio
import unicodedata

from fastapi import APIRouter, Request
from fastapi.responses import Response

from halls.format import Hall, Service
from hub import pinyin
from hub.domain import estimate, notices
from hub.domain.state import Day
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.web.site import Site, language
from hub.web.telling import spoken

_QUERY_MAX = 40  # characters that are looked for


def matters(site: Site) -> APIRouter:
    router = Router(prefix="/m/{hall}", include_in_schema=False)
    waits = Waits()

    @router.get("")
    async def start(request: Request, hall: str) -> Response:
        return await site.page(request, "phone_start.html", hall=site.hall(hall), who=None)

    @router.get("/matters")
    async def choose(request: Request, hall: str, q: str = "") -> Response:
        here = site.hall(hall)
        asked = q.strip()[:_QUERY_MAX]
        await asyncio.to_thread(pinyin.learn, _names(here))
        return await site.page(
            request, "phone_matters.html", hall=here, who=None, asked=asked, found=search(here, asked)
        )

    @router.get("/matters/{letter}")
    async def one(request: Request, hall: str, letter: str) -> Response:
        day = site.desk.today(hall)
        service = service_of(day.hall, letter)
        area = next(one for one in day.hall.area if one.id == service.area)
        is_open, note = notices.at_machine(day, service, site.desk.now())
        return await site.page(
            request,
            "phone_matter.html",
            hall=day.hall,
            who=None,
            service=service,
            area=area,
            floor=next(one for one in day.hall.floor if one.id == area.floor),
            waiting=day.count_waiting(letter),
            minutes=minutes(waits.of(day)[letter]),
            is_open=is_open,
            note=spoken(language(request), note),
        )

    @router.get("/queue")
    async def queue(request: Request, hall: str) -> Response:
        day, now = site.desk.today(hall), site.desk.now()
        known = waits.of(day)
        lines = [
            {
                "service": service,
                "waiting": day.count_waiting(service.letter),
                "minutes": minutes(known[service.letter]),
            }
            for service in day.hall.service
        ]
        at = now.astimezone(site.desk.zone(hall)).strftime("%H:%M:%S")
        return await site.page(request, "phone_queue.html", hall=day.hall, who=None, lines=lines, at=at)

    return router


class Waits:
    """Of each hall, for who comes now: worked out once for each state of its day, however many look."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Day, dict[str, estimate.Wait]]] = {}

    def of(self, day: Day) -> dict[str, estimate.Wait]:
        known = self._known.get(day.hall.hall.id)
        if known is None or known[0] is not day:
            known = self._known[day.hall.hall.id] = day, estimate.waits(day)
        return known[1]


def minutes(wait: estimate.Wait) -> tuple[int, int] | None:
    """The range as people are told it; None where nobody can tell."""
    return (round(wait.low_s / 60), round(wait.high_s / 60)) if wait.high_s < estimate.LATEST_S else None


def service_of(hall: Hall, letter: str) -> Service:
    for service in hall.service:
        if service.letter == letter:
            return service
    raise ProblemError("not-found", f"this hall has no service {letter!r}")


def search(hall: Hall, asked: str) -> list[Service]:
    """Those that fit, the best first; without a question all, as the hall orders them."""
    wanted = _plain(asked)
    ranked = [(rank, service) for service in hall.service if (rank := _rank(service, wanted)) is not None]
    return [service for _, service in sorted(ranked, key=lambda one: one[0])]


def _rank(service: Service, wanted: str) -> int | None:
    """0: begins with it, 1: has it somewhere, 2: a keyword does; None: nothing of it fits."""
    own = [*_ways(service.name), _plain(service.english)]
    if any(way.startswith(wanted) for way in own):
        return 0
    if any(wanted in way for way in own):
        return 1
    others = (way for word in service.keywords for way in _ways(word))
    return 2 if any(wanted in way for way in others) else None


def _ways(name: str) -> tuple[str, str, str]:
    return _plain(name), pinyin.initials(name), pinyin.spelled(name)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _names(hall: Hall) -> list[str]:
    return [name for service in hall.service for name in (service.name, *service.keywords)]
