"""Refusals as pages: whoever reads HTML gets the problem in words instead of the document."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI, Request, WebSocketException
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from hub.http.problems import ProblemError
from hub.web.site import LogInFirstError, Site

_Handler = Callable[[Request, Any], Awaitable[Response]]
_ABOUT_BODY = ("content-length", "content-type")


def install_failures(app: FastAPI, site: Site) -> None:
    """After `install_problems`, whose handlers go on deciding and counting; this only puts them into words."""

    def in_words(inner: _Handler) -> _Handler:
        async def handler(request: Request, error: Exception) -> Response:
            answer = await inner(request, error)
            return await _page(site, request, answer) if _reads_pages(request) else answer

        return handler

    for kind, inner in list(app.exception_handlers.items()):
        if kind not in (WebSocketException, WebSocketRequestValidationError):
            app.add_exception_handler(kind, in_words(cast(_Handler, inner)))
    refuse = cast(_Handler, app.exception_handlers[ProblemError])

    async def log_in_first(request: Request, _error: Exception) -> Response:
        if _reads_pages(request) and request.method == "GET":
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        return await refuse(request, ProblemError("not-logged-in"))

    app.add_exception_handler(LogInFirstError, log_in_first)


async def _page(site: Site, request: Request, answer: Response) -> Response:
    told = json.loads(bytes(answer.body)) | {"retry_after_s": answer.headers.get("retry-after", "")}
    if request.url.path == "/login":
        page = await site.page(
            request, "login.html", status=answer.status_code, told=told, next=request.query_params.get("next", "/")
        )
    else:
        page = await site.page(request, "problem.html", status=answer.status_code, told=told)
    for name, value in answer.headers.items():
        if name not in _ABOUT_BODY:
            page.headers[name] = value
    return page


def _reads_pages(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
