"""A person as they say they are, checked and spelled in one way: names, identity numbers, passports, phones. Pure.

Sources: GB 11643-1999 (18 digits; 15 before 1999); ISO 7064 MOD 11-2; numbering plan of the mainland's mobile phones.
"""

import re
import unicodedata
from datetime import date
from typing import Literal, TypeAlias, get_args

import msgspec

Kind: TypeAlias = Literal["resident-id", "passport", "permit", "other"]
"""`resident-id`: also residence permits of 18 characters; `permit`: to enter the mainland, and the like."""

NAME_MAX = 60  # characters: the longest names of minorities and foreigners on certificates
_CHECKS = "10X98765432"
_MOBILE = re.compile(r"(?:(?:\+|00)86)?(1[3-9]\d{9})")
_ABROAD = re.compile(r"(?:\+|00)([1-9]\d{6,14})")  # ITU-T E.164: 15 digits at the most
_PAPER = re.compile(r"[A-Z0-9]{5,20}")
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅", "·"))  # what keyboards give for the dot of names
_UNASSIGNED_HAN = range(0x20000, 0x40000)  # planes 2 and 3 have nothing else; newer ones than Python's tables too


class Person(msgspec.Struct, frozen=True):
    """`phone` empty: they have none. `repr` shows nobody, so that no log line can."""

    name: str
    number: str
    phone: str
    kind: str = "resident-id"

    def __repr__(self) -> str:
        return f"Person(kind={self.kind!r})"


class BadPersonError(ValueError):
    """What cannot be a person's. `code`: bad-name, bad-number, bad-check-digit, bad-birthday, bad-paper, bad-phone,
    bad-kind; each has its words in the catalogue as `people.CODE`. What was given is not in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked(person: Person, today: date) -> Person:
    """As it is kept. `today`: nobody is born later. Raises BadPersonError."""
    if person.kind not in get_args(Kind):
        raise BadPersonError("bad-kind")
    phone = phone_of(person.phone) if person.phone.strip() else ""
    number = number_of(person.number, today) if person.kind == "resident-id" else paper_of(person.number)
    return Person(name_of(person.name), number, phone, person.kind)


def name_of(text: str) -> str:
    """Rare characters are taken as they are, those beyond the BMP and of private use too."""
    name = " ".join(unicodedata.normalize("NFC", text).translate(_DOTS).split())
    letters = sum(unicodedata.category(sign)[0] == "L" or _is_rare(sign) for sign in name)
    if not (letters > 0 and len(name) <= NAME_MAX and all(map(_is_of_names, name))):
        raise BadPersonError("bad-name")
    return name


def number_of(text: str, today: date) -> str:
    """18 characters; one of 15 digits is given the century and the check character that it has on newer cards."""
    number = _plain(text)
    if re.fullmatch(r"[1-9]\d{14}", number):
        body = f"{number[:6]}19{number[6:]}"
        number = body + check_character(body)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        raise BadPersonError("bad-number")
    if not _is_birthday(number[6:14], today):
        raise BadPersonError("bad-birthday")
    if check_character(number[:17]) != number[17]:
        raise BadPersonError("bad-check-digit")
    return number


def check_character(digits: str) -> str:
    """Of 17 digits: digit i of them counts 2 ** (17 - i), modulo 11."""
    return _CHECKS[sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits)) % 11]


def paper_of(text: str) -> str:
    """Passports and permits: every state has its own rules, so that only what no paper has is refused."""
    number = _plain(text).replace("-", "").replace("(", "").replace(")", "")
    if not _PAPER.fullmatch(number) or not any(sign.isdigit() for sign in number):
        raise BadPersonError("bad-paper")
    return number


def phone_of(text: str) -> str:
    """`13812345678` for the mainland, `+85291234567` for elsewhere."""
    phone = re.sub(r"[-().]", "", _plain(text))
    if found := _MOBILE.fullmatch(phone):
        return found[1]
    if (found := _ABROAD.fullmatch(phone)) and not found[1].startswith("86"):
        return f"+{found[1]}"
    raise BadPersonError("bad-phone")


def _plain(text: str) -> str:
    """ASCII digits and capitals, whatever the keyboard gave. Digits of other scripts stay, and fit nowhere."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper().replace("−", "-").replace("–", "-")
    return plain if plain.isascii() else ""


def _is_birthday(text: str, today: date) -> bool:
    try:
        return date(1850, 1, 1) <= date(int(text[:4]), int(text[4:6]), int(text[6:])) <= today
    except ValueError:
        return False


def _is_of_names(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM" or sign in " ·-'’.་" or _is_rare(sign)


def _is_rare(sign: str) -> bool:
    return unicodedata.category(sign) == "Co" or ord(sign) in _UNASSIGNED_HAN
