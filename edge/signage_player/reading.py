"""How the hub's sentences are read aloud: numbers as words, letters by name, each piece what one clip holds. Pure.

一 is read yī, as the hub writes it, not yāo as in telephone numbers; a hall that wants yāo records its 一 so.
"""

import re
from typing import Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["zh", "en"]
COMMA_S = 0.15

_ZH_DIGITS = "零一二三四五六七八九"
_EN_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EN_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_CARDINAL_MAX = 9999  # what is longer is no counter: it is read digit by digit

# A hanzi digit that follows a letter or another one belongs to a ticket's number: said singly, so that 一号 of 零一号
# is not joined to yíhào.
_ZH_PIECE = re.compile(rf"[A-Za-z]|[0-9]+|(?<=[A-Za-z{_ZH_DIGITS}])[{_ZH_DIGITS}]|[、，。；：,.;:!?！？]|\S")
_EN_PIECE = re.compile(r"[0-9]+|[A-Z](?![a-z'])|[A-Za-z]+(?:'[a-z]+)?|[,.;:!?]")


class Piece(msgspec.Struct, frozen=True):
    """One stretch of speech, such as 「号到」; empty: a pause at a comma."""

    text: str = ""


def pieces(text: str, language: Language) -> tuple[Piece, ...]:
    """Signs that nobody can say are left out; so is a pause at the end."""
    found = _zh(text) if language == "zh" else _en(text)
    while found and not found[-1].text:
        found = found[:-1]
    return tuple(found)


def parts(piece: str, language: Language, known: frozenset[str]) -> tuple[str, ...] | None:
    """The fewest-steps way to say a piece from `known` words, the longest first; None where one is missing."""
    signs, joint = (list(piece), "") if language == "zh" else (piece.split(), " ")
    found: list[str] = []
    while signs:
        long = next((n for n in range(len(signs), 0, -1) if joint.join(signs[:n]) in known), 0)
        if not long:
            return None
        found.append(joint.join(signs[:long]))
        signs = signs[long:]
    return tuple(found)


def _zh(text: str) -> list[Piece]:
    found: list[Piece] = []
    run = ""
    for match in _ZH_PIECE.finditer(text):
        sign = match[0]
        single = sign.isascii() or sign in "、，。；：！？" or _is_singly_said(match)
        if not single:
            run += sign
            continue
        found += [Piece(run)] if run else []
        run = ""
        found.append(_zh_single(sign))
    return found + ([Piece(run)] if run else [])


def _is_singly_said(match: re.Match[str]) -> bool:
    """A digit of a ticket's number."""
    before = match.string[max(0, match.start() - 1) : match.start()]
    after_letter = before.isascii() and before.isalpha()
    return match[0] in _ZH_DIGITS and bool(before) and (after_letter or before in _ZH_DIGITS)


def _zh_single(sign: str) -> Piece:
    if sign.isdigit() and sign.isascii():
        return Piece(_zh_cardinal(sign))
    if sign.isascii() and sign.isalpha():
        return Piece(sign.upper())
    return Piece(sign if sign in _ZH_DIGITS else "")


def _en(text: str) -> list[Piece]:
    """Words that follow each other are one stretch; letters, and digits after a letter, are said singly."""
    found: list[Piece] = []
    run: list[str] = []
    for sign in _EN_PIECE.findall(text):
        if len(sign) > 1 and sign[0].isalpha() and sign not in _EN_DIGITS:
            run.append(sign.lower())
            continue
        found += [Piece(" ".join(run))] if run else []
        run = []
        if sign.isdigit():
            found.append(Piece(_en_cardinal(sign)))
        else:
            found.append(Piece(sign if sign[0].isalpha() else ""))
    return found + ([Piece(" ".join(run))] if run else [])


def _zh_cardinal(digits: str) -> str:
    """十二, 一百零三 …: as counters are named; zeros in front are not said."""
    number = int(digits)
    if number > _CARDINAL_MAX:
        return "".join(_ZH_DIGITS[int(digit)] for digit in digits)
    if number < 10:
        return _ZH_DIGITS[number]
    said, skipped = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if not digit:
            skipped = bool(said)
            continue
        said += ("零" if skipped else "") + _ZH_DIGITS[digit] + name
        skipped = False
    return said.removeprefix("一") if number < 20 else said


def _en_cardinal(digits: str) -> str:
    number = int(digits)
    if number > _CARDINAL_MAX:
        return " ".join(_EN_DIGITS[int(digit)] for digit in digits)
    if number < 20:
        return (*_EN_DIGITS, *_EN_TEENS)[number]
    if number < 100:
        tens, one = divmod(number, 10)
        return _EN_TENS[tens] + (f" {_EN_DIGITS[one]}" if one else "")
    unit, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    above, rest = divmod(number, unit)
    return f"{_EN_DIGITS[above]} {name}" + (f" {_en_cardinal(str(rest))}" if rest else "")
