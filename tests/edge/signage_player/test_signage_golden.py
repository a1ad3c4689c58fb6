"""What people see on a screen, as pictures in tests/golden/signage_player.

Renewed by `TINGXU_RENEW=1 scripts/test tests/edge/signage_player/test_signage_golden.py`: look at what changed before
you keep it. Fonts differ a little between releases, so a picture may differ by a little all over, and nowhere by much.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from edge.signage_player import layout, screen
from edge.signage_player.hallclock import Clock
from edge.signage_player.logic import ShowBoard
from edge.signage_player.settings import Settings

GOLDEN = Path(__file__).parents[2] / "golden" / "signage_player"
CLOCK = Clock("09:41", "1月5日 星期一")
NUMBERS = ("A012", "B007", "A011", "C003", "A010", "B006")
_MEAN_MAX, _SPOT_MAX = 2.0, 70  # of 255: over the whole picture, and over any spot of 8 x 8 pixels


def composed(board: ShowBoard, width: int, height: int, *, media: bool = False) -> Image.Image:
    """The tiles as mpv lays them over each other; where media play, grey."""
    plan = layout.plan(board, width, height, rows=6, media=media, moving=False)
    whole = Image.new("RGB", (width, height), "#808080") if media else screen.background(width, height)
    for tile in plan.tiles:
        top = tile.frame * tile.look.h
        painted = screen.paint(tile.look, Settings().fonts).convert("RGB")
        whole.paste(painted.crop((0, top, tile.look.w, top + tile.look.h)), (tile.x, tile.y))
    return whole


CASES: dict[str, tuple[dict[str, Any], tuple[int, int], bool]] = {
    "board": ({"clock": CLOCK, "lit": True}, (640, 360), False),
    "board-with-film": ({"clock": CLOCK}, (640, 360), True),
    "an-earlier-call-is-said": ({"clock": CLOCK, "lit": True, "blinking": ("A011", "3")}, (640, 360), False),
    "upright": ({"clock": CLOCK, "lit": True}, (360, 640), False),
    "upright-with-film": ({"clock": CLOCK}, (360, 640), True),
    "without-the-hub": ({"clock": CLOCK, "notice": True, "calls": (), "waiting": ()}, (640, 360), False),
    "nobody-called-yet": ({"calls": ()}, (640, 360), False),
    "pairing": ({"pairing": "7K3M-0QXA"}, (640, 360), False),
    "pairing-upright": ({"pairing": "7K3M-0QXA"}, (360, 640), False),
    "here": ({"clock": CLOCK, "here": "这里 HERE · signage-player-3f9a"}, (640, 360), False),
    "pattern": ({"pattern": "tv-01 dongcheng/f2"}, (640, 360), False),
}


@pytest.mark.parametrize("name", CASES)
def test_the_screen_shows_what_the_golden_picture_shows(name: str, screen: Callable[..., ShowBoard]) -> None:
    changes, (width, height), media = CASES[name]
    seen = composed(screen(*NUMBERS, **changes), width, height, media=media)
    path = GOLDEN / f"{name}.png"
    if os.environ.get("TINGXU_RENEW"):
        path.parent.mkdir(parents=True, exist_ok=True)
        seen.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    kept = Image.open(path).convert("RGB")
    assert kept.size == seen.size
    difference = ImageChops.difference(kept, seen).convert("L")
    assert ImageStat.Stat(difference).mean[0] < _MEAN_MAX
    spots = difference.resize((width // 8, height // 8), Image.Resampling.BOX)
    assert spots.getextrema()[1] < _SPOT_MAX, f"look at {path}, and at what is painted now"
