"""How an emergency looks: tests/golden/signage. Anew: `python -m tests.edge.signage_player.test_signage_alarm`."""

import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from edge.signage_player import alarm
from edge.signage_player.layout import plan
from edge.signage_player.logic import ShowBoard, Words
from edge.signage_player.screen import paint
from edge.signage_player.settings import Settings

GOLDEN = Path(__file__).parents[2] / "golden" / "signage"
LONG = Words(
    "大厅三层电气故障，请工作人员引导群众从东侧楼梯下楼，不要乘坐电梯；行动不便者请在原地等候工作人员协助，谢谢配合",
    "Electrical fault on the third floor. Please follow the staff down the east stairs and do not use the lifts.",
)
SHORT = Words("请从最近的安全出口有序离开", "Please leave by the nearest exit. Do not use the lifts.")
CASES = {
    "alarm-wide": (SHORT, 960, 540, False),
    "alarm-wide-with-picture": (LONG, 960, 540, True),
    "alarm-upright": (SHORT, 540, 960, False),
}


def picture(words: Words, width: int, height: int, media: bool) -> Image.Image:
    """The screen; where the emergency's own picture would be it is green."""
    made = plan(ShowBoard(alarm=words), width, height, rows=6, media=media, moving=False)
    image = Image.new("RGB", (width, height), "#2aa080")
    for tile in made.tiles:
        image.paste(paint(tile.look, Settings().fonts).convert("RGB"), (tile.x, tile.y))
    return image


@pytest.mark.parametrize("name", CASES)
def test_it_looks_as_it_did(name: str) -> None:
    """Another release of the font may draw a little otherwise; where things are and how large stays."""
    now, before = picture(*CASES[name]), Image.open(GOLDEN / f"{name}.png").convert("RGB")
    assert now.size == before.size
    small = [image.resize((image.width // 6, image.height // 6)) for image in (now, before)]
    assert max(ImageStat.Stat(ImageChops.difference(*small)).mean) < 2.0


def test_words_stay_on_the_sheet_however_long_they_are() -> None:
    words = Words("紧" * 80, "Emergency " * 16)
    for width, height, media in ((1920, 1080, False), (1920, 1080, True), (1080, 1920, True), (960, 540, True)):
        (sheet, *_) = plan(ShowBoard(alarm=words), width, height, rows=6, media=media, moving=False).tiles
        image = paint(sheet.look, Settings().fonts).convert("RGB")
        edge = 4
        frame = [
            image.crop((0, 0, edge, image.height)),
            image.crop((image.width - edge, 0, image.width, image.height)),
            image.crop((0, image.height - edge, image.width, image.height)),
        ]
        assert {colour for side in frame for _, colour in side.getcolors()} == {(0xB3, 0x14, 0x1A)}


def test_lines_are_about_as_long_as_each_other() -> None:
    lines = alarm._even("请从最近的安全出口有序离开", alarm_font(64), 700)
    assert len(lines) == 2
    assert abs(len(lines[0]) - len(lines[1])) <= 2


def alarm_font(size: float):
    from edge.signage_player.screen import _font

    return _font(Settings().fonts, size)


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        picture(*case).quantize(64).save(GOLDEN / f"{name}.png", optimize=True)
    sys.exit(0)
