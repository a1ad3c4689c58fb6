"""The keys of a counter: what a keypad can press, a program and a page can too."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.domain import commands as c
from hub.domain.projection import counter_now, counter_of
from hub.domain.state import Day
from hub.http.identity import AT_COUNTERS, Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError, refused
from hub.http.wishes import Wish, fulfil, wishes
from hub.storage.accounts import Identity
from wire.messages import CounterPhase

ACTIONS = ("call-next", "call", "recall", "serve", "end", "no-show", "pause", "resume", "sign-on", "sign-off")


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Nothing(_Asked):
    """No further members."""


class CallBody(_Asked):
    number: str = Field(max_length=8, examples=["A012"])
    reason: str = Field(max_length=200, description="Why out of turn; it is kept.")


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


def counters(desk: Desk, gate: Gate) -> APIRouter:
    wish_of = wishes(desk, gate)
    router = APIRouter(
        prefix="/halls/{hall}/counters/{counter}",
        tags=["counters"],
        responses=refusals(400, 401, 403, 404, 409, 422, 503),
    )

    async def press(hall: str, command: c.OnCounter) -> Pressed:
        outcome = await fulfil(desk, hall, command)
        events = [msgspec.to_builtins(event) for event in outcome.events]
        now = _counter(desk.today(hall), command.counter)
        if outcome.refused:
            raise refused(outcome.refused, events=events, counter=now.model_dump())
        return Pressed(events=events, counter=now)

    @router.post("/call-next", operation_id="callNext")
    async def call_next(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """顺呼: call whoever is next. Ends the ticket that is being served."""
        return await press(hall, c.CallNext(counter=counter, **wish.stamp))

    @router.post("/call", operation_id="call")
    async def call(hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], body: CallBody) -> Pressed:
        """指呼: call a specific ticket, out of turn."""
        return await press(hall, c.Call(counter=counter, number=body.number, reason=body.reason, **wish.stamp))

    @router.post("/recall", operation_id="recall")
    async def recall(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """重呼: call the same ticket again."""
        return await press(hall, c.Recall(counter=counter, **wish.stamp))

    @router.post("/serve", operation_id="serve")
    async def serve(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """开始办理: the citizen is here."""
        return await press(hall, c.Serve(counter=counter, **wish.stamp))

    @router.post("/end", operation_id="end")
    async def end(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """办结: done; the evaluator asks for a rating."""
        return await press(hall, c.End(counter=counter, **wish.stamp))

    @router.post("/no-show", operation_id="noShow")
    async def no_show(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """过号: called often enough, and nobody came."""
        return await press(hall, c.NoShow(counter=counter, **wish.stamp))

    @router.post("/pause", operation_id="pause")
    async def pause(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], body: PauseBody | None = None
    ) -> Pressed:
        """暂停服务: no more calls here until it resumes."""
        return await press(hall, c.Pause(counter=counter, reason=body.reason if body else "", **wish.stamp))

    @router.post("/resume", operation_id="resume")
    async def resume(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """恢复: the counter is open again."""
        return await press(hall, c.Resume(counter=counter, **wish.stamp))

    @router.post("/sign-on", operation_id="signOn")
    async def sign_on(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], body: SignOnBody | None = None
    ) -> Pressed:
        """登录: open the counter. A clerk does so with their own work number."""
        clerk = work_number(wish.who, body.clerk if body else "")
        return await press(hall, c.SignOn(counter=counter, clerk=clerk, **wish.stamp))

    @router.post("/sign-off", operation_id="signOff")
    async def sign_off(
        hall: str, counter: str, wish: Annotated[Wish, Depends(wish_of)], _body: Nothing | None = None
    ) -> Pressed:
        """签退: close the counter."""
        return await press(hall, c.SignOff(counter=counter, **wish.stamp))

    @router.post("/{action}", include_in_schema=False, dependencies=[Depends(gate.need(*AT_COUNTERS))])
    async def unknown(action: str) -> None:
        raise ProblemError("unknown-action", f"there is no action {action!r}", known=ACTIONS)

    return router


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
