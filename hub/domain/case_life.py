"""What may happen in a case next: `decide(case, command) → events`.

A wish that cannot be is an exception and not an event: it comes from a person who reads the answer.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from hub.domain import cases
from hub.domain.cases import GROUNDS, AnyEvent, Case, CaseState, Ground, Outcome

Decision: TypeAlias = tuple[AnyEvent, ...]
Step: TypeAlias = Literal[
    "assign", "note", "verify", "rectify", "feedback", "review", "reopen", "appeal", "decide-appeal", "take-back"
]
MISSING = (
    "note-missing", "outcome-missing", "ground-missing", "answer-missing", "verdict-missing", "unknown-assignee",
)  # fmt: skip
"""Codes of what a wish lacks; all others say that it does not fit the case as it is."""
TEXT_MAX = 1000  # characters of a note or an answer


class CaseRefusedError(Exception):
    """A step that does not fit. `hub.domain.words.refusal(code)` says it to people."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
    citizen may appeal."""

    good: bool
    appeal_until: str


class Reopen(Command, frozen=True, kw_only=True):
    """Needs a note."""

    due: str


class ClerkAppeal(Command, frozen=True, kw_only=True):
    """Needs a note: why the rating is wrong."""


class DecideClerkAppeal(Command, frozen=True, kw_only=True):
    """Needs a note. Upheld, it needs a ground, and an answer to the citizen as well."""

    upheld: bool
    ground: Ground = ""
    answer: str = ""
    appeal_until: str


class TakeBack(Command, frozen=True, kw_only=True):
    """`decides`: may take back what others did."""

    decides: bool


class CitizenRate(Command, frozen=True, kw_only=True):
    level: int


class CitizenAppeal(Command, frozen=True, kw_only=True):
    """Needs a note. `due`: the new deadline."""

    due: str


def decide(case: Case, command: Command) -> Decision:
    """Nothing to do is no event. Raises CaseRefusedError."""
    rule: Callable[[Case, Any], Decision] = _RULES[type(command)]
    return rule(case, command)


def leads_to(command: Command, event: AnyEvent) -> bool:
    """Whether a command such as this one led to this event, for its key alone does not say so."""
    kinds = _LEADS_TO[type(command)]
    kind = kinds[0] if getattr(command, "good", True) and getattr(command, "upheld", True) else kinds[-1]
    shared = set(command.__struct_fields__) & set(event.__struct_fields__) - _OF_ITS_TIME
    return isinstance(event, kind) and all(getattr(event, name) == getattr(command, name) for name in shared)


def may(case: Case, step: Step, by: str, *, decides: bool, own: bool = False) -> bool:
    """Whether that step is theirs to take, when it fits. `decides`: a manager; `own`: the clerk who was rated."""
    match step:
        case "take-back":
            return _may_take_back(case, by, decides)
        case "appeal":
            return decides or own
        case "rectify" | "note":
            return decides or (bool(by) and case.assignee == by)
    return decides


def steps(case: Case, today: str, by: str, *, decides: bool, own: bool = False) -> tuple[Step, ...]:
    """What they may do in it now, what is due first."""
    return tuple(step for step in _fitting(case, today) if may(case, step, by, decides=decides, own=own))


def _fitting(case: Case, today: str) -> Iterator[Step]:
    waits = case.clerk_appeal == "waiting"
    if waits:
        yield "decide-appeal"
    if case.state == "closed":
        yield "reopen"
    elif not (waits and case.state == "review"):
        yield case.state
    if case.state != "closed":
        yield "assign"
    if _clerk_may_appeal(case, today):
        yield "appeal"
    yield "note"
    if case.before is not None:
        yield "take-back"


def may_citizen_rate(case: Case) -> bool:
    return bool(case.answer) and not case.satisfaction and case.state in ("review", "closed")


def may_citizen_appeal(case: Case, today: str) -> bool:
    return case.state == "closed" and not case.citizen_appealed and today <= case.appeal_until


def _assign(case: Case, command: Assign) -> Decision:
    _at(case, "verify", "rectify", "feedback", "review")
    if command.to == case.assignee:
        return ()
    return (_event(command, cases.Assigned, to=command.to),)


def _note(case: Case, command: Note) -> Decision:
    _needs_note(command)
    return (_event(command, cases.Noted),)


def _verify(case: Case, command: Verify) -> Decision:
    _at(case, "verify")
    _needs_note(command)
    if not command.outcome:
        raise CaseRefusedError("outcome-missing")
    if command.outcome == "justified":
        return (_event(command, cases.Verified, outcome="justified"),)
    _needs_ground(command.ground)
    return (_event(command, cases.Verified, outcome="unjustified", ground=command.ground),)


def _rectify(case: Case, command: Rectify) -> Decision:
    _at(case, "rectify")
    _needs_note(command)
    return (_event(command, cases.Rectified),)


def _answer(case: Case, command: Answer) -> Decision:
    _at(case, "feedback")
    if not command.answer.strip():
        raise CaseRefusedError("answer-missing")
    return (_event(command, cases.Answered, answer=command.answer),)


def _review(case: Case, command: Review) -> Decision:
    _at(case, "review")
    if not command.good:
        _needs_note(command)
        return (_event(command, cases.SentBack),)
    if case.clerk_appeal == "waiting":
        raise CaseRefusedError("clerk-appeal-waits")
    return (_event(command, cases.Closed, day=command.day, appeal_until=command.appeal_until),)


def _reopen(case: Case, command: Reopen) -> Decision:
    _at(case, "closed")
    _needs_note(command)
    return (_event(command, cases.Reopened, due=command.due),)


def _clerk_appeal(case: Case, command: ClerkAppeal) -> Decision:
    if case.clerk_appeal:
        raise CaseRefusedError("clerk-appealed")
    if not _clerk_may_appeal(case, command.day):
        raise CaseRefusedError("appeal-too-late")
    _needs_note(command)
    return (_event(command, cases.ClerkAppealed),)


def _decide_clerk_appeal(case: Case, command: DecideClerkAppeal) -> Decision:
    if case.clerk_appeal != "waiting":
        raise CaseRefusedError("no-clerk-appeal")
    _needs_note(command)
    if not command.upheld:
        return (_event(command, cases.ClerkAppealRejected),)
    _needs_ground(command.ground)
    if not command.answer.strip():
        raise CaseRefusedError("answer-missing")
    told = {"ground": command.ground, "answer": command.answer, "day": command.day}
    return (_event(command, cases.ClerkAppealUpheld, appeal_until=command.appeal_until, **told),)


def _take_back(case: Case, command: TakeBack) -> Decision:
    if case.before is None:
        raise CaseRefusedError("nothing-to-undo")
    if not _may_take_back(case, command.by, command.decides):
        raise CaseRefusedError("step-of-another")
    return (_event(command, cases.TakenBack, what=case.last),)


def _citizen_rate(case: Case, command: CitizenRate) -> Decision:
    if not 1 <= command.level <= 5:
        raise CaseRefusedError("bad-level")
    if case.satisfaction:
        raise CaseRefusedError("already-rated")
    if not may_citizen_rate(case):
        raise CaseRefusedError("no-answer-yet")
    return (_event(command, cases.CitizenRated, level=command.level),)


def _citizen_appeal(case: Case, command: CitizenAppeal) -> Decision:
    if case.citizen_appealed:
        raise CaseRefusedError("citizen-appealed")
    if case.state != "closed":
        raise CaseRefusedError("case-not-closed")
    if command.day > case.appeal_until:
        raise CaseRefusedError("appeal-too-late")
    _needs_note(command)
    return (_event(command, cases.CitizenAppealed, due=command.due),)


def _may_take_back(case: Case, by: str, decides: bool) -> bool:
    """Who did it, or a manager; but nobody takes back a clerk's appeal for them."""
    return case.last_by == by or (decides and case.last != "clerk-appealed")


