"""Which GPIO serves what, as settings say it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias

import msgspec

Pin: TypeAlias = Annotated[int, msgspec.Meta(ge=2, le=27)]
"""A GPIO by its Broadcom number, as gpiozero counts; 0 and 1 belong to the board's own EEPROM."""


def refuse_shared(tables: Mapping[str, Iterable[tuple[str, int]]]) -> None:
    """`tables`: name of a settings table → its pairs of name and pin. Raises ValueError naming both users of a pin."""
    users: dict[int, str] = {}
    for table, pins in tables.items():
        for name, pin in pins:
            user = f"{table}.{name}"
            if pin in users:
                raise ValueError(f"GPIO {pin} is given to {users[pin]} and to {user}: give one of them another pin")
            users[pin] = user
