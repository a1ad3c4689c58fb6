"""What every page needs: the desk, who is asking and in which language, and the templates."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from anyio import to_thread
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError

from halls.format import Area, Counter, Hall
from hub.cases.handling import Mine
from hub.desk import Desk
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.problems import ProblemError
from hub.http.settings import MAY_CHANGE
from hub.roster import Roster
from hub.storage.accounts import Identity, Role
from hub.storage.alerts import Alert
from hub.web import assets
from hub.web.daybook import DayBook
from hub.web.live import Live
from hub.web.texts import LANGUAGES, Texts

AT_MONITOR: tuple[Role, ...] = ("administrator", "manager", "technician")
LANGUAGE_COOKIE = "language"

log = logging.getLogger(__name__)


class TurnedAway(Protocol):
    """So many were refused at a door with a code."""

    @property
    def door(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def last_at(self) -> datetime: ...


class LogInFirstError(Exception):
    """Nobody is logged in, and the page is not for everybody."""


class Site:
    """The pages of one hub."""

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        gate: Gate,
        refusals: Callable[[], list[Any]],
        platforms_off: Callable[[str], Sequence[str]] = lambda hall: (),
        alerts: Callable[[str], list[Alert]] = lambda hall: [],
        waiting: Callable[[str], Mapping[str, int]] = lambda role: {},
        mine: Callable[[str, Identity], Mine] = lambda hall, who: Mine(),
    ) -> None:
        """`alerts(hall)`: the open ones; `waiting(role)`: hall → how many of them wait for that role; `mine`: the cases
        that are somebody's. All read the database."""
        self.desk, self.roster, self.gate = desk, roster, gate
        self.platforms_off, self.alerts, self._waiting, self.mine = platforms_off, alerts, waiting, mine
        self.refusals: Callable[[], list[TurnedAway]] = refusals
        self.book = DayBook(desk)
        self.live = Live(self.book, desk.now)
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"asset": assets.address, "build": assets.BUILD, "quote": quote}

    async def page(self, request: Request, template: str, *, status: int = 200, **data: Any) -> HTMLResponse:
        """`data` is for the template; `page_data` among it for the page's script. `long` true: of hundreds of lines,
        written in a thread so that no press waits for them."""
        texts = language(request)
        data.setdefault("page_data", {})
        data.setdefault("who", await self.gate.asking(request))
        data["duty"] = await self._duty(data.get("hall"), data["who"])
        data |= {
            "t": texts,
            "beside": LANGUAGES["zh" if texts.language == "en" else "en"],
            "path": data.get("path", request.url.path),
            "may_monitor": _has_role(data["who"], AT_MONITOR),
            "may_set": _has_role(data["who"], MAY_CHANGE),
            "may_call": _has_role(data["who"], AT_COUNTERS),
            "waiting": await self._waiting_for(data["who"]),
        }
        render = self._templates.get_template(template).render
        body = await to_thread.run_sync(render, data) if data.get("long") else render(data)
        return HTMLResponse(body, status, {"Cache-Control": "no-store"})

    async def _duty(self, hall: object, who: Identity | None) -> Mine | None:
        """What waits for whoever looks at a page of a hall."""
        if not isinstance(hall, Hall) or who is None or who.role not in AT_COUNTERS:
            return None
        return await to_thread.run_sync(self.mine, hall.hall.id, who)

    async def _waiting_for(self, who: Identity | None) -> Mapping[str, int]:
        """Hall → alerts that wait for whoever sees the page. A page shows also where this cannot be read now."""
        if who is None or not _has_role(who, AT_MONITOR):
            return {}
        try:
            return await to_thread.run_sync(self._waiting, who.role)
        except SQLAlchemyError as error:
            log.warning("alerts that wait for somebody cannot be counted now: %s", error)
            return {}

    def part(self, texts: Texts, template: str, **data: Any) -> str:
        """A part of a page, for its script to put in place."""
        return self._templates.get_template(template).render(data | {"t": texts})

    async def need(self, request: Request, *roles: Role) -> Identity:
        """Raises LogInFirstError, ProblemError for somebody without such a role."""
        who = await self.gate.asking(request)
        if who is None:
            raise LogInFirstError
        if who.role not in roles:
            raise ProblemError("forbidden", f"the role {who.role} may not see this; {', '.join(roles)} may")
        return who

    def hall(self, ident: str) -> Hall:
        """Raises UnknownHallError."""
        return self.desk.today(ident).hall

    def area(self, hall: str, ident: str) -> Area:
        for area in self.hall(hall).area:
            if area.id == ident:
                return area
        raise ProblemError("not-found", f"hall {hall} has no area {ident!r}")

    def counter(self, hall: str, ident: str) -> Counter:
        for counter in self.hall(hall).counter:
            if counter.id == ident:
                return counter
        raise ProblemError("unknown-counter", f"hall {hall} has no counter {ident!r}")


def language(request: Request) -> Texts:
    """As the address says (streams), else as the reader last chose, else Chinese."""
    asked = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE, "")
    return LANGUAGES.get(asked, LANGUAGES["zh"])


def counter_name(texts: Texts, counter: Counter) -> str:
    return texts("counter.named", id=counter.id, name=counter.name)


def millis(at: datetime | None) -> int | None:
    """For scripts: milliseconds since 1970."""
    return round(at.timestamp() * 1000) if at is not None else None


def _has_role(who: Identity | None, roles: tuple[Role, ...]) -> bool:
    return who is not None and who.role in roles
