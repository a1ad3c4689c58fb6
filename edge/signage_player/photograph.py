"""A picture of the screen, small enough for one message: mpv's own, or the same tiles laid over the film's picture."""

import io
from pathlib import Path

from PIL import Image

from edge.signage_player.layout import Box, Plan
from edge.signage_player.mpv import Mpv, MpvRefusedError
from edge.signage_player.overlays import Overlays

BYTES_MAX = 40_000  # 53,400 in base64; a message may have 65,536 (wire/codec.py)
_WIDTHS = (960, 800, 640, 480, 320)
_QUALITIES = (80, 65, 50)
_GROUND = "#061f4a"


def photograph(mpv: Mpv, overlays: Overlays, plan: Plan, size: tuple[int, int], shift: float) -> tuple[bytes, str]:
    """JPEG, and in words how it was made. Raises MpvGoneError, OSError.

    Outputs with a window or a display give what they show; the others give the film's picture, without overlays.
    """
    path = overlays.folder / "screenshot.jpg"
    try:
        image = _shot(mpv, path, "window")
        how = "屏幕实拍 as the output shows it"
    except MpvRefusedError:
        image = _composed(_film(mpv, path), overlays, plan, size, shift)
        how = "由画面与叠加层合成 put together from film and tiles: this output gives no picture of itself"
    finally:
        path.unlink(missing_ok=True)
    return small(image), f"{how}, {size[0]} x {size[1]}"


def small(image: Image.Image, bytes_max: int = BYTES_MAX) -> bytes:
    """JPEG of at the most `bytes_max` bytes: as wide, then as fine, as that allows."""
    found, image = b"", image.convert("RGB")
    for width in _WIDTHS:
        ratio = min(1.0, width / max(image.size))
        scaled = image.resize(
            (max(1, round(image.width * ratio)), max(1, round(image.height * ratio))), Image.Resampling.LANCZOS
        )
        for quality in _QUALITIES:
            sheet = io.BytesIO()
            scaled.save(sheet, "JPEG", quality=quality, optimize=True)
            found = sheet.getvalue()
            if len(found) <= bytes_max:
                return found
    return found


def _shot(mpv: Mpv, path: Path, what: str) -> Image.Image:
    mpv.command("screenshot-to-file", str(path), what)
    with Image.open(path) as image:
        image.load()
        return image


def _film(mpv: Mpv, path: Path) -> Image.Image | None:
    try:
        return _shot(mpv, path, "video")
    except MpvRefusedError:
        return None


def _composed(
    film: Image.Image | None, overlays: Overlays, plan: Plan, size: tuple[int, int], shift: float
) -> Image.Image:
    whole = Image.new("RGB", size, _GROUND)
    if film is not None:
        _fit(whole, film, plan.zone)
    for tile in plan.tiles:
        painted = overlays.picture(tile, shift)
        if painted is not None:
            whole.paste(painted.convert("RGB"), (tile.x, tile.y))
    return whole


def _fit(whole: Image.Image, film: Image.Image, zone: Box) -> None:
    """As large as the zone holds it, in its middle."""
    ratio = min(zone.w / film.width, zone.h / film.height)
    scaled = film.convert("RGB").resize((max(1, round(film.width * ratio)), max(1, round(film.height * ratio))))
    whole.paste(scaled, (zone.x + (zone.w - scaled.width) // 2, zone.y + (zone.h - scaled.height) // 2))
