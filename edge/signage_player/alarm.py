"""How an emergency looks: a red sheet with a sign and words, to be read from ten metres and without colours."""

from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from edge.signage_player.layout import Alarm

RED, WHITE, YELLOW = "#b3141a", "#ffffff", "#ffd54a"
HEADING = "紧急通知 EMERGENCY"
_SIZES = (150, 132, 116, 100, 86, 74, 64, 54, 46)  # of the words, in 1/1080 of the screen; the largest that fits

FontOf = Callable[[float], ImageFont.FreeTypeFont]


def paint(look: Alarm, font_of: FontOf) -> Image.Image:
    image = Image.new("RGBA", (look.w, look.h), RED)
    draw = ImageDraw.Draw(image)
    margin = round(60 * look.unit)
    top = _heading(draw, look, font_of, margin)
    lines = _lines(look, font_of, look.w - 2 * margin, look.h - top - margin)
    height = sum(step for _, _, step in lines)
    y = top + max(0.0, (look.h - margin - top - height) / 2)
    for text, font, step in lines:
        draw.text((look.w / 2, y + step / 2), text, font=font, fill=WHITE, anchor="mm")
        y += step
    return image


def _heading(draw: ImageDraw.ImageDraw, look: Alarm, font_of: FontOf, margin: int) -> float:
    """A warning triangle (as in ISO 7010 W001) and what this is; returns where the words may begin."""
    size = 110 * look.unit
    x, y = float(margin), margin * 0.8
    draw.polygon([(x, y + size), (x + size * 1.15, y + size), (x + size * 0.575, y)], fill=YELLOW)
    sign = font_of(size * 0.62)
    draw.text((x + size * 0.575, y + size * 0.66), "!", font=sign, fill="#000000", anchor="mm")
    draw.text((x + size * 1.5, y + size * 0.55), HEADING, font=font_of(64 * look.unit), fill=YELLOW, anchor="lm")
    return y + size * 1.15


def _lines(
    look: Alarm, font_of: FontOf, width: float, height: float
) -> list[tuple[str, ImageFont.FreeTypeFont, float]]:
    """Text, font and height of each line: Chinese large, English beneath at half its size."""
    lines: list[tuple[str, ImageFont.FreeTypeFont, float]] = []
    for size in _SIZES:
        zh, en = font_of(size * look.unit), font_of(max(40.0, size * 0.5) * look.unit)
        lines = [(text, zh, zh.size * 1.3) for text in _even(look.zh, zh, width)]
        lines += [(text, en, en.size * 1.35) for text in _even(look.en, en, width)]
        if sum(step for _, _, step in lines) <= height:
            break
    return lines


def _even(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """As few lines as there can be, and none much shorter than the others."""
    fewest = _wrapped(text, font, width)
    narrower = (_wrapped(text, font, width * share / 20) for share in range(8, 20))
    return next((lines for lines in narrower if len(lines) == len(fewest)), fewest)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Between words where there are blanks, else anywhere, as Chinese is."""
    lines, line = [], ""
    for word in _words(" ".join(text.split())):
        if line and font.getlength((line + word).rstrip()) > width:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def _words(text: str) -> list[str]:
    """Latin words with the blank after them, Chinese characters each by itself."""
    words, word = [], ""
    for sign in text:
        if ord(sign) > 0x2E7F:
            words += [word, sign] if word else [sign]
            word = ""
        else:
            word += sign
            if sign == " ":
                words.append(word)
                word = ""
    return [*words, word] if word else words
