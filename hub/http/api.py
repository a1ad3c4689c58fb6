"""API v1, put together: `application` makes the app that carries it and hub's pages alike."""

from collections.abc import Callable
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from hub.desk import Desk
from hub.http.administration import administration
from hub.http.asset_files import TAKES_FILES
from hub.http.counters import counters
from hub.http.events import events
from hub.http.identity import Gate
from hub.http.media import MEDIA
from hub.http.problems import install_problems
from hub.http.queue import queue
from hub.http.releases import RELEASES
from hub.http.security import Streamed, install_security
from hub.http.sessions import sessions
from hub.http.settings import settings
from hub.http.tickets import tickets
from hub.pseudonyms import Pseudonyms
from hub.storage.accounts import Accounts

_ABOUT = """One queue that everything in a government service hall agrees on.

Log in (`POST /api/v1/session`, a cookie) or send a token (`Authorization: Bearer`). Repeat a write with the same
`Idempotency-Key` until it is answered: it happens once. Every error is a problem document (RFC 9457)."""


def application(count: Callable[[str, str], None]) -> FastAPI:
    """An empty app with problem documents, security headers and the OpenAPI document; attach `api` and pages.

    `count(door, code)` hears of everything that is turned away, in the event loop: it must not block.
    """
    app = FastAPI(
        title="Tingxu 厅序",
        version=version("tingxu"),
        description=_ABOUT,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their scripts come from a CDN
        redoc_url=None,
    )
    install_problems(app, count)
    install_security(app, streamed=Streamed((MEDIA, RELEASES, TAKES_FILES)))
    return app


def api(
    desk: Desk, accounts: Accounts, pseudonyms: Pseudonyms, count: Callable[[str, str], None], secure: bool = False
) -> list[APIRouter]:
    """`secure`: browsers come over TLS."""
    gate = Gate(accounts, desk.now, secure)
    return [
        sessions(gate),
        administration(desk, accounts, gate),
        queue(desk, gate),
        tickets(desk, gate, pseudonyms),
        counters(desk, gate),
        settings(desk, gate),
        events(desk, gate, count),
    ]
