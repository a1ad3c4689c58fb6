"""What may happen in a case next: `decide(case, command) → events`.

A wish that cannot be is an exception and not an event: it comes from a person who reads the answer.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from hub.domain import case_commands as c
from hub.domain import case_events as e
from hub.domain.case_events import Ground
from hub.domain.case_hands import Hand, Step, hindrance, may_take_back, one_pair_of_eyes
from hub.domain.cases import GROUNDS, Case, CaseState

Decision: TypeAlias = tuple[e.AnyEvent, ...]
MISSING = (
    "note-missing", "outcome-missing", "ground-missing", "answer-missing", "verdict-missing", "unknown-assignee",
    "assignee-is-rated",
)  # fmt: skip
"""Codes of what a wish lacks; all others say that it does not fit the case as it is."""
TEXT_MAX = 1000  # characters of a note or an answer
WORDS_MAX = 3  # times that a citizen may write in their case


class CaseRefusedError(Exception):
    """A step that does not fit. `hub.domain.words.refusal(code)` says it to people."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def decide(case: Case, command: c.Command) -> Decision:
    """Nothing to do is no event. Raises CaseRefusedError."""
    rule: Callable[[Case, Any], Decision] = _RULES[type(command)]
    return rule(case, command)


def leads_to(command: c.Command, event: e.AnyEvent) -> bool:
    """Whether a command such as this one led to this event, for its key alone does not say so."""
    kinds = _LEADS_TO[type(command)]
    kind = kinds[0] if getattr(command, "good", True) and getattr(command, "upheld", True) else kinds[-1]
    shared = set(command.__struct_fields__) & set(event.__struct_fields__) - _OF_ITS_TIME
    return isinstance(event, kind) and all(getattr(event, name) == getattr(command, name) for name in shared)


def due_step(case: Case) -> Step | None:
    """What is to be done now. None: nothing."""
    if case.clerk_appeal == "waiting":
        return "decide-appeal"
    return None if case.state == "closed" else case.state


def steps(case: Case, today: str, hand: Hand) -> tuple[Step, ...]:
    """What they may do in it now, what is due first."""
    return tuple(step for step in _fitting(case, today) if not hindrance(case, step, hand))


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


def may_citizen_write(case: Case) -> bool:
    return case.state != "closed" and len(case.words) < WORDS_MAX


def may_citizen_appeal(case: Case, today: str) -> bool:
    return case.state == "closed" and not case.citizen_appealed and today <= case.appeal_until


def _assign(case: Case, command: c.Assign) -> Decision:
    _at(case, "verify", "rectify", "feedback", "review")
    if command.to == case.assignee:
        return ()
    return (_event(command, e.Assigned, to=command.to),)


def _note(case: Case, command: c.Note) -> Decision:
    _needs_note(command)
    return (_event(command, e.Noted),)


def _verify(case: Case, command: c.Verify) -> Decision:
    _at(case, "verify")
    _needs_note(command)
    if not command.outcome:
        raise CaseRefusedError("outcome-missing")
    if command.outcome == "justified":
        return (_event(command, e.Verified, outcome="justified"),)
    _needs_ground(command.ground)
    return (_event(command, e.Verified, outcome="unjustified", ground=command.ground),)


def _rectify(case: Case, command: c.Rectify) -> Decision:
    _at(case, "rectify")
    _needs_note(command)
    return (_event(command, e.Rectified),)


def _answer(case: Case, command: c.Answer) -> Decision:
    _at(case, "feedback")
    if not command.answer.strip():
        raise CaseRefusedError("answer-missing")
    return (_event(command, e.Answered, answer=command.answer),)


def _review(case: Case, command: c.Review) -> Decision:
    _at(case, "review")
    alone = _alone(case, "review", command)
    if not command.good:
        _needs_note(command)
        return (_event(command, e.SentBack),)
    if case.clerk_appeal == "waiting":
        raise CaseRefusedError("clerk-appeal-waits")
    return (_event(command, e.Closed, day=command.day, appeal_until=command.appeal_until, alone=alone),)


def _reopen(case: Case, command: c.Reopen) -> Decision:
    _at(case, "closed")
    _needs_note(command)
    return (_event(command, e.Reopened, due=command.due),)


def _clerk_appeal(case: Case, command: c.ClerkAppeal) -> Decision:
    if case.clerk_appeal:
        raise CaseRefusedError("clerk-appealed")
    if not _clerk_may_appeal(case, command.day):
        raise CaseRefusedError("appeal-too-late")
    _needs_note(command)
    return (_event(command, e.ClerkAppealed),)


