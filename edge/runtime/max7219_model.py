"""A model of a chain of MAX7219 chips with 8×8 blocks: takes SPI frames, tells what the LEDs really show.

Source: Maxim MAX7219/MAX7221 datasheet (19-4452): serial interface p. 6, tables 1 to 10, Code B font in table 5.
"""

from collections.abc import Sequence

_DECODE, _INTENSITY, _SCAN_LIMIT, _SHUTDOWN, _TEST = 0x9, 0xA, 0xB, 0xC, 0xF
_CODE_B = bytes.fromhex("7e306d79335b5f707f7b014f370e6700")  # segments A-G in bits 6-0, for 0-9 - E H L P blank


class Chip:
    """Registers of one chip, by address; digit 0 is at address 1."""

    def __init__(self) -> None:
        self.registers = bytearray(16)
        self.power_up()

    def power_up(self) -> None:
        """Control registers are reset, which means shut down. The digits are undefined: here, the worst to be seen."""
        self.registers[:] = bytes(16)
        self.registers[1:9] = b"\xff" * 8

    def lit(self, digit: int, bit: int) -> bool:
        registers = self.registers
        if registers[_TEST] & 1:
            return True  # overrides shutdown
        if not registers[_SHUTDOWN] & 1 or digit > registers[_SCAN_LIMIT] & 7:
            return False
        value = registers[1 + digit]
        if registers[_DECODE] >> digit & 1:
            value = value & 0x80 | _CODE_B[value & 0xF]
        return bool(value >> bit & 1)


class Chain:
    """Stands in for `spidev.SpiDev`. Blocks run from the top left, row by row, first chip first.

    A block's digit 0-7 is its column and bit 0-7 its row; `block_orientation`: degrees clockwise by which each block
    is mounted turned; `rotate`: quarter turns anticlockwise by which the whole panel is.
    """

    def __init__(self, width: int, height: int, block_orientation: int = 0, rotate: int = 0) -> None:
        self.width, self.height = width, height
        self._block_turns, self._panel_turns = block_orientation // 90 % 4, -rotate % 4
        self.chips = [Chip() for _ in range(width * height // 64)]
        self._shifted = bytes(2 * len(self.chips))
        self._changed = False
        self.absent = False  # the bus cannot be opened or written to
        self.frames = 0  # chip-select frames
        self.max_speed_hz = 0

    # What spidev offers.

    def open(self, port: int, device: int) -> None:
        self._reach()

    def writebytes(self, data: Sequence[int]) -> None:
        """One chip-select frame: bits shift through the whole chain, and all chips latch at its end."""
        self._reach()
        self._shifted = (self._shifted + bytes(data))[-len(self._shifted) :]
        self.frames += 1
        for word, chip in enumerate(reversed(self.chips)):  # what was sent first has come furthest
            address, value = self._shifted[2 * word] & 0xF, self._shifted[2 * word + 1]
            if address and chip.registers[address] != value:
                chip.registers[address] = value
                self._changed = True

    def close(self) -> None:
        pass

    # What a test or a rehearsal does and sees.

    def brown_out(self) -> None:
        """The supply dips: every chip starts anew, and the shift registers with them."""
        self._shifted = bytes(len(self._shifted))
        for chip in self.chips:
            chip.power_up()

    def take_change(self) -> bool:
        """Whether any register changed since this was last asked."""
        changed, self._changed = self._changed, False
        return changed

    def lit(self) -> tuple[str, ...]:
        """The LEDs as people see them: rows of `#` and `.`."""
        across = self.width // 8
        blocks = [self._block(chip) for chip in self.chips]
        rows = []
        for y in range(self.height):
            first = y // 8 * across
            rows.append("".join(block[y % 8] for block in blocks[first : first + across]))
        return _turned(rows, self._panel_turns)

    def _reach(self) -> None:
        if self.absent:
            raise FileNotFoundError(2, "No such file or directory")

    def _block(self, chip: Chip) -> tuple[str, ...]:
        rows = ["".join(".#"[chip.lit(digit, bit)] for digit in range(8)) for bit in range(8)]
        return _turned(rows, self._block_turns)


def _turned(rows: Sequence[str], quarters: int) -> tuple[str, ...]:
    """Clockwise."""
    for _ in range(quarters):
        rows = ["".join(column) for column in zip(*reversed(rows), strict=True)]
    return tuple(rows)
