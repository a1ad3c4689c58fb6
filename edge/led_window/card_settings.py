"""The `[device.card]` table: an Onbon BX card and how it is reached."""

from typing import Literal

import msgspec


class CardSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`screen`: the card's 屏号; 65534 is answered by every card, and stands where only one is on the line."""

    port: str = "/dev/ttyUSB0"  # of driver "onbon-serial"
    baud: Literal[9600, 57600] = 57600
    host: str = ""  # of drivers "onbon-tcp" and "onbon-udp"
    net_port: int = 5005
    screen: int = 1
    font_dots: Literal[16, 24, 32] = 16  # of a font that is loaded in the card
    charset: Literal["gb2312", "gbk"] = "gb2312"  # of that font
    colour: Literal["red", "green", "yellow"] = "red"
    call_colour: Literal["red", "green", "yellow"] = "red"  # of a ticket's number
    speed: int = 4  # of moving text: 0 the fastest, 24 the slowest
    reply_s: float = 2.0  # how long to wait for the card's answer

    def __post_init__(self) -> None:
        if not (0 <= self.screen <= 0x7FFF or self.screen == 0xFFFE):
            raise ValueError(f"card.screen = {self.screen}: set 0 to 32767 as on the card, or 65534 for any card")
        if not 1 <= self.net_port <= 65535:
            raise ValueError(f"card.net_port = {self.net_port}: set 1 to 65535; the cards come with 5005")
        if not 0 <= self.speed <= 24:
            raise ValueError(f"card.speed = {self.speed}: set 0 (fastest) to 24 (slowest)")
        if not 0.2 <= self.reply_s <= 30:
            raise ValueError(f"card.reply_s = {self.reply_s}: set 0.2 to 30")

    def check_host(self) -> None:
        """Raises ValueError if the network drivers would not know where to go."""
        if not self.host:
            raise ValueError('card.host = "": set the card\'s address, as set with its own software')
