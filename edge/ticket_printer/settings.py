"""The `[device]` table of a ticket machine; each key is explained in this folder's README."""

from typing import Annotated, Literal

import msgspec

from edge.runtime.wiring import Pin, refuse_shared

Encoding = Literal["gb2312", "gbk", "gb18030"]
Letter = Annotated[str, msgspec.Meta(pattern="^[A-Z]$")]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What differs from machine to machine. Times end in `_s` and are seconds."""

    driver: Literal["serial", "simulated"]

    printer: bool = True  # false: none is fitted; tickets are shown on the page
    port: str = "/dev/ttyUSB0"  # not used by "simulated", which makes its own
    baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600
    flow: Literal["none", "rtscts", "dsrdtr"] = "none"

    encoding: Encoding = "gb18030"
    dots: Annotated[int, msgspec.Meta(ge=256, le=832)] = 576  # 576: 80 mm paper, 384: 58 mm
    columns: Annotated[int, msgspec.Meta(ge=0, le=80)] = 0  # 0: dots / 12
    template: str = ""  # "": slip.toml of this folder
    fonts: tuple[str, ...] = ()  # tried before Debian's usual ones, for characters the printer lacks

    cut: Literal["partial", "full", "none"] = "partial"  # "none": no knife; the paper is fed to the edge to tear at
    tells_changes: bool = False  # the printer knows GS a, and tells of paper and cover by itself
    answers_in_order: bool = True  # the printer knows GS r: what it answers then was printed
    print_s: Positive = 8.0  # how long a slip may take before its outcome is "unknown"
    answer_s: Positive = 0.5  # how long the printer may take to answer DLE EOT
    poll_s: Annotated[float, msgspec.Meta(gt=0, le=0.8)] = 0.5  # how often an idle printer is asked how it is

    reader: str = ""  # port of the identity card reader; "": none is fitted
    reader_s: Positive = 2.0  # how long it may take to answer; reading a card takes longest
    card_s: Positive = 20.0  # how long a card is waited for
    identity_s: Positive = 30.0  # how long a card that was read first may wait for the choice of a service

    scanner: str = ""  # port of the bar code scanner; "": none is fitted
    scanner_baud: Literal[9600, 19200, 38400, 57600, 115200] = 9600

    panel: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None  # port of the touch page; absent: no page; 0: any
    buttons: dict[Letter, Pin] = {}  # service letter → GPIO number (BCM)
    button_up_s: float = 0.05  # a press counts once the button was up this long: contacts bounce
    double_tap_s: float = 1.0  # a second tap on the same service within this is the same wish

    resend_s: Positive = 2.0  # the request for a ticket is repeated once after this
    hub_s: Positive = 3.0  # and after this the machine helps itself from its own series
    clear_s: Positive = 30.0  # words and ticket leave the page after this
    utc_offset_h: Annotated[float, msgspec.Meta(ge=-12, le=14)] = 8.0  # of the wall clock on slips of the own series

    def __post_init__(self) -> None:
        """Raises ValueError naming both users of a pin, or of a port; or what a machine cannot do without."""
        refuse_shared({"buttons": self.buttons.items()})
        if self.driver == "serial":
            self._refuse_shared_ports()
            if not self.printer and self.panel is None:
                raise ValueError("printer = false and no panel: nobody would get a ticket; fit one of them")

    def _refuse_shared_ports(self) -> None:
        ports = {"port": self.port if self.printer else "", "reader": self.reader, "scanner": self.scanner}
        users: dict[str, str] = {}
        for user, port in ports.items():
            if port and port in users:
                raise ValueError(f"{port} is given to {users[port]} and to {user}: name the port of each")
            users[port] = user

    @property
    def line_columns(self) -> int:
        """Half-width characters on a line; a Chinese one takes two."""
        return self.columns or self.dots // 12
