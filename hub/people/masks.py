"""What others than the person may see of them, by type. Pure."""

import re

import msgspec

from hub.people.persons import Person

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\ue000-\uf8ff\U00020000-\U0003ffff\U000f0000-\U0010ffff]")
_BESIDE = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u0300-\u036f"  # selects or completes the character before
_CHARACTER = re.compile(rf"[^{_BESIDE}][{_BESIDE}]*")


class Masked(msgspec.Struct, frozen=True):
    """张*, 110105********1234, 138****1234; `phone` empty: they have none."""

    name: str
    number: str
    phone: str


def masked(person: Person) -> Masked:
    return Masked(name(person.name), number(person.number), phone(person.phone))


def name(text: str) -> str:
    """张*, 张**, and 欧** for four and more too; 阿**·** and J** ** where it has parts, as on slips."""
    parts = re.split(r"([·\s])", text)
    return "".join(part if part in ("·", " ", "") else _part(part, at) for at, part in enumerate(parts))


def number(text: str) -> str:
    """Of an identity number the place and the last characters, not the birthday; of other papers the first and two."""
    if re.fullmatch(r"\d{17}[\dXx]", text):
        return f"{text[:6]}{'*' * 8}{text[14:]}"
    if re.fullmatch(r"\d{15}", text):
        return f"{text[:6]}{'*' * 6}{text[12:]}"
    return _ends(text, 1, 2)


def phone(text: str) -> str:
    """138****1234; elsewhere +85*****67."""
    return f"{text[:3]}****{text[-4:]}" if re.fullmatch(r"1\d{10}", text) else _ends(text, 3, 2)


def _part(text: str, at: int) -> str:
    """Only the first part shows a character: of two parts, two would be half a name."""
    signs: list[str] = _CHARACTER.findall(text)
    if at:
        return "*" * min(2, len(signs))
    if len(signs) == 1:
        return signs[0] if not _CJK.match(text) else f"{signs[0]}*"
    return signs[0] + "*" * min(2, len(signs) - 1)


def _ends(text: str, first: int, last: int) -> str:
    """Nothing at all of what is too short to hide anything."""
    hidden = len(text) - first - last
    return "*" * len(text) if hidden < last + first else f"{text[:first]}{'*' * hidden}{text[-last:]}"
