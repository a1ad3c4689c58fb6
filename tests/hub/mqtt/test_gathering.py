"""What is written in one turn of the loop leaves as one, in its order, or at once when it is urgent."""

import asyncio
from collections.abc import Callable

from hub.mqtt.gathering import Gathering


class Wire(asyncio.Transport):
    """Keeps what it is given, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def on_a_loop(script: Callable[[Gathering], None]) -> Wire:
    """The wire after the script and the turn that follows it."""
    wire = Wire()

    async def run() -> None:
        script(Gathering(wire))
        await asyncio.sleep(0)

    asyncio.run(run())
    return wire


def test_what_is_written_in_one_turn_leaves_as_one_write_in_its_order() -> None:
    def script(gathering: Gathering) -> None:
        for packet in (b"one ", b"two ", b"three"):
            gathering.write(packet)

    assert on_a_loop(script).writes == [b"one two three"]


def test_what_is_flushed_does_not_wait_for_what_follows() -> None:
    def script(gathering: Gathering) -> None:
        gathering.write(b"urgent")
        gathering.flush()
        gathering.write(b"calm")

    assert on_a_loop(script).writes == [b"urgent", b"calm"]


def test_a_packet_that_the_library_goes_on_using_is_sent_as_it_was() -> None:
    def script(gathering: Gathering) -> None:
        packet = bytearray(b"before")
        gathering.write(packet)
        packet[:] = b"after!"

    assert on_a_loop(script).writes == [b"before"]


def test_closing_sends_what_is_left() -> None:
    def script(gathering: Gathering) -> None:
        gathering.write(b"good-bye")
        gathering.close()

    wire = on_a_loop(script)
    assert wire.writes == [b"good-bye"]
    assert wire.closed


def test_nothing_is_written_to_a_lost_connection() -> None:
    def script(gathering: Gathering) -> None:
        gathering.write(b"too late")
        gathering.close()
        gathering.write(b"later still")

    assert on_a_loop(script).writes == [b"too late"]
