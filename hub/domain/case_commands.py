"""What people wish to do in the case of a negative rating."""

from datetime import datetime

import msgspec

from hub.domain.case_events import Ground, Outcome


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`by` empty: the citizen. `key`: the same again by the same person is the same wish. `day`: of `at`, on the hall's
    calendar."""

    at: datetime
    by: str
    key: str
    day: str
    note: str = ""


class Assign(Command, frozen=True, kw_only=True):
    to: str


class Note(Command, frozen=True, kw_only=True):
    """Needs a note."""


class Verify(Command, frozen=True, kw_only=True):
    """Needs a note: what was found out."""

    outcome: Outcome
    ground: Ground = ""


class Rectify(Command, frozen=True, kw_only=True):
    """Needs a note: what was put right."""


class Answer(Command, frozen=True, kw_only=True):
    """`answer`: to the citizen."""

    answer: str


class Review(Command, frozen=True, kw_only=True):
    """`good`: the case is closed; else it goes back, and needs a note. `appeal_until`: the last day on which the
    citizen may appeal. `same_may`: the hall lets somebody review their own work."""

    good: bool
    appeal_until: str
    same_may: bool = False


class Reopen(Command, frozen=True, kw_only=True):
    """Needs a note."""

    due: str


class ClerkAppeal(Command, frozen=True, kw_only=True):
    """Needs a note: why the rating is wrong."""


class DecideClerkAppeal(Command, frozen=True, kw_only=True):
    """Needs a note. Upheld, it needs a ground, and an answer to the citizen as well. `same_may`: as of a review."""

    upheld: bool
    ground: Ground = ""
    answer: str = ""
    appeal_until: str
    same_may: bool = False


class TakeBack(Command, frozen=True, kw_only=True):
    """`decides`: may take back what others did."""

    decides: bool


class CitizenRate(Command, frozen=True, kw_only=True):
    level: int


class CitizenWrite(Command, frozen=True, kw_only=True):
    """Needs a note: what they have to say of it."""


class CitizenAppeal(Command, frozen=True, kw_only=True):
    """Needs a note. `due`: the new deadline."""

    due: str
