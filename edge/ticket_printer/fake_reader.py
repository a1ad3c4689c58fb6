"""An identity card reader without hardware, and cards of people who do not exist."""

from datetime import date, timedelta
from pathlib import Path

import msgspec

from edge.protocols import id_number, sam_v
from edge.ticket_printer.fake_port import FakePort

_GARBAGE = b"\xaa\xaa\x00\xff\x96\x69\x13\x37"
_FIELDS = (("name", 30), ("sex", 2), ("nation", 4), ("birth", 16), ("address", 70), ("number", 36), ("issuer", 30),
           ("begins", 16), ("ends", 16), ("rest", 36))  # fmt: skip


class FakeCard(msgspec.Struct, frozen=True):
    """Nobody's: the place 000000 does not exist. `address` is there to be looked for where it must not be."""

    name: str
    number: str
    address: str = "虚构市测试区样本路一号"

    @classmethod
    def of(cls, count: int, name: str = "测试") -> "FakeCard":
        """Another one for each `count`, with a valid check character."""
        born = date(1990, 1, 1) + timedelta(days=count // 1000)
        digits = f"000000{born:%Y%m%d}{count % 1000:03d}"
        return cls(name, digits + id_number.check_character(digits))

    def text(self) -> bytes:
        values = {"name": self.name, "address": self.address, "number": self.number, "birth": "19900101", "sex": "1"}
        return b"".join((values.get(field, "") + " " * size).encode("utf-16-le")[:size] for field, size in _FIELDS)


class FakeReader:
    """Cards are `put` and lifted. It can be mute, talk nonsense, send wrong checks, stop in the middle of a reply, lose
    the card between two commands (`lifted_after`: 1 find, 2 select), and be unplugged."""

    def __init__(self, port: Path) -> None:
        self._line = FakePort(port, self._hear)
        self.cable = self._line.cable
        self.mute = self.garbage = self.bad_check = self.truncated = self.unauthorised = False
        self.finds_again = False  # a card that lies there is found at every question; else once
        self.lifted_after = 0
        self.reads = 0
        self._card: FakeCard | None = None
        self._step = 0
        self._new = False
        self._text = b""
        self._received = bytearray()

    def start(self) -> None:
        self._line.start()

    def stop(self) -> None:
        self._line.stop()

    def put(self, card: FakeCard) -> None:
        self._card, self._new, self._step = card, True, 0

    def lift(self) -> None:
        self._card = None

    def _hear(self, data: bytes) -> None:
        self._received += data
        for command in (sam_v.STATUS, sam_v.FIND, sam_v.SELECT, sam_v.READ):
            if command in self._received:
                self._received.clear()
                self._obey(command)

    def _obey(self, command: bytes) -> None:
        if self.mute:
            return
        if self.garbage:
            self._line.say(_GARBAGE)
            return
        answer = self._answer(command)
        if self.bad_check:
            answer = answer[:-1] + bytes([answer[-1] ^ 0xFF])
        self._line.say(answer[: len(answer) // 2] if self.truncated else answer)

    def _answer(self, command: bytes) -> bytes:
        if self.unauthorised:
            return sam_v.reply((0, 0, 0x66))
        if command == sam_v.STATUS:
            return sam_v.reply(sam_v.OK)
        if command == sam_v.FIND:
            return self._find()
        wanted = 1 if command == sam_v.SELECT else 2
        if self._card is None or self._step != wanted:
            return sam_v.reply((0, 0, 0x81 if wanted == 1 else 0x41))
        self._go_on()
        if wanted == 1:
            return sam_v.reply(sam_v.OK, bytes(8))
        self.reads += 1
        return sam_v.reply(sam_v.OK, b"\x01\x00\x04\x00" + self._text + b"WLf" + bytes(1021))

    def _find(self) -> bytes:
        if self._card is None or not (self._new or self.finds_again):
            return sam_v.reply((0, 0, 0x80))
        self._new, self._step = False, 0
        self._text = self._card.text()
        self._go_on()
        return sam_v.reply(sam_v.FOUND, bytes(4))

    def _go_on(self) -> None:
        self._step += 1
        if self._step == self.lifted_after:
            self._card = None
