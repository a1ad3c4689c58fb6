"""The way in: start page, log-in, log-out, language."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from hub.http.identity import AT_COUNTERS
from hub.http.routes import Router
from hub.storage.accounts import Identity
from hub.web.site import LANGUAGE_COOKIE, Site
from hub.web.texts import LANGUAGES

_YEAR_S = 365 * 24 * 3600


def entry(site: Site) -> APIRouter:
    router = Router(include_in_schema=False)

    @router.get("/")
    async def start(request: Request) -> Response:
        halls = [site.hall(hall) for hall in site.desk.halls()]
        who = await site.gate.asking(request)
        duties = {
            one.hall.id: await to_thread.run_sync(site.mine, one.hall.id, who) for one in halls if who and _works(who)
        }
        return await site.page(request, "start.html", halls=halls, duties=duties)

    @router.get("/login")
    async def ask(request: Request, next: str = "/", another: bool = False) -> Response:
        if not another and await site.gate.asking(request) is not None:
            return RedirectResponse(local(next), 303)
        return await site.page(request, "login.html", told=None, next=local(next))

    @router.post("/login")
    async def log_in(
        request: Request, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "", next: str = "/"
    ) -> Response:
        answer = RedirectResponse(local(next), 303)
        await site.gate.log_in(request, answer, name.strip(), password)
        return answer

    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        site.gate.own_site(request)
        answer = RedirectResponse("/", 303)
        await site.gate.log_out(request, answer)
        return answer

    @router.get("/language/{code}")
    async def speak(code: str, back: str = "/") -> Response:
        answer = RedirectResponse(local(back), 303)
        if code in LANGUAGES:
            answer.set_cookie(LANGUAGE_COOKIE, code, max_age=_YEAR_S, samesite="lax", httponly=True)
        return answer

    return router


def _works(who: Identity | None) -> bool:
    return who is not None and who.role in AT_COUNTERS


def local(address: str) -> str:
    """The address when it is one of ours, else the start page: nobody is sent away by a link."""
    plain = address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"
