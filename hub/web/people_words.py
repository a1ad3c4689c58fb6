"""What is said to people about what they typed, and on their phones."""

import math

from hub.people.codes import TooManyError
from hub.people.persons import BadPersonError
from hub.web.texts import LANGUAGES, Texts


def code_message(code: str, minutes: int, language: str) -> str:
    """The text with a one-time code."""
    return LANGUAGES[language]("people.code_message", code=code, minutes=minutes)


def what_is_wrong(texts: Texts, error: BadPersonError) -> str:
    return texts(f"people.{error.code}")


def too_many(texts: Texts, error: TooManyError) -> str:
    return texts("people.too-many", minutes=math.ceil(error.retry_s / 60))
