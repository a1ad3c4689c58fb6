"""What somebody wants to happen, in the imperative. Each carries its id, who wants it, from where, and when."""

from datetime import datetime
from typing import Literal

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """`id` is unique for ever: the same id again is the same wish again, and gets the same answer.

    `by`: an account's name, a clerk's work number or a device; `source`: http, mqtt, hub.
    """

    id: str
    at: datetime
    by: str
    source: str = "http"


class TakeTicket(Command, frozen=True, kw_only=True, tag="take-ticket"):
    """A number for `service`. `printer`: the ticket is only reserved until `ConfirmPrint`, or until it is due."""

    service: str
    printer: bool = False


class ConfirmPrint(Command, frozen=True, kw_only=True, tag="confirm-print"):
    """What became of the slip of `number`; `printed_at`: when, by the machine's clock."""

    number: str
    printed_at: datetime
    outcome: Literal["printed", "failed", "unknown"]
    reason: str = ""


class AdmitTicket(Command, frozen=True, kw_only=True, tag="admit-ticket"):
    """A ticket that a machine gave from its own series at `taken_at`. `instead_of`: the command it got no answer to."""

    number: str
    service: str
    taken_at: datetime
    instead_of: str = ""


class OnCounter(Command, frozen=True, kw_only=True, tag="on-counter"):
    counter: str


class CallNext(OnCounter, frozen=True, kw_only=True, tag="call-next"):
    pass


class Call(OnCounter, frozen=True, kw_only=True, tag="call"):
    """A specific ticket, out of turn: needs a reason."""

    number: str
    reason: str


class Recall(OnCounter, frozen=True, kw_only=True, tag="recall"):
    pass


class Serve(OnCounter, frozen=True, kw_only=True, tag="serve"):
    pass


class End(OnCounter, frozen=True, kw_only=True, tag="end"):
    pass


class NoShow(OnCounter, frozen=True, kw_only=True, tag="no-show"):
    pass


class Pause(OnCounter, frozen=True, kw_only=True, tag="pause"):
    reason: str = ""


class Resume(OnCounter, frozen=True, kw_only=True, tag="resume"):
    pass


class SignOn(OnCounter, frozen=True, kw_only=True, tag="sign-on"):
    """`clerk`: work number; empty: the one who usually sits there."""

    clerk: str = ""


class SignOff(OnCounter, frozen=True, kw_only=True, tag="sign-off"):
    pass


class Rate(Command, frozen=True, kw_only=True, tag="rate"):
    """`ask`: which question it answers; `pressed_at`: when, by the device's clock."""

    ask: str
    level: int
    reasons: tuple[str, ...] = ()
    pressed_at: datetime


class RefuseLate(Command, frozen=True, kw_only=True, tag="refuse-late"):
    """A wish that came after its time: recorded, so that it stays refused."""

    what: str


class Settle(Command, frozen=True, kw_only=True, tag="settle"):
    """Time has passed: what was due by `at` happens (unconfirmed prints, unanswered ratings)."""


class EndDay(Command, frozen=True, kw_only=True, tag="end-day"):
    """Close whatever is still open, with the reason."""
