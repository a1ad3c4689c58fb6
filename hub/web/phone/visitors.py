"""Who is on the phone: they show that it is theirs by a one-time code, and are known for a while by a cookie."""

import asyncio
from collections import OrderedDict
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from hub.appointments.bookings import Bookings
from hub.appointments.erasing import Erasing
from hub.http.routes import Router
from hub.people import masks
from hub.people.codes import OneTimeCodes, TooManyError
from hub.people.effort import Effort
from hub.people.persons import BadPersonError, phone_of
from hub.people.vault import Vault
from hub.people.visits import Visits
from hub.pseudonyms import Pseudonyms
from hub.web.site import Site, language
from hub.web.texts import Texts

_STRANGERS_MAX = 5  # numbers of other people that may be tried in one visit
_REMEMBERED = 10_000  # visits of which it is known how many were tried


class Doors(NamedTuple):
    """What the pages of appointments go through."""

    bookings: Bookings
    pseudonyms: Pseudonyms
    vault: Vault
    codes: OneTimeCodes
    visits: Visits
    effort: Effort
    erasing: Erasing


class Visit(NamedTuple):
    """`secret`: of the cookie; `phone`: theirs; `persons`: pseudonyms of those who gave it."""

    secret: str
    phone: str
    persons: tuple[str, ...]


class Visitors:
    def __init__(self, site: Site, doors: Doors, secure: bool) -> None:
        self.site, self.doors, self._secure = site, doors, secure
        self.cookie = "__Host-visit" if secure else "visit"
        self._strangers: OrderedDict[str, int] = OrderedDict()

    async def of(self, request: Request) -> Visit | None:
        secret, now = request.cookies.get(self.cookie, ""), self.site.desk.now()
        if not secret:
            return None
        phone = await asyncio.to_thread(self.doors.visits.phone_of, secret, now)
        if phone is None:
            return None
        return Visit(secret, phone, await asyncio.to_thread(self.doors.visits.persons, secret, now))

    def first(self, request: Request, hall: str) -> Response:
        """To the page that asks for the phone, and back here."""
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/m/{hall}/enter?next={quote(back)}", 303)

    def may_try(self, visit: Visit) -> bool:
        """Numbers of people who are not of this phone are not for trying out one after another."""
        tried = self._strangers[visit.secret] = self._strangers.pop(visit.secret, 0) + 1
        if len(self._strangers) > _REMEMBERED:
            self._strangers.popitem(last=False)
        return tried <= _STRANGERS_MAX

    def welcome(self, answer: Response, secret: str) -> None:
        answer.set_cookie(self.cookie, secret, path="/", secure=self._secure, httponly=True, samesite="strict")

    def farewell(self, answer: Response) -> None:
        answer.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")


def entering(visitors: Visitors) -> APIRouter:
    """Known and unknown phones get the same answers at every step: what belongs to one is looked at afterwards."""
    own = Depends(visitors.site.gate.own_writes)
    router = Router(prefix="/m/{hall}/enter", include_in_schema=False, dependencies=[own])
    site, doors = visitors.site, visitors.doors

    async def asked(request: Request, hall: str, back: str, phone: str = "", wrong: str = "") -> Response:
        challenge = doors.effort.challenge(_address(request), site.desk.now())
        data = {"challenge": challenge.text, "bits": challenge.bits, "back": back, "phone": phone, "wrong": wrong}
        status = 422 if wrong else 200
        return await site.page(
            request, "phone_enter.html", status=status, hall=site.hall(hall), who=None, page_data={}, **data
        )

    async def sent(request: Request, hall: str, back: str, phone: str, wrong: str = "") -> Response:
        data = {"back": back, "phone": phone, "shown": masks.phone(phone), "wrong": wrong}
        status = 422 if wrong else 200
        return await site.page(request, "phone_code.html", status=status, hall=site.hall(hall), who=None, **data)

    @router.get("")
    async def ask(request: Request, hall: str, next: str = "") -> Response:
        return await asked(request, hall, _back(hall, next))

    @router.post("/code")
    async def send(
        request: Request,
        hall: str,
        phone: Annotated[str, Form(max_length=40)] = "",
        challenge: Annotated[str, Form(max_length=200)] = "",
        solution: Annotated[str, Form(max_length=20)] = "",
        next: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        texts, now, back = language(request), site.desk.now(), _back(hall, next)
        site.hall(hall)
        try:
            plain = phone_of(phone)
        except BadPersonError as error:
            return await asked(request, hall, back, phone, texts(f"people.{error.code}"))
        if not await asyncio.to_thread(doors.effort.accept, challenge, solution, now):
            return await asked(request, hall, back, phone, texts("phone.effort_failed"))
        try:
            await doors.codes.send(plain, _address(request), now, language=texts.language)
        except TooManyError as error:
            return await asked(request, hall, back, phone, too_many(texts, error))
        return await sent(request, hall, back, plain)

    @router.post("")
    async def enter(
        request: Request,
        hall: str,
        phone: Annotated[str, Form(max_length=40)] = "",
        code: Annotated[str, Form(max_length=20)] = "",
        next: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        texts, now, back = language(request), site.desk.now(), _back(hall, next)
        try:
            right = await asyncio.to_thread(doors.codes.check, phone, "".join(code.split()), now)
        except TooManyError as error:
            return await sent(request, hall, back, phone, too_many(texts, error))
        except BadPersonError as error:
            return await asked(request, hall, back, phone, texts(f"people.{error.code}"))
        if not right:
            return await sent(request, hall, back, phone, texts("phone.code_wrong"))
        answer = RedirectResponse(back, 303)
        visitors.welcome(answer, await asyncio.to_thread(doors.visits.open, phone, now))
        return answer

    @router.post("/leave")
    async def leave(request: Request, hall: str) -> Response:
        await asyncio.to_thread(doors.visits.end, request.cookies.get(visitors.cookie, ""))
        answer = RedirectResponse(f"/m/{hall}", 303)
        visitors.farewell(answer)
        return answer

    return router


def too_many(texts: Texts, error: TooManyError) -> str:
    return texts("people.too-many", minutes=-(-error.retry_s // 60))


def _back(hall: str, address: str) -> str:
    """Only to a page of this hall's own."""
    own = f"/m/{hall}"
    fits = address.isprintable() and "\\" not in address and "//" not in address and ".." not in address
    return address if fits and address.startswith(f"{own}/") else f"{own}/mine"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def wrong_fields(texts: Texts, errors: dict[str, str]) -> dict[str, Any]:
    """Field → sentence."""
    return {field: texts(f"people.{code}") for field, code in errors.items()}
