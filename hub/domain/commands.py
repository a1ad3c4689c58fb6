"""What somebody wants to happen, in the imperative. Each carries its id, who wants it, from where, and when."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.domain.events import ScreensWhat


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """`id` is unique for ever: the same id again is the same wish again, and gets the same answer.

    `by`: an account, a work number or a device; `source`: http, mqtt, hub, phone. `handheld`, `said`: the
    position of the wireless handheld that a repeater speaks for, and its words, which another repeater may repeat;
    `said_at`: when it said them, by the repeater's clock.
    """

    id: str
    at: datetime
    by: str
    source: str = "http"
    handheld: str = ""
    said: str = ""
    said_at: datetime | None = None


class TakeTicket(Command, frozen=True, kw_only=True, tag="take-ticket"):
    """A number for `service`, and for what else is to be done on the same visit (`more`).

    `printer`: the ticket is only reserved until `ConfirmPrint`, or until it is due. `priority`: id of a priority class.
    `slot_at`, `appointment`: of an appointment, and its code. `person`: a pseudonym, never an identity; the same one is
    not queued twice. `voice`: its calls are to be spoken.
    """

    service: str
    more: tuple[str, ...] = ()
    printer: bool = False
    priority: str = ""
    slot_at: datetime | None = None
    person: str = ""
    voice: bool = False
    appointment: str = ""


class ConfirmPrint(Command, frozen=True, kw_only=True, tag="confirm-print"):
    """What became of the slip of `number`; `printed_at`: when, by the machine's clock."""

    number: str
    printed_at: datetime
    outcome: Literal["printed", "failed", "unknown"]
    reason: str = ""


class AdmitTicket(Command, frozen=True, kw_only=True, tag="admit-ticket"):
    """A ticket that a machine gave from its own series at `taken_at`. `instead_of`: the command it got no answer to.

    `day`: that it counted the number for, YYYY-MM-DD, also where its clock was wrong; empty: it does not say.
    """

    number: str
    service: str
    taken_at: datetime
    instead_of: str = ""
    day: str = ""


class Cancel(Command, frozen=True, kw_only=True, tag="cancel"):
    """作废: nobody is to be called by this number any more."""

    number: str
    reason: str


class Reinstate(Command, frozen=True, kw_only=True, tag="reinstate"):
    """激活: who missed the call is here after all, and comes again behind a few people."""

    number: str


class Amend(Command, frozen=True, kw_only=True, tag="amend"):
    """Put a waiting ticket right: another service, another priority class ("": ordinary), a voice. None: as it is."""

    number: str
    service: str | None = None
    priority: str | None = None
    voice: bool | None = None
    reason: str


class ChangeSettings(Command, frozen=True, kw_only=True, tag="change-settings"):
    """Other values at paths such as `policy.recall_gap_s`, as JSON; None: back to what the hall file says.

    `found`: values that the person saw; where one is another by now, all is refused.
    """

    changes: dict[str, Any]
    found: dict[str, Any] = {}


class RecordScreens(Command, frozen=True, kw_only=True, tag="record-screens"):
    """Something about what screens play was changed, and is stored already: the log is told, and so is everybody."""

    what: ScreensWhat
    ident: str
    name: str = ""


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


class Transfer(OnCounter, frozen=True, kw_only=True, tag="transfer"):
    """转移: the counter's ticket goes on to another service, or to one counter, or both."""

    service: str = ""
    to: str = ""  # a counter


class AddItem(OnCounter, frozen=True, kw_only=True, tag="add-item"):
    """The citizen has one more thing to do on this visit."""

    service: str


class Park(OnCounter, frozen=True, kw_only=True, tag="park"):
    """挂起: the citizen goes to fetch something; the counter is free."""


class Return(OnCounter, frozen=True, kw_only=True, tag="return"):
    """回呼: call a parked ticket back; `number` empty: the one that this counter parked last."""

    number: str = ""


class Undo(OnCounter, frozen=True, kw_only=True, tag="undo"):
    """Take back the last thing that was done at this counter."""


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
    """`ask`: which question it answers; `pressed_at`: when, by the device's clock.

    `late`: on the citizen's phone, hours or days after the question; whoever sends it has looked at the working days.
    """

    ask: str
    level: int
    reasons: tuple[str, ...] = ()
    pressed_at: datetime
    late: bool = False


class GiveReasons(Command, frozen=True, kw_only=True, tag="give-reasons"):
    """Why a rating is what it is. `rating`: the id of the command that rated; `level`: what it said."""

    ask: str
    rating: str
    level: int
    reasons: tuple[str, ...]


class RefuseLate(Command, frozen=True, kw_only=True, tag="refuse-late"):
    """A wish that came after its time: recorded, so that it stays refused."""

    what: str


class ChoosePath(Command, frozen=True, kw_only=True, tag="choose-path"):
    """Let `repeater` speak to the handheld at `position`, if it is still `instead_of` that does. All are positions."""

    position: str
    repeater: str
    instead_of: str
    reason: Literal["gone", "lost", "better"]


class Settle(Command, frozen=True, kw_only=True, tag="settle"):
    """Time has passed: what was due by `at` happens (unconfirmed prints, unanswered ratings)."""


class EndDay(Command, frozen=True, kw_only=True, tag="end-day"):
    """Close whatever is still open, with the reason."""
