"""Alerts: what is wrong now and was, each with its evidence; acknowledged, silenced, and where routes lead.

All of it works without a script; with one, the list follows what happens.
"""

import asyncio
import re
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from halls.alerts import ROLE
from halls.format import Hall
from hub.alerts.alerts import AlertRefusedError, Alerts
from hub.alerts.messages import headline_of
from hub.alerts.waiting import roles_of
from hub.domain.hours import local
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE
from hub.storage.accounts import Identity, Role
from hub.storage.alerts import Alert
from hub.web import reasons
from hub.web.site import AT_MONITOR, Site, language, millis
from hub.web.telling import spoken
from hub.web.texts import Texts

_OVER_SHOWN = 30
_GAP_S = 1.0
_SILENCES_MIN = (30, 120, 480, 1440)
ROUTES: tuple[Role, ...] = ("administrator",)  # who says where they lead


def alerts(site: Site, known: Alerts) -> APIRouter:
    router = Router(prefix="/alerts/{hall}", include_in_schema=False)

    async def look(texts: Texts, hall: str, who: Identity) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            return _listed(texts, site, known, hall, who)

        now = await asyncio.to_thread(read)
        acts = who.role in MAY_CHANGE
        html = site.part(texts, "alerts_now.html", hall=site.hall(hall), now=now, acts=acts)
        return {"html": html, "count": len(now["opened"])}

    @router.get("")
    async def show(request: Request, hall: str) -> Response:
        here = site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        await site.book.open()
        texts = language(request)
        shown = await look(texts, hall, who)
        data = {
            "live": f"/alerts/{hall}/live?language={texts.language}",
            "private": True,
            "zone": here.hall.timezone,
            "now": millis(site.desk.now()),
            "texts": texts.section("live", "alert"),
            "show": shown,
        }
        leads = who.role in ROUTES
        return await site.page(request, "alerts.html", hall=here, who=who, shown=shown, leads=leads, page_data=data)

    @router.get("/live")
    async def live(request: Request, hall: str) -> Response:
        site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        texts = language(request)

        async def snapshot() -> dict[str, Any]:
            return await look(texts, hall, who)

        return await site.live.stream(request, snapshot, gap_s=_GAP_S, poll_s=_GAP_S, still=site.gate.still)

    @router.post("/silences/{ident}/end")
    async def end_silence(request: Request, hall: str, ident: str) -> Response:
        site.gate.own_site(request)
        site.hall(hall)
        who = await site.need(request, *MAY_CHANGE)
        try:
            await asyncio.to_thread(lambda: known.end_silence(hall, ident, by=who.name))
        except AlertRefusedError:  # it is over: what was wanted is so
            return _to(hall)
        return _to(hall)

    async def routes_page(request: Request, hall: str, *, status: int = 200, **told: Any) -> Response:
        here, texts = site.hall(hall), language(request)
        targets = await asyncio.to_thread(known.routes.of, hall)
        more = {"said": "", "secret": "", "tested": None, **told}
        return await site.page(
            request,
            "alert_routes.html",
            status=status,
            hall=here,
            targets=[(one, _clock(here, one.failing_since), _clock(here, one.succeeded_at)) for one in targets],
            unled=await asyncio.to_thread(known.unled, hall),
            mail=known.courier.mailer is not None,
            language=texts.language,
            **more,
        )

    @router.get("/routes")
    async def routes(request: Request, hall: str) -> Response:
        site.hall(hall)
        await site.need(request, *ROUTES)
        return await routes_page(request, hall)

    @router.post("/routes")
    async def add_route(
        request: Request,
        hall: str,
        route: Annotated[str, Form(max_length=40)] = "",
        kind: Annotated[str, Form(max_length=10)] = "",
        address: Annotated[str, Form(max_length=600)] = "",
    ) -> Response:
        site.gate.own_site(request)
        site.hall(hall)
        who = await site.need(request, *ROUTES)
        try:
            _, secret = await asyncio.to_thread(
                lambda: known.add_target(
                    hall, route.strip(), "webhook" if kind == "webhook" else "mail", address.strip(), by=who.name
                )
            )
        except AlertRefusedError as error:
            said = language(request)(f"alert.wrong_{error.code}")
            return await routes_page(request, hall, status=422, said=f"{said} {error}")
        return await routes_page(request, hall, secret=secret) if secret else _to(hall, "routes")

    @router.post("/routes/{ident}/remove")
    async def remove_route(request: Request, hall: str, ident: str) -> Response:
        site.gate.own_site(request)
        site.hall(hall)
        who = await site.need(request, *ROUTES)
        await asyncio.to_thread(lambda: known.remove_target(hall, ident, by=who.name))
        return _to(hall, "routes")

    @router.post("/routes/{ident}/test")
    async def test_route(request: Request, hall: str, ident: str) -> Response:
        site.gate.own_site(request)
        site.hall(hall)
        await site.need(request, *ROUTES)
        target = await asyncio.to_thread(known.target, hall, ident)
        return await routes_page(request, hall, tested=(target.shown, await known.test(hall, ident)))

    async def alert_page(request: Request, hall: str, ident: str, *, status: int = 200, said: str = "") -> Response:
        here, texts = site.hall(hall), language(request)
        who = await site.gate.asking(request)
        found = await asyncio.to_thread(lambda: _in_full(texts, site, known, hall, ident, who))
        return await site.page(
            request,
            "alert.html",
            status=status,
            hall=here,
            who=who,
            may_act=who is not None and who.role in MAY_CHANGE,
            said=said,
            minutes=_SILENCES_MIN,
            one=found,
            key=secrets.token_hex(8),
        )

    @router.get("/{ident}")
    async def show_one(request: Request, hall: str, ident: str) -> Response:
        site.hall(hall)
        await site.need(request, *AT_MONITOR)
        return await alert_page(request, hall, ident)

    @router.post("/{ident}/acknowledge")
    async def acknowledge(
        request: Request, hall: str, ident: str, note: Annotated[str, Form(max_length=400)] = ""
    ) -> Response:
        site.gate.own_site(request)
        site.hall(hall)
        who = await site.need(request, *AT_MONITOR)
        one = await asyncio.to_thread(known.one, hall, ident)
        if not known.may_take(one, who.role):
            raise ProblemError("forbidden", f"it does not wait for the role {who.role}; {', '.join(MAY_CHANGE)} may")
        try:
            await asyncio.to_thread(lambda: known.acknowledge(hall, ident, by=who.name, note=note))
        except AlertRefusedError as error:
            if error.code != "already-acknowledged":
                raise
            said = language(request)(f"alert.wrong_{error.code}")
            return await alert_page(request, hall, ident, status=409, said=said)
        return _to(hall)

    @router.post("/{ident}/silence")
    async def silence(
        request: Request,
        hall: str,
        ident: str,
        minutes: Annotated[str, Form(max_length=6)] = "",
        why: Annotated[str, Form(max_length=200)] = "",
        all_: Annotated[str, Form(alias="all", max_length=3)] = "",
        key: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        """Of what this alert is about; `all`: of all that its rule is about."""
        site.gate.own_site(request)
        site.hall(hall)
        who = await site.need(request, *MAY_CHANGE)
        one = await asyncio.to_thread(known.one, hall, ident)
        wanted = int(minutes) if minutes.isascii() and minutes.isdigit() else 0
        subject = "" if all_ else one.subject
        try:
            await asyncio.to_thread(
                lambda: known.silence(hall, one.rule, subject, wanted, by=who.name, why=why, key=key)
            )
        except AlertRefusedError as error:
            said = language(request)(f"alert.wrong_{error.code}")
            return await alert_page(request, hall, ident, status=422, said=said)
        return _to(hall)

    return router


def _to(hall: str, page: str = "") -> RedirectResponse:
    return RedirectResponse(f"/alerts/{hall}{'/' if page else ''}{page}", 303)


def _listed(texts: Texts, site: Site, known: Alerts, hall: str, who: Identity) -> dict[str, Any]:
    here = site.hall(hall)
    at = site.desk.now()
    silences = known.silences.now(hall, at)
    opened = [_line(texts, here, one, who) for one in _sorted(known.book.opened(hall))]
    return {
        "opened": opened,
        "yours": sum(one["waits_for_you"] for one in opened),
        "over": [_line(texts, here, one, who) for one in known.book.over(hall, _OVER_SHOWN)],
        "silences": [{"one": one, "until": _clock(here, one.until)} for one in silences],
    }


def _sorted(these: list[Alert]) -> list[Alert]:
    """What nobody looks after first, and of those the worst, the newest on top."""
    weights = {"severe": 0, "warning": 1, "notice": 2}
    return sorted(
        these,
        key=lambda one: (
            one.acknowledged_at is not None,
            one.escalated_at is None,
            weights.get(one.severity, 1),
            -one.raised_at.timestamp(),
        ),
    )


def _line(texts: Texts, hall: Hall, one: Alert, who: Identity | None) -> dict[str, Any]:
    roles, role = roles_of(one, hall), who.role if who else ""
    return {
        "waits": texts("alert.between").join(texts(f"role.{each}") for each in roles),
        "waits_for_you": role in roles,
        "may_take": role in MAY_CHANGE or role in roles,
        "is_yours": who is not None and one.acknowledged_by == who.name,
        "one": one,
        "headline": spoken(texts, headline_of(one, hall)),
        "raised": _clock(hall, one.raised_at),
        "acknowledged": _clock(hall, one.acknowledged_at),
        "escalated": _clock(hall, one.escalated_at),
        "cleared": _clock(hall, one.cleared_at),
    }


def _in_full(texts: Texts, site: Site, known: Alerts, hall: str, ident: str, who: Identity | None) -> dict[str, Any]:
    here, one = site.hall(hall), known.one(hall, ident)
    tickets = list(dict.fromkeys(proof.ticket for proof in one.body.proofs if proof.ticket))
    today = site.desk.today(hall).day == _day(here, one)
    histories = [reasons.of_ticket(texts, site, hall, number) for number in tickets] if today else []
    return {
        **_line(texts, here, one, who),
        "rule": one.body.rule,
        "figure": f"{one.figure:.2f}".rstrip("0").rstrip("."),
        "proofs": [(spoken(texts, proof.words()), proof) for proof in one.body.proofs],
        "tickets": [
            {**told, "history": [(_second(here, each["at"]), each["text"]) for each in told["history"]]}
            for told in histories
            if told is not None
        ],
        "notes": [(note, _clock(here, note.at), _detail(texts, note.detail)) for note in known.notes(one)],
        "deliveries": [
            (each, _clock(here, each.due_at)) for each in known.routes.deliveries(one.id) if each.state == "waiting"
        ],
    }


def _detail(texts: Texts, detail: str) -> str:
    """Roles in the reader's words."""
    return re.sub(f"{ROLE}([a-z]+)", lambda found: texts.entries.get(f"role.{found[1]}", found[0]), detail)


def _day(hall: Hall, one: Alert) -> str:
    """Of its tickets: a rating may be of an earlier day."""
    named = one.subject.rpartition("/")[0]
    return named or local(hall, one.raised_at).strftime("%Y-%m-%d")


def _clock(hall: Hall, at: Any) -> str:
    return "" if at is None else local(hall, at).strftime("%Y-%m-%d %H:%M:%S")


def _second(hall: Hall, at_ms: int | None) -> str:
    return "" if at_ms is None else local(hall, datetime.fromtimestamp(at_ms / 1000, UTC)).strftime("%H:%M:%S")
