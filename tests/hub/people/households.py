"""People for tests: invented, with numbers that could be."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from hub.people.messages import MemoryMessenger, Messenger
from hub.people.people import People
from hub.people.persons import Person
from hub.pseudonyms import Pseudonyms

KEY, PEPPER = bytes(range(32)), bytes(32)
NUMBER = "11010519491231002X"  # the standard's own example
ZHANG = Person("张三丰", NUMBER, "13800001234")


def utc_now() -> datetime:
    return datetime.now(UTC)


def people_of(
    engine: Engine,
    *,
    key: bytes = KEY,
    messenger: Messenger | None = None,
    now: Callable[[], datetime] = utc_now,
    **more: Any,
) -> People:
    def words(code: str, minutes: int, language: str) -> str:
        return f"{language} {code} {minutes}"

    return People(engine, Pseudonyms(PEPPER), key, messenger or MemoryMessenger(), now, words, **more)
