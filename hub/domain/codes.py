"""The code of an appointment as people bring it: in a QR code, or typed from a message. Read here and nowhere else."""

MARK = "TXA:"
"""Stands before the code in a QR code, so that a machine knows what it reads."""


def in_qr(code: str) -> str:
    """The text of the QR code that its citizen shows."""
    return MARK + code


def read(said: str) -> str:
    """The code in what was scanned or typed, in capitals without blanks and hyphens. What is no code stays none."""
    bare = "".join(said.split()).replace("-", "").upper()
    return bare.removeprefix(MARK)
