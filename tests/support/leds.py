"""A folder as the kernel's LED class has it, to stand in for /sys/class/leds."""

from pathlib import Path


def led_folder(root: Path, name: str = "ACT", trigger: str = "none [mmc0] heartbeat") -> Path:
    """The root that holds one LED; its `brightness` and `trigger` are plain files."""
    place = root / name
    place.mkdir(parents=True)
    (place / "trigger").write_text(trigger)
    (place / "brightness").write_text("0")
    return root
