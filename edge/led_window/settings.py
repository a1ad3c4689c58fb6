"""The `[device]` table of a window display."""

import re
from typing import Literal

import msgspec

from edge.led_window.card_settings import CardSettings
from edge.led_window.chain import BLOCK, Wiring
from edge.led_window.dots import Size
from edge.led_window.timeline import Motion

_SPI_HZ = (
    500_000,
    1_000_000,
    2_000_000,
    4_000_000,
    8_000_000,
)  # of those that luma.core accepts; the chip ends at 10 MHz
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LEAST = {
    "refresh_s": 1.0, "hold_s": 5.0, "blink_s": 0.0, "blink_half_s": 0.2, "page_s": 1.0, "scroll_dots_s": 1.0,
    "scroll_pause_s": 0.5, "frames_s": 1.0, "notice_rounds": 0,
}  # fmt: skip


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`width`, `height`: dots of the panel as it is wired, before `rotate`. For a card: those of the whole display."""

    driver: str = "max7219"
    width: int = 64
    height: int = 16
    block_orientation: Literal[0, 90, -90, 180] = 0  # degrees by which each 8×8 block is mounted turned
    rotate: Literal[0, 1, 2, 3] = 0  # quarter turns clockwise of the picture: for a panel hung turned the other way
    blocks_arranged_in_reverse_order: bool = False  # DIN is at the right end of the first row
    rows: Literal["same", "serpentine"] = "same"  # the next row of blocks begins where the last began, or where it ends
    spi_port: int = 0
    spi_device: int = 0
    spi_hz: int = 1_000_000  # long ribbon cables want it slow; a frame of 64×16 dots still takes only 2 ms
    contrast: int = 112  # 0-255; chips and cards know 16 steps
    dim_contrast: int = 32  # between `dim_from` and `dim_until`
    dim_from: str = ""  # "18:30"; "": never
    dim_until: str = ""
    utc_offset_h: float = 8.0  # of the hall's clock, for these two
    refresh_s: float = 60.0  # how often chips are set up again, and a card is sent everything again
    hold_s: float = 120.0  # how long the last state is kept when the hub is away
    blink_s: float = 3.0  # how long a call blinks
    blink_half_s: float = 0.5  # lit, then dark, for this long
    page_s: float = 5.0  # how long each of several texts is shown
    scroll_dots_s: float = 30.0  # text that does not fit moves by this many dots a second …
    scroll_pause_s: float = 2.0  # … and rests at its beginning and its end
    frames_s: float = 40.0  # no more pictures a second than this
    clerk: Literal["number", "name", "off"] = "number"  # what an idle window says of the clerk
    notice_rounds: int = 4  # the notice runs after this many rounds of the other texts; 0: never
    closed_text: str = "暂未开放"
    paused_text: str = "暂停服务"
    away_text: str = "请稍候"  # when nothing is known any more: says no number
    card: CardSettings = CardSettings()

    def __post_init__(self) -> None:
        self._check_panel()
        if self.spi_hz not in _SPI_HZ:
            raise ValueError(f"spi_hz = {self.spi_hz}: set one of {', '.join(map(str, _SPI_HZ))}")
        for key in ("contrast", "dim_contrast"):
            if not 0 <= getattr(self, key) <= 255:
                raise ValueError(f"{key} = {getattr(self, key)}: set 0 to 255")
        for key, least in _LEAST.items():
            if not getattr(self, key) >= least:  # also refuses NaN
                raise ValueError(f"{key} = {getattr(self, key)}: set {least} or more")
        self._check_times()
        if self.driver.startswith("onbon-"):
            self._check_card()

    def _check_panel(self) -> None:
        for key in ("width", "height"):
            dots = getattr(self, key)
            if dots % BLOCK or not 16 <= dots <= 512:
                raise ValueError(f"{key} = {dots}: set a multiple of 8 from 16 to 512 (blocks have 8×8 dots)")
        if self.width * self.height > 65536:
            raise ValueError(f"width × height = {self.width}×{self.height}: one SPI frame reaches 65536 dots at most")
        if self.size[0] < 48:
            raise ValueError(
                f"width = {self.width}, height = {self.height}, rotate = {self.rotate}: people would see "
                f"{self.size[0]} dots across, and a ticket number needs 48"
            )

    def _check_card(self) -> None:
        if self.driver != "onbon-serial":
            self.card.check_host()
        if self.card.font_dots > self.size[1]:
            raise ValueError(
                f"card.font_dots = {self.card.font_dots}, height = {self.height}: set a font that the display is high "
                "enough for"
            )

    def _check_times(self) -> None:
        for key in ("dim_from", "dim_until"):
            other = "dim_until" if key == "dim_from" else "dim_from"
            value = getattr(self, key)
            if value and not _TIME.fullmatch(value):
                raise ValueError(f'{key} = "{value}": set a time of day such as "18:30", or "" for never')
            if value and not getattr(self, other):
                raise ValueError(f'{key} = "{value}" alone says nothing: set {other} as well')
        if not -12 <= self.utc_offset_h <= 14:
            raise ValueError(f"utc_offset_h = {self.utc_offset_h}: set hours from -12 to 14; China has 8")

    @property
    def wiring(self) -> Wiring:
        return Wiring(
            self.width,
            self.height,
            self.block_orientation,
            self.rotate,
            self.blocks_arranged_in_reverse_order,
            self.rows,
        )

    @property
    def size(self) -> Size:
        """Width and height as people see them."""
        return self.wiring.size

    @property
    def motion(self) -> Motion:
        return Motion(
            blink_s=self.blink_s,
            blink_half_s=self.blink_half_s,
            page_s=self.page_s,
            scroll_dots_s=self.scroll_dots_s,
            scroll_pause_s=self.scroll_pause_s,
        )

    def brightness(self, at: float) -> int:
        """0 to 255. `at`: seconds since 1970."""
        if not self.dim_from:
            return self.contrast
        minute = (at + self.utc_offset_h * 3600) % 86400 / 60
        begins, ends = _minutes(self.dim_from), _minutes(self.dim_until)
        dim = begins <= minute < ends if begins <= ends else minute >= begins or minute < ends
        return self.dim_contrast if dim else self.contrast


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