def _clerk_may_appeal(case: Case, today: str) -> bool:
    """Once: while it is open, and of a closed one as long as the citizen may."""
    if case.clerk_appeal:
        return False
    return case.state != "closed" or (case.outcome == "justified" and today <= case.appeal_until)


def _at(case: Case, *states: CaseState) -> None:
    if case.state not in states:
        raise CaseRefusedError(f"case-at-{case.state}")


def _needs_note(command: Command) -> None:
    if not command.note.strip():
        raise CaseRefusedError("note-missing")


def _needs_ground(ground: Ground) -> None:
    if ground not in GROUNDS:
        raise CaseRefusedError("ground-missing")


def _event(command: Command, kind: Any, **told: Any) -> Any:
    return kind(at=command.at, by=command.by, key=command.key, note=command.note, **told)


_OF_ITS_TIME = {"at", "day", "due", "appeal_until"}
_LEADS_TO: dict[type[Command], tuple[type[cases.Event], ...]] = {
    Assign: (cases.Assigned,),
    Note: (cases.Noted,),
    Verify: (cases.Verified,),
    Rectify: (cases.Rectified,),
    Answer: (cases.Answered,),
    Review: (cases.Closed, cases.SentBack),
    Reopen: (cases.Reopened,),
    ClerkAppeal: (cases.ClerkAppealed,),
    DecideClerkAppeal: (cases.ClerkAppealUpheld, cases.ClerkAppealRejected),
    TakeBack: (cases.TakenBack,),
    CitizenRate: (cases.CitizenRated,),
    CitizenAppeal: (cases.CitizenAppealed,),
}
_RULES: dict[type[Command], Callable[[Case, Any], Decision]] = {
    Assign: _assign,
    Note: _note,
    Verify: _verify,
    Rectify: _rectify,
    Answer: _answer,
    Review: _review,
    Reopen: _reopen,
    ClerkAppeal: _clerk_appeal,
    DecideClerkAppeal: _decide_clerk_appeal,
    TakeBack: _take_back,
    CitizenRate: _citizen_rate,
    CitizenAppeal: _citizen_appeal,
}
