"""What happened in the case of a negative rating. `hub.domain.cases` says what it is after all that."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Outcome: TypeAlias = Literal["", "justified", "unjustified"]
Ground: TypeAlias = Literal["", "mistake", "malicious", "unfounded"]
"""Why a rating is not justified: pressed by mistake, given in bad faith, or nothing of it could be confirmed."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """`by`: an account or program; empty: the citizen. `key`: of the wish, so that the same wish twice is known.
    `note`: what they said of it, for the staff."""

    at: datetime
    by: str
    key: str = ""
    note: str = ""


class Opened(Event, frozen=True, kw_only=True, tag="opened"):
    """`ask`: its id, which says day and number. `rating`: the command that rated. `due`: the day by whose end the case
    is to be closed."""

    hall: str
    ask: str
    number: str
    service: str
    counter: str
    clerk: str
    level: int
    rating: str
    late: bool
    rated_at: datetime
    due: str


class Assigned(Event, frozen=True, kw_only=True, tag="assigned"):
    """`to` empty: to nobody any more."""

    to: str


class Noted(Event, frozen=True, kw_only=True, tag="noted"):
    """Said beside the steps; changes nothing."""


class Verified(Event, frozen=True, kw_only=True, tag="verified"):
    outcome: Outcome
    ground: Ground = ""


class Rectified(Event, frozen=True, kw_only=True, tag="rectified"):
    """The note says what was put right."""


class Answered(Event, frozen=True, kw_only=True, tag="answered"):
    """`answer`: to the citizen, who reads it on their phone."""

    answer: str


class Closed(Event, frozen=True, kw_only=True, tag="closed"):
    """The review found it good. `day`: on the hall's calendar; `appeal_until`: the last day of an appeal; `alone`: by
    who did what was reviewed."""

    day: str
    appeal_until: str
    alone: bool = False


class SentBack(Event, frozen=True, kw_only=True, tag="sent-back"):
    """The review found it not good enough."""


class Reopened(Event, frozen=True, kw_only=True, tag="reopened"):
    """A manager found that a closed case was not done, with a deadline of its own."""

    due: str


class ClerkAppealed(Event, frozen=True, kw_only=True, tag="clerk-appealed"):
    """申诉: the note says why the rating is wrong."""


class ClerkAppealUpheld(Event, frozen=True, kw_only=True, tag="clerk-appeal-upheld"):
    """The case is closed as unjustified. `alone`: by who appealed."""

    ground: Ground
    answer: str
    day: str
    appeal_until: str
    alone: bool = False


class ClerkAppealRejected(Event, frozen=True, kw_only=True, tag="clerk-appeal-rejected"):
    pass


class CitizenRated(Event, frozen=True, kw_only=True, tag="citizen-rated"):
    """Of the correction, 1 to 5."""

    level: int


class CitizenWrote(Event, frozen=True, kw_only=True, tag="citizen-wrote"):
    """The note is what they have to say of it; changes nothing."""


class CitizenAppealed(Event, frozen=True, kw_only=True, tag="citizen-appealed"):
    """不服: verified again, with a deadline of its own. `note`: what they wrote."""

    due: str


class TakenBack(Event, frozen=True, kw_only=True, tag="taken-back"):
    """The last step never was. `what`: its tag."""

    what: str


AnyEvent: TypeAlias = (
    Opened | Assigned | Noted | Verified | Rectified | Answered | Closed | SentBack | Reopened | ClerkAppealed
    | ClerkAppealUpheld | ClerkAppealRejected | CitizenRated | CitizenWrote | CitizenAppealed | TakenBack
)  # fmt: skip
