"""The code by which a person tells one waiting board from another: the same on the board and at the hub, unasked.

It is the first 40 bits of the SHA-256 of the board's public key (SubjectPublicKeyInfo, DER) in Crockford's base32,
whose alphabet has no I, L, O and U. It recognises a board among those that wait, and proves nothing.
"""

LENGTH = 8

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISTAKEN = str.maketrans("OIL", "011", " -\t")


def code(key_sha256: str) -> str:
    """`key_sha256`: 64 hexadecimal digits. Raises ValueError."""
    bits = int.from_bytes(bytes.fromhex(key_sha256)[:5], "big")
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))


def shown(code: str) -> str:
    """As it is put on displays, slips and labels: `XXXX-XXXX`."""
    return f"{code[:4]}-{code[4:]}"


def read(text: str) -> str:
    """What a person typed, forgivingly: case, dashes and spaces do not count, O is 0, I and L are 1.

    Raises ValueError.
    """
    found = text.strip().upper().translate(_MISTAKEN)
    if len(found) != LENGTH or not set(found) <= set(_ALPHABET):
        raise ValueError(f"{text!r} is no pairing code: eight letters and digits, such as 7K3M-0QXA")
    return found
