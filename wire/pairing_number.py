"""The pairing code for what has no letters: six digits from 1 to 6, which a lamp can flash and seven segments can show.

K, M, V, W and X cannot be told apart on seven segments, and nobody counts eight flashes rightly. Two boards that wait
may have the same number (of 46 656): then they are told apart by their label or hint. What is approved is the code.
"""

from wire import pairing

LENGTH = 6
SIGNS = 6  # 1 … 6

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def number(code: str) -> str:
    """`code`: as `wire.pairing.read` gives it, with or without its dash. Raises ValueError."""
    value = 0
    for sign in pairing.read(code):
        value = 32 * value + _ALPHABET.index(sign)
    digits = ""
    for _ in range(LENGTH):
        value, digit = divmod(value, SIGNS)
        digits = str(digit + 1) + digits
    return digits


def shown(number: str) -> str:
    """Such as `146 235`: read in two breaths."""
    return f"{number[:3]} {number[3:]}"
