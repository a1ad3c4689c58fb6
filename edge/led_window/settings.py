"""The `[device]` table of a window display."""

from typing import Literal

import msgspec

_SPI_HZ = (
    500_000,
    1_000_000,
    2_000_000,
    4_000_000,
    8_000_000,
)  # of those that luma.core accepts; the chip ends at 10 MHz


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`width`, `height`: dots of the panel as it is wired, before `rotate`."""

    driver: str = "max7219"
    width: int = 64
    height: int = 16
    block_orientation: Literal[0, 90, -90, 180] = 0  # degrees by which each 8×8 block is mounted turned
    rotate: Literal[0, 1, 2, 3] = 0  # quarter turns clockwise of the picture: for a panel hung turned the other way
    spi_port: int = 0
    spi_device: int = 0
    spi_hz: int = 1_000_000  # long ribbon cables want it slow; a frame still takes only 2 ms
    contrast: int = 112  # 0-255; the chip knows 16 steps
    refresh_s: float = 60.0  # how often the chips are set up again: one that browned out stays dark
    hold_s: float = 120.0  # how long the last state is kept when the hub is away
    blink_s: float = 3.0  # how long a call blinks
    blink_half_s: float = 0.5  # lit, then dark, for this long
    scroll_dots_s: float = 20.0  # text that does not fit moves by this many dots a second …
    scroll_pause_s: float = 3.0  # … and rests at its beginning and its end
    closed_text: str = "暂未开放"
    paused_text: str = "暂停服务"
    away_text: str = "请稍候"  # when nothing is known any more: says no number

    def __post_init__(self) -> None:
        for key in ("width", "height"):
            dots = getattr(self, key)
            if dots % 8 or not 16 <= dots <= 512:
                raise ValueError(f"{key} = {dots}: set a multiple of 8 from 16 to 512 (blocks have 8×8 dots)")
        if self.width * self.height > 65536:
            raise ValueError(f"width × height = {self.width}×{self.height}: one SPI frame reaches 65536 dots at most")
        if self.size[0] < 48:
            raise ValueError(
                f"width = {self.width}, height = {self.height}, rotate = {self.rotate}: people would see "
                f"{self.size[0]} dots across, and a ticket number needs 48"
            )
        if self.spi_hz not in _SPI_HZ:
            raise ValueError(f"spi_hz = {self.spi_hz}: set one of {', '.join(map(str, _SPI_HZ))}")
        if not 0 <= self.contrast <= 255:
            raise ValueError(f"contrast = {self.contrast}: set 0 to 255")
        for key, least in (
            ("refresh_s", 1.0), ("hold_s", 5.0), ("blink_s", 0.0), ("blink_half_s", 0.2), ("scroll_dots_s", 1.0),
            ("scroll_pause_s", 0.5),
        ):  # fmt: skip
            if not getattr(self, key) >= least:  # also refuses NaN
                raise ValueError(f"{key} = {getattr(self, key)}: set {least} or more")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as people see them."""
        return (self.height, self.width) if self.rotate % 2 else (self.width, self.height)
