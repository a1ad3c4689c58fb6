"""What is said within one turn of the event loop goes out as one: one TLS record and one system call, not one each.

gmqtt writes every packet by itself, and uvloop sends every write at once: in a burst that is most of the hub's work.
"""

import asyncio
from typing import Any

import gmqtt


class Gathering:
    """In the place of a transport. What was written leaves in the loop's next turn, or at `flush`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._written: list[bytes] = []

    def write(self, data: bytes | bytearray) -> None:
        if not self._written:
            asyncio.get_running_loop().call_soon(self.flush)
        self._written.append(bytes(data))  # gmqtt may go on with its bytearray

    def flush(self) -> None:
        if self._written:
            gathered, self._written = b"".join(self._written), []
            if not self._transport.is_closing():
                self._transport.write(gathered)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class GatheringClient(gmqtt.Client):  # type: ignore[misc]
    """gmqtt's client on such a transport."""

    _gathering: Gathering | None = None

    def flush(self) -> None:
        """Send now what was said so far: it is urgent, and what follows takes a while to make."""
        if self._gathering is not None:
            self._gathering.flush()

    async def _create_connection(self, *arguments: Any, **named: Any) -> Any:
        connection = await super()._create_connection(*arguments, **named)
        self._gathering = Gathering(connection._transport)
        connection._transport = connection._protocol._transport = self._gathering
        return connection
