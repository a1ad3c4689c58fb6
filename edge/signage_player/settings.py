"""What a technician may set for a signage player, in the `[device]` table."""

from typing import Annotated

import msgspec

Pixels = Annotated[int, msgspec.Meta(ge=240, le=8192)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
DayTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]  # HH:MM
Share = Annotated[int, msgspec.Meta(ge=0, le=100)]  # percent


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`driver`: `mpv` (a screen) or `simulated` (the same mpv without a screen and without sound)."""

    driver: str = "mpv"
    width: Pixels = 1920  # of the canvas, where the output does not tell its own size
    height: Pixels = 1080
    rows: Annotated[int, msgspec.Meta(ge=1, le=12)] = 6  # calls kept on the board
    blink_s: Seconds = 6.0  # how long a new call blinks; 0: not at all
    keep_s: Seconds = 60.0  # how long the last board stays when the hub is away
    ticker_px_s: Annotated[float, msgspec.Meta(ge=0, le=2000)] = 120.0  # 0: the ticker stands still

    mpv: str = "mpv"  # name on the PATH, or a path
    vo: str = "gpu"
    gpu_context: str = "drm"  # "" leaves it to mpv
    ao: str = ""  # "" leaves it to mpv; "null" is silent
    hwdec: str = "auto-safe"

    fonts: tuple[str, ...] = (  # the first that exists is used
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    )
    media_dir: str = "/var/lib/tingxu/media"  # played in a loop, by name
    image_s: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 12.0  # how long a still picture stays
    overlay_dir: str = (
        ""  # where painted tiles lie while they are shown; "": /dev/shm, else the system's temporary folder
    )
    media_mb_max: Annotated[int, msgspec.Meta(ge=10)] = 4000  # of the hub's media on this board's disk
    fetch_kb_s: Annotated[int, msgspec.Meta(ge=0)] = 1000  # how fast they are fetched, in kB/s; 0: no limit
    fetch_spread_s: Seconds = 20.0  # a fetch begins somewhere within, so that the hall's screens do not come together
    plays_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60.0  # how often what was played is written to the disk
    memory_mb_max: Annotated[int, msgspec.Meta(ge=0)] = 400  # mpv beyond this is restarted between two items; 0: no cap

    sync: bool = False  # in step with the other screens that play the same, by the hub's clock

    sound: bool = True  # there is a loudspeaker: the hub may have this screen announce for its area
    volume: Share = 100  # of announcements
    media_volume: Share = 60  # of films
    duck_volume: Share = 10  # of films while something is said
    chime: bool = True  # before each announcement
    clips_dir: str = "/var/lib/tingxu/clips"  # the hall's recorded voice, one WAV for each word
    voice_zh: str = "cmn"  # eSpeak NG's, where nothing is recorded
    voice_en: str = "en"
    speech_wpm: Annotated[int, msgspec.Meta(ge=80, le=450)] = 185  # how fast the synthesised voice speaks
    late_s: Seconds = 30.0  # an announcement this long past its time is not made any more
    quiet_from: DayTime = "00:00"  # nothing is announced from … until …, in the hall's time; equal: never quiet
    quiet_until: DayTime = "00:00"

    def __post_init__(self) -> None:
        if self.duck_volume > self.media_volume:
            raise ValueError(
                f"duck_volume = {self.duck_volume} is louder than media_volume = {self.media_volume}: "
                "films are to be softer while something is said"
            )
