"""Citizens' identity numbers (公民身份号码) and how names are shown to others. Pure.

Source: GB 11643-1999: six digits of a place, eight of a birthday, three in turn, and a check character by
ISO 7064 MOD 11-2.
"""

from datetime import date

_CHECKS = "10X98765432"


def is_valid(number: str) -> bool:
    """Whether it can be somebody's: 18 characters, a day that there was, the right check character."""
    if len(number) != 18 or not (number.isascii() and number[:17].isdigit()):
        return False
    return check_character(number[:17]) == number[17] and _is_day(number[6:14])


def check_character(digits: str) -> str:
    """Of the first 17 digits: digit i of them counts 2 ** (17 - i), modulo 11."""
    return _CHECKS[sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits)) % 11]


def masked(name: str) -> str:
    """The first character and a star for each other one, two at most: 测*, 测**."""
    return name[:1] + "*" * min(2, len(name) - 1)


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
