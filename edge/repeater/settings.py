"""The `[device]` table of a repeater's configuration file."""

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    driver: str = "serial"
    port: str = "/dev/ttyUSB0"  # better a stable name of /dev/serial/by-id/
    baud: Annotated[int, msgspec.Meta(gt=0)] = 9600
    poll_s: Seconds = 20.0  # how often each handheld is shown its content anew, and so asked whether it is there
    lost_s: Seconds = 65.0  # not heard for so long: lost
    retry_s: Seconds = 0.5  # a frame that a handheld did not echo is sent again after this
    retries_max: Annotated[int, msgspec.Meta(ge=0)] = 2
    repeat_s: Seconds = 0.5  # the same frame again within this is a handheld that missed our acknowledgement
    frames_per_s_max: Annotated[float, msgspec.Meta(ge=1)] = 5.0  # of one handheld; what comes faster is dropped
    turnaround_s: Annotated[float, msgspec.Meta(ge=0)] = 0.05  # the air is left free for the echo before the next frame
    star_level: Annotated[int, msgspec.Meta(ge=0, le=5)] = 5  # stars that evaluators light while they ask for nothing
