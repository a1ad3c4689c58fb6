"""What happens, as it happens: server-sent events that resume where a reader left off, without a gap or a repeat."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import DOOR, ProblemError
from hub.http.routes import Router
from hub.storage.event_log import Recorded

READERS_MAX = 1000
HEARTBEAT_S = 15.0
_AT_ONCE = 64  # events written before the reader must have taken them

_json = msgspec.json.Encoder()


def events(
    desk: Desk,
    gate: Gate,
    count: Callable[[str, str], None],
    *,
    readers_max: int = READERS_MAX,
    heartbeat_s: float = HEARTBEAT_S,
) -> APIRouter:
    router = Router(prefix="/api/v1", tags=["events"])
    readers: set[object] = set()

    @router.get(
        "/events",
        operation_id="readEvents",
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Until you go."},
            **refusals(400, 401, 404, 503),
        },
        dependencies=[Depends(gate.need())],
    )
    async def read(
        request: Request,
        hall: Annotated[str | None, Query(description="Of this hall only.")] = None,
        last_event_id: Annotated[str | None, Header(description="The last event you have; without: from now.")] = None,
    ) -> StreamingResponse:
        """The first message is of type `start`: `{"epoch", "position"}`, where reading starts. When that position is
        lower than your Last-Event-ID, the hub was restored from a backup: look at everything anew. Each further one is
        an event as JSON, its id the position."""
        if hall is not None:
            desk.today(hall)
        wanted = _position(last_event_id, desk.position)
        await desk.reach(wanted)  # another process of the hub may have told the reader more than this one knows yet
        position = min(wanted, desk.position)
        if len(readers) >= readers_max:
            raise ProblemError("too-many-readers", headers={"Retry-After": "10"})
        return StreamingResponse(stream(request, hall, position), media_type="text/event-stream")

    async def stream(request: Request, hall: str | None, position: int) -> AsyncIterator[bytes]:
        me = object()
        readers.add(me)
        clock = asyncio.get_running_loop().time
        due = clock() + heartbeat_s
        try:
            yield _start(desk.epoch, position)
            while True:
                recorded = await _next(desk, position, due - clock())
                for chunk in _chunks(recorded, hall):
                    yield chunk
                    await asyncio.sleep(0)  # a send to somebody who went returns at once: let their going be heard
                position = recorded[-1].position if recorded else position
                if clock() < due:
                    continue
                yield b": still here\nid: %d\n\n" % position
                if not await gate.still(request):
                    count(DOOR, "session-over")
                    return
                due = clock() + heartbeat_s
        finally:
            readers.discard(me)

    return router


def _position(text: str | None, now: int) -> int:
    if text is None:
        return now
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ProblemError("bad-position", f"Last-Event-ID is the id of an event, a whole number, not {text!r}")
    return int(text)


async def _next(desk: Desk, position: int, patience_s: float) -> list[Recorded]:
    """What came after `position`; empty when nothing came in time."""
    try:
        return await asyncio.wait_for(desk.since(position), patience_s)
    except TimeoutError:
        return []


def _start(epoch: int, position: int) -> bytes:
    return b"event: start\nid: %d\ndata: %b\n\n" % (position, _json.encode({"epoch": epoch, "position": position}))


def _chunks(recorded: list[Recorded], hall: str | None) -> Iterator[bytes]:
    """Few writes for many events, made as the reader takes them. What belongs to another hall is left out; the next
    heartbeat moves the id past it."""
    for start in range(0, len(recorded), _AT_ONCE):
        some = (one for one in recorded[start : start + _AT_ONCE] if hall is None or one.hall == hall)
        if chunk := b"".join(b"id: %d\ndata: %b\n\n" % (one.position, _json.encode(one)) for one in some):
            yield chunk
