"""Fonts of a PDF, and what is done about a character that none of them has: it is never left out.

WenQuanYi Zen Hei (Debian: fonts-wqy-zenhei) is put into the file, so that any reader shows the same. It has the rare
characters of names in Unicode's first extension (䶮); those beyond (𠮷) come from HanaMin (Debian: fonts-hanazono).
What neither has, or is not installed, stands as its code: [U+20BB7]. Without Zen Hei the reader's own font is named.
"""

from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

_FONTS = Path("/usr/share/fonts")
_WANTED = (  # name, where it may be, which of a collection
    ("Zenhei", ("truetype/wqy/wqy-zenhei.ttc",), 0),
    ("HanaMinA", ("truetype/hanazono/HanaMinA.ttf", "truetype/hana/HanaMinA.ttf"), 0),
    ("HanaMinB", ("truetype/hanazono/HanaMinB.ttf", "truetype/hana/HanaMinB.ttf"), 0),
)
_LIKE = {"−": "-"}  # where a font has not the one, the other says the same
_READERS_OWN = "STSong-Light"  # in no file: the reader has it, or its like


class Fonts(msgspec.Struct, frozen=True):
    """`first`: what texts are set in. `others`: name → the characters that it has."""

    first: str
    known: dict[str, frozenset[int]]

    def marked_up(self, text: str) -> str:
        """For a paragraph: runs of other fonts are marked, `&` and `<` are escaped."""
        return "".join(
            escape(run) if font == self.first else f'<font name="{font}">{escape(run)}</font>'
            for font, run in self.runs(text)
        )

    def plain(self, text: str) -> str:
        """For where one font must do, as in charts."""
        return "".join(char if self._has(self.first, char) else _LIKE.get(char) or _code(char) for char in text)

    def runs(self, text: str) -> list[tuple[str, str]]:
        """(font, part of the text); what no font has stands as its code."""
        out: list[tuple[str, str]] = []
        for char in text:
            font = next((one for one in (self.first, *self.known) if self._has(one, char)), "")
            shown = char if font else _LIKE.get(char) or _code(char)
            font = font or self.first
            if out and out[-1][0] == font:
                out[-1] = (font, out[-1][1] + shown)
            else:
                out.append((font, shown))
        return out

    def _has(self, font: str, char: str) -> bool:
        if font in self.known:
            return ord(char) in self.known[font]
        return ord(char) < 0x3400 or _in_gb2312(char)


@cache
def fonts() -> Fonts:
    """Those of this machine, read once: some tenths of a second."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    known: dict[str, frozenset[int]] = {}
    for name, places, index in _WANTED:
        file = next((_FONTS / place for place in places if (_FONTS / place).exists()), None)
        if file is not None:
            font = TTFont(name, str(file), subfontIndex=index)
            pdfmetrics.registerFont(font)
            known[name] = frozenset(font.face.charToGlyph)
    if "Zenhei" in known:
        return Fonts("Zenhei", known)
    pdfmetrics.registerFont(UnicodeCIDFont(_READERS_OWN))
    return Fonts(_READERS_OWN, known)


def _in_gb2312(char: str) -> bool:
    """What a reader's own Chinese font is sure to have."""
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _code(char: str) -> str:
    return f"[U+{ord(char):04X}]"
