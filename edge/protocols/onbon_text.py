"""Text for an Onbon BX card: fonts and colours by escapes, characters in the card's own charset. Pure.

Source: 《BX-5K/6K通讯协议用户版本》 1.4, §11.
"""

from typing import Literal, TypeAlias

import msgspec

Colour: TypeAlias = Literal["red", "green", "yellow"]
Charset: TypeAlias = Literal["gb2312", "gbk"]

_COLOURS: dict[str, bytes] = {"red": b"\\C1", "green": b"\\C2", "yellow": b"\\C3"}
_FONTS = {16: b"000", 24: b"001", 32: b"002"}  # names that the card's own software gives them by default
_LACKING = "〓"  # GB2312's own sign for a character that cannot be shown
_CUT = "…"


class Content(msgspec.Struct, frozen=True):
    """`text`: bytes for the card; `lacking`: characters that became 〓; `cut`: it was too long, and ends with an …"""

    text: bytes
    lacking: str = ""
    cut: bool = False


def content(text: str, colour: Colour, font_dots: int, charset: Charset, bytes_max: int) -> Content:
    """`font_dots`: 16, 24 or 32; Chinese and Latin font are named first, as §11.2 wants."""
    font = _FONTS[font_dots]
    style = b"\\FO" + font + b"\\FE" + font + _COLOURS[colour]
    pieces = [_piece(character, charset) for character in text]
    lacking = "".join(dict.fromkeys(one for one, piece in zip(text, pieces, strict=True) if piece is None))
    room, whole = bytes_max - len(style), [piece or _LACKING.encode("gb2312") for piece in pieces]
    cut = sum(map(len, whole)) > room
    while sum(map(len, whole)) > room - len(_CUT.encode("gbk")) * cut:
        whole.pop()
    return Content(style + b"".join(whole) + (_CUT.encode("gbk") if cut else b""), lacking, cut)


def _piece(character: str, charset: Charset) -> bytes | None:
    """One character; what would begin an escape is written in full width, and a line never breaks."""
    if character.isspace():
        return b" "
    try:
        piece = "＼".encode("gbk") if character == "\\" else character.encode("gbk")
        piece.decode(charset)  # GBK's ways of writing GB2312's signs are also those of the cards: · is A1A4
    except UnicodeError:
        return None
    return piece
