"""Orders to devices over MQTT: self-tests, identify, restart, log; each with an expiry, and written into the audit."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster, Seat
from hub.storage.accounts import Identity, Role
from hub.storage.orders import OrderBook, Ordered
from wire.orders import Identify, Order, Restart, SelfTest, SendLog

MAY_LOOK: tuple[Role, ...] = ("administrator", "manager", "technician")
MAY_CARE: tuple[Role, ...] = ("administrator", "technician")
_EXPIRES_S = 30.0
_A_MINUTE = {"self-test": 12, "identify": 6, "restart": 2, "send-log": 4}  # of each kind, at one position
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class _New(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSelfTest(_New):
    what: Literal["self-test"]
    test: str = Field(max_length=40)


class NewIdentify(_New):
    """Show where you are; 0 seconds ends it."""

    what: Literal["identify"]
    seconds: int = Field(15, ge=0, le=600)


class NewRestart(_New):
    """Start the agent anew, once that disturbs nobody; within so many seconds, or not at all."""

    what: Literal["restart"]
    wait_s: int = Field(60, ge=0, le=600)


class NewSendLog(_New):
    what: Literal["send-log"]
    lines: int = Field(200, ge=1, le=1000)


NewOrder: TypeAlias = Annotated[NewSelfTest | NewIdentify | NewRestart | NewSendLog, Field(discriminator="what")]


class OrderNow(BaseModel):
    """`ok` is null until the device has answered, and stays so if it never does. `picture`, `log`: there is one."""

    id: str
    what: str
    detail: str
    device: str
    ordered_by: str
    ordered_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ok: bool | None
    text: str
    picture: bool
    log: bool

    @classmethod
    def of(cls, one: Ordered) -> "OrderNow":
        fields: dict[str, Any] = {name: getattr(one, name) for name in cls.model_fields}
        return cls(**fields | {"picture": bool(one.picture), "log": bool(one.log)})


class OrdersNow(BaseModel):
    """`tests`: name of a self-test, and what it does; empty while the device is away."""

    online: bool
    tests: dict[str, str]
    orders: list[OrderNow]


def orders(desk: Desk, roster: Roster, book: OrderBook, order: Callable[[str, Order], bool], gate: Gate) -> APIRouter:
    """`order(device, what)` sends it; False when it cannot."""
    router = Router(prefix="/api/v1/halls/{hall}/devices/{position}/orders", tags=["devices"])
    looks, cares = gate.need(*MAY_LOOK), gate.need(*MAY_CARE)

    def seat(hall: str, position: str) -> Seat:
        desk.today(hall)
        found = roster.at(hall, position)
        if found is None:
            raise ProblemError("unknown-position", f"this hall has no position {position!r}")
        return found

    @router.get("", operation_id="listOrders", responses=refusals(401, 403, 404, 422), dependencies=[Depends(looks)])
    async def list_orders(hall: str, position: str) -> OrdersNow:
        """The last orders to the device at a position, newest first, with what became of them."""
        there = seat(hall, position)
        known = await to_thread.run_sync(book.at, hall, position)
        tests = there.tests if there.online else {}
        return OrdersNow(online=there.online, tests=tests, orders=[OrderNow.of(one) for one in known])

    @router.post("", operation_id="orderDevice", status_code=202, responses=refusals(401, 403, 404, 409, 422, 429, 503))
    async def order_device(
        hall: str, position: str, body: NewOrder, who: Annotated[Identity, Depends(looks)]
    ) -> OrderNow:
        """Have a device do something once, now. Managers may identify and test; what became of it is in the list."""
        if body.what in ("restart", "send-log") and who.role not in MAY_CARE:
            raise ProblemError("forbidden", f"{body.what} is for administrators and technicians")
        there = seat(hall, position)
        _refuse(there, body)
        now = desk.now()
        detail, works_s = _about(body)

        def store() -> Ordered:
            since = now - timedelta(minutes=1)
            if book.lately(hall, position, body.what, since) >= _A_MINUTE[body.what]:
                raise ProblemError("too-many-orders", headers={"Retry-After": "60"})
            return book.order(
                hall=hall,
                position=position,
                device=there.device,
                what=body.what,
                detail=detail,
                by=who.name,
                at=now,
                expires_at=now + timedelta(seconds=_EXPIRES_S + works_s),
            )

        one = await to_thread.run_sync(store)
        if not order(there.device, _order(body, one.id, now)):
            raise ProblemError("unavailable", "the broker cannot be reached just now", headers={"Retry-After": "1"})
        return OrderNow.of(one)

    async def known(hall: str, position: str, ident: str) -> Ordered | None:
        seat(hall, position)
        listed = await to_thread.run_sync(book.at, hall, position)
        return next((one for one in listed if one.id == ident), None)

    @router.get(
        "/{order_id}/picture",
        operation_id="getOrderPicture",
        responses=refusals(401, 403, 404, 422),
        response_class=Response,
        dependencies=[Depends(looks)],
    )
    async def get_picture(hall: str, position: str, order_id: str) -> Response:
        """What the device took of its screen: JPEG or PNG."""
        one = await known(hall, position, order_id)
        return _picture(one.picture if one else "")

    @router.get(
        "/{order_id}/log",
        operation_id="getOrderLog",
        responses=refusals(401, 403, 404, 422),
        response_class=PlainTextResponse,
        dependencies=[Depends(cares)],
    )
    async def get_log(hall: str, position: str, order_id: str) -> Response:
        """What the agent logged, the newest line last."""
        one = await known(hall, position, order_id)
        if one is None or not one.log:
            raise ProblemError("unknown-log")
        name = f'{position}-{one.ordered_at:%Y%m%d-%H%M%S}.log"'
        return PlainTextResponse(one.log, headers={"Content-Disposition": f'inline; filename="{name}'})

    return router


def _order(body: NewOrder, ident: str, at: datetime) -> Order:
    match body:
        case NewSelfTest(test=test):
            return SelfTest(id=ident, at=at, expires_s=_EXPIRES_S, test=test)
        case NewIdentify(seconds=seconds):
            return Identify(id=ident, at=at, expires_s=_EXPIRES_S, seconds=seconds)
        case NewRestart(wait_s=wait_s):
            return Restart(id=ident, at=at, expires_s=_EXPIRES_S, wait_s=wait_s)
        case NewSendLog(lines=lines):
            return SendLog(id=ident, at=at, expires_s=_EXPIRES_S, lines=lines)


def _about(body: NewOrder) -> tuple[str, float]:
    """In a word for the list; and how long (s) the device may take for it beyond the usual."""
    match body:
        case NewSelfTest(test=test):
            return test, 0.0
        case NewIdentify(seconds=seconds):
            return f"{seconds} s", 0.0
        case NewRestart(wait_s=wait_s):
            return "", float(wait_s)
        case NewSendLog(lines=lines):
            return str(lines), 0.0


def _refuse(there: Seat, body: NewOrder) -> None:
    name = there.position.id
    if there.position.wireless is not None:
        raise ProblemError("no-device", f"{name} is a wireless handheld: see to it at its repeater")
    if not there.device:
        raise ProblemError("no-device", f"no device has come to {name} yet")
    if not there.online:
        raise ProblemError("device-offline", f"{there.device} at {name} is not online: see to its power and network")
    if isinstance(body, NewSelfTest) and body.test not in there.tests:
        offered = ", ".join(there.tests) or "none"
        raise ProblemError("unknown-test", f"{name} has no test {body.test!r}; it has: {offered}")


def _picture(encoded: str) -> Response:
    """Only what is a picture by its first bytes: it comes from a device, and a browser shows it."""
    try:
        body = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        body = b""
    for magic, kind in _MAGIC.items():
        if body.startswith(magic):
            return Response(body, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})
    raise ProblemError("unknown-picture")
