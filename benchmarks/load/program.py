"""A program at the API: one kept connection, an Idempotency-Key for each wish, sent until it is answered.

HTTP/1.1 straight on asyncio's streams: dozens of these must not take the processor from the hub that they press.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
from typing import Any, NamedTuple

_NOT_NOW = 503
_PATIENCE_S = 30.0  # a database may be locked for half of that


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


class Program:
    """`address`: HOST:PORT of a hub process; `who`, `secret`: as `Site.token` gives them."""

    def __init__(self, address: str, who: str, secret: str) -> None:
        self.repeats = 0  # wishes that were sent once more
        self.told_not_now = 0
        self._host, _, port = address.partition(":")
        self._port, self._who, self._secret = int(port), who, secret
        self._prefix, self._counts = secrets.token_hex(4), itertools.count()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def next_key(self) -> str:
        return f"{self._prefix}-{next(self._counts)}"

    def command(self, key: str) -> str:
        """What the log calls that wish."""
        return f"http/{self._who}/{key}"

    async def post(self, path: str, body: dict[str, Any], key: str) -> Answer:
        return await self._once("POST", path, json.dumps(body).encode(), f"Idempotency-Key: {key}\r\n")

    async def get(self, path: str) -> Answer:
        return await self._once("GET", path, b"", "")

    async def ask(self, path: str, body: dict[str, Any], key: str, again_s: float = 0.05) -> Answer:
        """Sends the same wish until the hub has decided it: a broken connection and "not now" are no answers."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    if (answer := await self.post(path, body, key)).status != _NOT_NOW:
                        return answer
                    self.told_not_now += 1
            self.repeats += 1
            await asyncio.sleep(again_s)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _once(self, method: str, path: str, body: bytes, more: str) -> Answer:
        try:
            reader, writer = self._streams = self._streams or await asyncio.open_connection(self._host, self._port)
            writer.write(
                f"{method} /api/v1{path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                f"Authorization: Bearer {self._secret}\r\n{more}Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            return await _answer(reader)
        except BaseException:
            self.close()
            raise


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status_line, *headers = head.strip().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return Answer(int(status_line.split()[1]), json.loads(body) if body else {})
