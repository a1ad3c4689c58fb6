"""What an appointment is known by at the hall: easily read out and typed, hard to guess, and no ticket's number."""

import re
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0 and 1, which are taken for each other
LENGTH = 10  # 50 bits; a ticket's number has six characters at the most
PREFIX = "TXA:"
"""Before the code in a QR: a scanner tells it from anything else, and all of it is in the QR's alphanumeric mode."""

_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def in_qr(code: str) -> str:
    return PREFIX + code


def shown(code: str) -> str:
    """In two groups, as people read it."""
    return f"{code[: LENGTH // 2]} {code[LENGTH // 2 :]}"


def read_code(text: str) -> str:
    """The code in what was scanned or typed, with or without the prefix, in groups or not; empty: there is none."""
    plain = "".join(text.upper().replace("-", "").split()).removeprefix(PREFIX)
    return plain if _CODE.fullmatch(plain) else ""
