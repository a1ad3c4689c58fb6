"""Self-tests of devices: ordered over MQTT by whoever installs or runs them, answered by the device itself."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.roster import Roster, Seat
from hub.storage.accounts import Identity, Role
from hub.storage.self_tests import Ordered, SelfTests
from wire.orders import SelfTest

MAY_TEST: tuple[Role, ...] = ("administrator", "manager", "technician")
_EXPIRES_S = 30.0
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class NewSelfTest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    test: str = Field(max_length=40)


class SelfTestNow(BaseModel):
    """`ok` is null until the device has answered, and stays so if it never does. `picture`: there is one."""

    id: str
    test: str
    device: str
    ordered_by: str
    ordered_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ok: bool | None
    text: str
    picture: bool

    @classmethod
    def of(cls, one: Ordered) -> "SelfTestNow":
        told = cls.model_validate(
            {name: getattr(one, name) for name in cls.model_fields if name != "picture"} | {"picture": False}
        )
        return told.model_copy(update={"picture": bool(one.picture)})


class SelfTestsNow(BaseModel):
    """`offered`: name of a test, and what it does; empty while the device is away."""

    offered: dict[str, str]
    tests: list[SelfTestNow]


def self_tests(
    desk: Desk, roster: Roster, stored: SelfTests, order: Callable[[str, SelfTest], bool], gate: Gate
) -> APIRouter:
    """`order(device, what)` sends it; False when it cannot."""
    router = APIRouter(prefix="/api/v1/halls/{hall}/devices/{position}/tests", tags=["devices"])
    tester = gate.need(*MAY_TEST)

    def seat(hall: str, position: str) -> Seat:
        desk.today(hall)
        found = roster.at(hall, position)
        if found is None:
            raise ProblemError("unknown-position", f"this hall has no position {position!r}")
        return found

    @router.get(
        "", operation_id="listSelfTests", responses=refusals(401, 403, 404, 422), dependencies=[Depends(tester)]
    )
    async def list_self_tests(hall: str, position: str) -> SelfTestsNow:
        """What the device at a position offers, and the last ones with their outcomes, newest first."""
        there = seat(hall, position)
        known = await to_thread.run_sync(stored.at, hall, position)
        offered = there.tests if there.online else {}
        return SelfTestsNow(offered=offered, tests=[SelfTestNow.of(one) for one in known])

    @router.post("", operation_id="orderSelfTest", status_code=202, responses=refusals(401, 403, 404, 409, 422, 503))
    async def order_self_test(
        hall: str, position: str, body: NewSelfTest, who: Annotated[Identity, Depends(tester)]
    ) -> SelfTestNow:
        """Have a device try out a part of its hardware, now. Its answer is found in the list."""
        there = seat(hall, position)
        _refuse(there, body.test)
        now = desk.now()

        def store() -> Ordered:
            return stored.order(
                hall=hall,
                position=position,
                device=there.device,
                test=body.test,
                by=who.name,
                at=now,
                expires_at=now + timedelta(seconds=_EXPIRES_S),
            )

        one = await to_thread.run_sync(store)
        if not order(there.device, SelfTest(id=one.id, test=one.test, at=now, expires_s=_EXPIRES_S)):
            raise ProblemError("unavailable", "the broker cannot be reached just now", headers={"Retry-After": "1"})
        return SelfTestNow.of(one)

    @router.get(
        "/{test_id}/picture",
        operation_id="getSelfTestPicture",
        responses=refusals(401, 403, 404, 422),
        response_class=Response,
        dependencies=[Depends(tester)],
    )
    async def get_picture(hall: str, position: str, test_id: str) -> Response:
        """What the device took of its screen: JPEG or PNG."""
        seat(hall, position)
        known = await to_thread.run_sync(stored.at, hall, position)
        return _picture(next((one.picture for one in known if one.id == test_id), ""))

    return router


def _refuse(there: Seat, test: str) -> None:
    name = there.position.id
    if there.position.wireless is not None:
        raise ProblemError("no-device", f"{name} is a wireless handheld: test it at its repeater")
    if not there.device:
        raise ProblemError("no-device", f"no device has come to {name} yet")
    if not there.online:
        raise ProblemError("device-offline", f"{there.device} at {name} is not online: see to its power and network")
    if test not in there.tests:
        raise ProblemError("unknown-test", f"{name} has no test {test!r}; it has: {', '.join(there.tests) or 'none'}")


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
