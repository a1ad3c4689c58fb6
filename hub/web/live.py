"""Pages that move by themselves: the newest snapshot as a server-sent event when it changed, and a beat to say "alive".

A snapshot is whole, so a reader that was away, or is slow, gets the newest and never a backlog.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from hub.http.problems import ProblemError
from hub.web.assets import BUILD
from hub.web.daybook import DayBook

_BEAT_S = 15.0
_STREAMS_MAX = 1000
_RETRY_MS = 2000

_encode = msgspec.json.Encoder().encode


class Live:
    """Streams of one hub. Event `show` is the snapshot, its id the content's hash; event `beat` the hub's clock."""

    def __init__(self, book: DayBook, now: Callable[[], datetime], beat_s: float = _BEAT_S) -> None:
        self._book, self._now, self._beat_s = book, now, beat_s
        self.open = 0

    async def stream(
        self,
        request: Request,
        snapshot: Callable[[], Awaitable[Any]],
        *,
        gap_s: float,
        poll_s: float | None = None,
        still: Callable[[Request], Awaitable[bool]] | None = None,
    ) -> StreamingResponse:
        """At the most one snapshot in `gap_s`. `poll_s`: look even when the desk is silent; `still`: may it go on?"""
        if self.open >= _STREAMS_MAX:
            raise ProblemError("too-many-readers", headers={"Retry-After": "10"})
        await self._book.open()
        seen = request.headers.get("last-event-id", "")
        frames = self._frames(request, snapshot, seen, gap_s, poll_s or self._beat_s, still)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(frames, media_type="text/event-stream", headers=headers)

    async def _frames(
        self,
        request: Request,
        snapshot: Callable[[], Awaitable[Any]],
        seen: str,
        gap_s: float,
        poll_s: float,
        still: Callable[[Request], Awaitable[bool]] | None,
    ) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        self.open += 1
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode() + self._beat()
            beaten = clock()
            while True:
                count, looked = self._book.count, clock()
                body = _encode(await snapshot())
                ident = hashlib.blake2b(body, digest_size=8).hexdigest()
                if ident != seen:
                    seen = ident
                    yield b"event: show\nid: " + ident.encode() + b"\ndata: " + body + b"\n\n"
                if clock() - beaten >= self._beat_s:
                    if still is not None and not await still(request):
                        return
                    yield self._beat()
                    beaten = clock()
                await self._book.moved(count, min(poll_s, max(0.0, beaten + self._beat_s - clock())))
                await asyncio.sleep(max(0.0, looked + gap_s - clock()))
        finally:
            self.open -= 1

    def _beat(self) -> bytes:
        told = {"now": round(self._now().timestamp() * 1000), "build": BUILD}
        return b"event: beat\ndata: " + _encode(told) + b"\n\n"
