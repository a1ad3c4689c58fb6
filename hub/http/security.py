"""What every answer carries so that a browser keeps to our rules, and how much a request may bring."""

import re
from collections.abc import Container, Iterable

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.http.problems import ProblemError

BODY_MAX = 64 * 1024  # bytes

# Referrer-Policy is not no-referrer: with that, browsers send "Origin: null" with our own forms.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def install_security(app: FastAPI, body_max: int = BODY_MAX, streamed: Container[str] = ()) -> None:
    """Headers and the body limit, whose refusal is a problem document: `install_problems` belongs with it.

    `streamed`: paths whose routes take a body as it comes, and have a limit of their own.
    """
    app.add_middleware(_BodyLimit, body_max=body_max, streamed=streamed)
    app.add_middleware(_SecurityHeaders)


class Streamed:
    """Paths that match one of the patterns, as a container."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._pattern = re.compile("|".join(patterns))

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._pattern.fullmatch(path) is not None


class _SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class _BodyLimit:
    """Refuses a body by its announced length at once, else as soon as it grows past the limit."""

    def __init__(self, app: ASGIApp, body_max: int, streamed: Container[str]) -> None:
        self._app, self._max, self._streamed = app, body_max, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._streamed:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:20]) > self._max:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max:
                raise self._too_large()
            return message

        await self._app(scope, limited, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Through the application's own handler, for it counts."""
        handler = scope["app"].exception_handlers[ProblemError]
        response = await handler(Request(scope), self._too_large())
        await response(scope, receive, send)

    def _too_large(self) -> ProblemError:
        detail = f"the body is larger than the {self._max} bytes that are taken here"
        return ProblemError("body-too-large", detail, headers={"Connection": "close"})
