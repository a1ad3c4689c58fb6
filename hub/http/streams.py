"""How many read a stream of server-sent events, of whichever route."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Streams:
    """`open`: how many there are now."""

    def __init__(self) -> None:
        self.open = 0


class CountStreams:
    """Middleware. An answer counts from its head on, when that says what it is, until its route has ended."""

    def __init__(self, app: ASGIApp, streams: Streams) -> None:
        self._app, self._streams = app, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        counted = False

        async def watched(message: Message) -> None:
            nonlocal counted
            if message["type"] == "http.response.start":
                counted = Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
                self._streams.open += counted
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._streams.open -= counted
