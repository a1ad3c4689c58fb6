"""The keys of a counter: what a keypad can press, a program and a page can too."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain.projection import counter_now, counter_of
from hub.domain.state import Day
from hub.http.actions import Action, add_action
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError, refused
from hub.http.routes import Router
from hub.http.wishes import Wish, fulfil, wishes
from hub.storage.accounts import Identity
from wire.messages import CounterPhase

_LETTER = Field(max_length=8, description="The service's letter.", examples=["B"])
_NUMBER = Field(max_length=8, examples=["A012"])


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallBody(_Asked):
    number: str = _NUMBER
    reason: str = Field(max_length=200, description="Why out of turn; it is kept.")


class TransferBody(_Asked):
    """A service, a counter, or both."""

    service: str = Field("", max_length=8, description="Its letter; empty: the ticket's own.", examples=["B"])
    to: str = Field("", max_length=8, description="A counter; empty: any that serves it.", examples=["2"])


class AddItemBody(_Asked):
    service: str = _LETTER


class ReturnBody(_Asked):
    number: str = Field("", max_length=8, description="Empty: the one that this counter parked last.")


class PauseBody(_Asked):
    reason: str = Field("", max_length=200)


class SignOnBody(_Asked):
    clerk: str = Field("", max_length=16, description="Work number; empty: a clerk's own, or who usually sits there.")


class CounterNow(BaseModel):
    """As it stands now. `number`: its active ticket, or empty; `waiting`: people whom it could call."""

    id: str
    phase: CounterPhase
    number: str
    calls: int
    clerk: str
    waiting: int


class Pressed(BaseModel):
    """`events`: what this wish led to, now or the first time it came."""

    events: list[dict[str, Any]]
    counter: CounterNow


KEYS = (
    Action(c.CallNext, "callNext", "顺呼: call whoever is next. Ends the ticket that is being served."),
    Action(c.Call, "call", "指呼: call a specific ticket, out of turn.", CallBody),
    Action(c.Recall, "recall", "重呼: call the same ticket again."),
    Action(c.Serve, "serve", "开始办理: the citizen is here."),
    Action(c.End, "end", "办结: done; the evaluator asks for a rating, or the ticket goes on to what else is to do."),
    Action(c.NoShow, "noShow", "过号: called often enough, and nobody came."),
    Action(c.Transfer, "transfer", "转移: the ticket goes on to another service or counter.", TransferBody),
    Action(c.AddItem, "addItem", "One more thing to do on this visit.", AddItemBody),
    Action(c.Park, "park", "挂起: the ticket is put aside, the counter is free."),
    Action(c.Return, "return", "回呼: call a parked ticket back.", ReturnBody),
    Action(c.Undo, "undo", "撤销: take back the last thing that was done at this counter."),
    Action(c.Pause, "pause", "暂停服务: no more calls here until it resumes.", PauseBody),
    Action(c.Resume, "resume", "恢复: the counter is open again."),
    Action(c.SignOn, "signOn", "登录: open the counter. A clerk does so with their own work number.", SignOnBody),
    Action(c.SignOff, "signOff", "签退: close the counter."),
)
ACTIONS = tuple(key.name for key in KEYS)


def counters(desk: Desk, gate: Gate) -> APIRouter:
    router = Router(
        prefix="/api/v1/halls/{hall}/counters/{counter}",
        tags=["counters"],
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
    )
    for key in KEYS:
        add_action(router, key, _pressing(key, desk, wishes(desk, gate)))

    @router.post("/{action}", include_in_schema=False, dependencies=[Depends(gate.need(*AT_COUNTERS))])
    async def unknown(action: str) -> None:
        raise ProblemError("unknown-action", f"there is no action {action!r}", known=ACTIONS)

    return router


def _pressing(key: Action, desk: Desk, wish_of: Callable[..., Awaitable[Wish]]) -> Callable[..., Awaitable[Pressed]]:
    """What answers one key."""

    async def press(
        hall: str,
        counter: str,
        wish: Annotated[Wish, Depends(wish_of)],
        body: Any = None,
    ) -> Pressed:
        fields = body.model_dump() if body is not None else {}
        if key.command is c.SignOn:
            fields["clerk"] = work_number(wish.who, fields.get("clerk", ""))
        return await _press(desk, hall, key.command(counter=counter, **fields, **wish.stamp))

    return press


async def _press(desk: Desk, hall: str, command: c.OnCounter) -> Pressed:
    outcome = await fulfil(desk, hall, command)
    events = [msgspec.to_builtins(event) for event in outcome.events]
    now = _counter(desk.today(hall), command.counter)
    if outcome.refused:
        raise refused(outcome.refused, events=events, counter=now.model_dump())
    return Pressed(events=events, counter=now)


def work_number(who: Identity, asked: str) -> str:
    """The number to sign on with. Raises ProblemError when a clerk asks for somebody else's."""
    if who.role != "clerk" or who.via == "token":
        return asked
    if asked not in ("", who.clerk):
        raise ProblemError("not-your-number", f"your work number is {who.clerk}; sign on with it, not with {asked!r}")
    return who.clerk


def _counter(today: Day, ident: str) -> CounterNow:
    counter = counter_of(today.hall, ident)
    assert counter is not None  # the command was validated
    return CounterNow(id=ident, **counter_now(today, counter)._asdict())
