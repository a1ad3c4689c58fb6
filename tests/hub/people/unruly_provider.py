"""A provider of messages that misbehaves as it is told: slow, busy, refusing, or cutting the line after it accepted."""

import asyncio
import json
from collections.abc import Iterable

ACCEPT, CUT, HANG = "accept", "cut after accepting", "hang"


class UnrulyProvider:
    """`plan`: what it does to requests in turn, then it accepts: ACCEPT, CUT, HANG, a status, (status, Retry-After), or
    bytes as the body of a 200. `accepted`: bodies by idempotency key, as often as they really arrived in `arrived`."""

    def __init__(self, plan: Iterable[object] = ()) -> None:
        self._plan = list(plan)
        self.accepted: dict[str, object] = {}
        self.arrived: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def __aenter__(self) -> "UnrulyProvider":
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/send"
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if not await self._do(self._plan.pop(0) if self._plan else ACCEPT, headers, body, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _do(self, what: object, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> bool:
        key = headers["idempotency-key"]
        self.arrived.append(key)
        self.headers.append(headers)
        if what == HANG:
            await asyncio.Event().wait()
        if what in (ACCEPT, CUT) or isinstance(what, bytes):
            self.accepted[key] = json.loads(body)
        if what == CUT:
            writer.transport.abort()
            return False
        said = what if isinstance(what, bytes) else b"{}"
        status, after = what if isinstance(what, tuple) else (what if isinstance(what, int) else 200, "")
        retry = f"Retry-After: {after}\r\n" if after else ""
        writer.write(f"HTTP/1.1 {status} x\r\n{retry}Content-Length: {len(said)}\r\n\r\n".encode() + said)
        await writer.drain()
        return True