def _decide_clerk_appeal(case: Case, command: c.DecideClerkAppeal) -> Decision:
    if case.clerk_appeal != "waiting":
        raise CaseRefusedError("no-clerk-appeal")
    alone = _alone(case, "decide-appeal", command)
    _needs_note(command)
    if not command.upheld:
        return (_event(command, e.ClerkAppealRejected),)
    _needs_ground(command.ground)
    if not command.answer.strip():
        raise CaseRefusedError("answer-missing")
    told = {"ground": command.ground, "answer": command.answer, "day": command.day, "alone": alone}
    return (_event(command, e.ClerkAppealUpheld, appeal_until=command.appeal_until, **told),)


def _take_back(case: Case, command: c.TakeBack) -> Decision:
    if case.before is None:
        raise CaseRefusedError("nothing-to-undo")
    if not may_take_back(case, command.by, command.decides):
        raise CaseRefusedError("step-of-another")
    return (_event(command, e.TakenBack, what=case.last),)


def _citizen_rate(case: Case, command: c.CitizenRate) -> Decision:
    if not 1 <= command.level <= 5:
        raise CaseRefusedError("bad-level")
    if case.satisfaction:
        raise CaseRefusedError("already-rated")
    if not may_citizen_rate(case):
        raise CaseRefusedError("no-answer-yet")
    return (_event(command, e.CitizenRated, level=command.level),)


def _citizen_write(case: Case, command: c.CitizenWrite) -> Decision:
    """The same words again are the same form, sent twice."""
    _needs_note(command)
    if case.words[-1:] == (command.note,):
        return ()
    if case.state == "closed":
        raise CaseRefusedError("case-at-closed")
    if not may_citizen_write(case):
        raise CaseRefusedError("written-enough")
    return (_event(command, e.CitizenWrote),)


def _citizen_appeal(case: Case, command: c.CitizenAppeal) -> Decision:
    if case.citizen_appealed:
        raise CaseRefusedError("citizen-appealed")
    if case.state != "closed":
        raise CaseRefusedError("case-not-closed")
    if command.day > case.appeal_until:
        raise CaseRefusedError("appeal-too-late")
    _needs_note(command)
    return (_event(command, e.CitizenAppealed, due=command.due),)


def _alone(case: Case, step: Step, command: c.Review | c.DecideClerkAppeal) -> bool:
    """Whether one person does both, where the hall lets them."""
    if why := one_pair_of_eyes(case, step, command.by, command.same_may):
        raise CaseRefusedError(why)
    return bool(one_pair_of_eyes(case, step, command.by, False))


def _clerk_may_appeal(case: Case, today: str) -> bool:
    """Once: while it is open, and of a closed one as long as the citizen may."""
    if case.clerk_appeal:
        return False
    return case.state != "closed" or (case.outcome == "justified" and today <= case.appeal_until)


def _at(case: Case, *states: CaseState) -> None:
    if case.state not in states:
        raise CaseRefusedError(f"case-at-{case.state}")


def _needs_note(command: c.Command) -> None:
    if not command.note.strip():
        raise CaseRefusedError("note-missing")


def _needs_ground(ground: Ground) -> None:
    if ground not in GROUNDS:
        raise CaseRefusedError("ground-missing")


def _event(command: c.Command, kind: Any, **told: Any) -> Any:
    return kind(at=command.at, by=command.by, key=command.key, note=command.note, **told)


_OF_ITS_TIME = {"at", "day", "due", "appeal_until"}
_LEADS_TO: dict[type[c.Command], tuple[type[e.Event], ...]] = {
    c.Assign: (e.Assigned,),
    c.Note: (e.Noted,),
    c.Verify: (e.Verified,),
    c.Rectify: (e.Rectified,),
    c.Answer: (e.Answered,),
    c.Review: (e.Closed, e.SentBack),
    c.Reopen: (e.Reopened,),
    c.ClerkAppeal: (e.ClerkAppealed,),
    c.DecideClerkAppeal: (e.ClerkAppealUpheld, e.ClerkAppealRejected),
    c.TakeBack: (e.TakenBack,),
    c.CitizenRate: (e.CitizenRated,),
    c.CitizenWrite: (e.CitizenWrote,),
    c.CitizenAppeal: (e.CitizenAppealed,),
}
_RULES: dict[type[c.Command], Callable[[Case, Any], Decision]] = {
    c.Assign: _assign,
    c.Note: _note,
    c.Verify: _verify,
    c.Rectify: _rectify,
    c.Answer: _answer,
    c.Review: _review,
    c.Reopen: _reopen,
    c.ClerkAppeal: _clerk_appeal,
    c.DecideClerkAppeal: _decide_clerk_appeal,
    c.TakeBack: _take_back,
    c.CitizenRate: _citizen_rate,
    c.CitizenWrite: _citizen_write,
    c.CitizenAppeal: _citizen_appeal,
}
