"""The `[device]` table of a repeater's configuration file."""

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    driver: str = "serial"
    port: str = "/dev/ttyUSB0"  # better a stable name of /dev/serial/by-id/
    baud: Annotated[int, msgspec.Meta(gt=0)] = 9600
    direction: Literal["auto", "rts"] = "auto"  # RS-485: the adapter switches its driver itself, or by RTS
    local_echo: bool = False  # the line gives back what we send ourselves
    rssi: Literal["none", "appended", "appended-half"] = "none"  # a byte of signal strength behind each frame
    poll_s: Seconds = 20.0  # how often each handheld is shown its content anew, and so asked whether it is there
    lost_s: Seconds = 65.0  # not heard for so long: lost
    retry_s: Seconds = 0.5  # a frame that a handheld did not echo is sent again after this
    retries_max: Annotated[int, msgspec.Meta(ge=0)] = 2
    repeat_s: Seconds = 0.8  # the same frame again within this is a handheld that missed its answer, or that answer
    answer_s: Seconds = 0.15  # the same frame again within this is another repeater's answer
    slot_s: Seconds = 0.04  # repeaters that answer the same repeat do so one after another, so far apart
    frames_per_s_max: Annotated[float, msgspec.Meta(ge=1)] = 5.0  # of one handheld; what comes faster is dropped
    strangers_per_s_max: Annotated[float, msgspec.Meta(ge=1)] = 20.0  # of all that are not ours, together
    stuck_after: Annotated[int, msgspec.Meta(ge=4)] = 20  # repeats in a row: a key is stuck, and answered no more
    turnaround_s: Annotated[float, msgspec.Meta(ge=0)] = 0.05  # the air is left free for the echo before the next frame
    star_level: Annotated[int, msgspec.Meta(ge=0, le=5)] = 5  # stars that evaluators light while they ask for nothing

    def __post_init__(self) -> None:
        """Raises ValueError for times that contradict each other."""
        if not self.port:
            raise ValueError('port is empty: name the serial port, such as "/dev/serial/by-id/usb-…"')
        if self.retry_s * (self.retries_max + 1) >= self.poll_s:
            raise ValueError(
                f"poll_s = {self.poll_s:g} is too short: {self.retries_max + 1} tries of retry_s = {self.retry_s:g} "
                "must fit into it"
            )
        if self.poll_s >= self.lost_s:
            raise ValueError(f"lost_s = {self.lost_s:g} must be longer than poll_s = {self.poll_s:g}")
        if self.answer_s >= self.repeat_s:
            raise ValueError(f"answer_s = {self.answer_s:g} must be shorter than repeat_s = {self.repeat_s:g}")
        if self.slot_s * 3 >= self.answer_s:
            raise ValueError(f"slot_s = {self.slot_s:g}: three slots must fit into answer_s = {self.answer_s:g}")
