"""The case that a negative rating opens: 核实 verify → 整改 rectify → 反馈 feedback → 复核 review → 办结 closed.

What a case is after all that happened in it (`hub.domain.case_events`). What may happen next is in
`hub.domain.case_life`. A state is named by the step that is due.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias, get_args

import msgspec
from msgspec.structs import replace

from hub.domain import case_events as e
from hub.domain.case_events import Ground, Outcome

NEGATIVE = 2
"""Levels up to this one are negative: 不满意 and 非常不满意."""

SATISFIED = 3
"""Levels from this one on are positive: 基本满意, 满意, 非常满意."""

CaseState: TypeAlias = Literal["verify", "rectify", "feedback", "review", "closed"]
STATES: tuple[CaseState, ...] = get_args(CaseState)
GROUNDS: tuple[Ground, ...] = ("mistake", "malicious", "unfounded")
NOT_ADOPTED: tuple[Ground, ...] = ("mistake", "malicious")
"""What the national rules call 评价结果不予采纳: such ratings stay in the log and leave the rates."""
AppealState: TypeAlias = Literal["", "waiting", "upheld", "rejected"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: in its state. `overran`: it was closed after its deadline, once at least. `satisfaction`: the citizen's
    rating of the correction, 0: none. `rounds`: how often it began anew. `version`: how many events its history has.

    `worked_by`: whose work a review looks at: who put it right, or found it not justified. `appealed_by`: who appealed
    for the clerk. `alone`: it was closed by one of them. `words`: what the citizen wrote, oldest first.

    `last`: the tag of the step that can be taken back, by `last_by`; `before`: the case without it.
    """

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
    opened_at: datetime
    due: str
    state: CaseState
    since: datetime
    assignee: str = ""
    outcome: Outcome = ""
    ground: Ground = ""
    answer: str = ""
    answered_at: datetime | None = None
    satisfaction: int = 0
    closed_at: datetime | None = None
    closed_day: str = ""
    appeal_until: str = ""
    overran: bool = False
    clerk_appeal: AppealState = ""
    citizen_appealed: bool = False
    rounds: int = 0
    version: int = 1
    worked_by: str = ""
    appealed_by: str = ""
    alone: bool = False
    words: tuple[str, ...] = ()
    last: str = ""
    last_by: str = ""
    before: "Case | None" = None

    @property
    def day(self) -> str:
        """Of the service, YYYY-MM-DD."""
        return self.ask.partition(".")[0]

    def is_overdue(self, today: str) -> bool:
        return self.state != "closed" and today > self.due


def evolve(case: Case | None, event: e.AnyEvent) -> Case:
    """Never refuses: what is in the history has happened."""
    if isinstance(event, e.Opened):
        told = {name: getattr(event, name) for name in _OF_OPENED}
        return Case(**told, opened_at=event.at, state="verify", since=event.at)
    assert case is not None, "a history begins with being opened"
    version = case.version + 1
    if isinstance(event, e.TakenBack):
        assert case.before is not None, "there was a step to take back"
        return replace(case.before, version=version, words=case.words)
    after: Case = _EFFECTS[type(event)](case, event)
    if isinstance(event, e.Noted | e.CitizenWrote):
        return replace(after, version=version)
    if isinstance(event, e.CitizenRated | e.CitizenAppealed):  # they have seen what was before it, and it stays
        return replace(after, version=version, last="", last_by="", before=None)
    tag = str(event.__struct_config__.tag)
    return replace(after, version=version, last=tag, last_by=event.by, before=case)


def evolve_all(history: Iterable[e.AnyEvent]) -> Case:
    """Raises ValueError for a history without a beginning."""
    case = None
    for event in history:
        case = evolve(case, event)
    if case is None:
        raise ValueError("a case without a history")
    return case


def working_day(first: date, days: int, is_working: Callable[[date], bool]) -> date:
    """The `days`th working day after `first`. A calendar that knows none at all is not followed for ever: after so many
    weeks the day is what it is."""
    last, left, bound = first, days, first + timedelta(days=3 * days + 40)
    while left > 0 and last < bound:
        last += timedelta(days=1)
        left -= is_working(last)
    return last


_OF_OPENED = (
    "hall", "ask", "number", "service", "counter", "clerk", "level", "rating", "late", "rated_at", "due",
)  # fmt: skip


def _to(case: Case, state: CaseState, event: e.Event, **more: Any) -> Case:
    return replace(case, state=state, since=event.at, **more)


def _assigned(case: Case, event: e.Assigned) -> Case:
    return replace(case, assignee=event.to)


def _noted(case: Case, event: e.Noted) -> Case:
    return case


def _verified(case: Case, event: e.Verified) -> Case:
    """What is not justified needs no correction, but an answer all the same."""
    told: dict[str, Any] = {"outcome": event.outcome, "ground": event.ground}
    if event.outcome == "justified":
        return _to(case, "rectify", event, **told)
    return _to(case, "feedback", event, worked_by=event.by, **told)


def _rectified(case: Case, event: e.Rectified) -> Case:
    return _to(case, "feedback", event, worked_by=event.by)


def _answered(case: Case, event: e.Answered) -> Case:
    """Another answer is rated anew."""
    return _to(case, "review", event, answer=event.answer, answered_at=event.at, satisfaction=0)


def _closed(case: Case, event: e.Closed | e.ClerkAppealUpheld) -> Case:
    return _to(
        case,
        "closed",
        event,
        closed_at=event.at,
        closed_day=event.day,
        appeal_until=event.appeal_until,
        overran=case.overran or event.day > case.due,
        alone=event.alone,
    )


def _sent_back(case: Case, event: e.SentBack) -> Case:
    again: CaseState = "rectify" if case.outcome == "justified" else "verify"
    return _to(case, again, event, rounds=case.rounds + 1)


def _anew(case: Case, event: e.Reopened | e.CitizenAppealed) -> Case:
    return _to(
        case,
        "verify",
        event,
        due=event.due,
        outcome="",
        ground="",
        closed_at=None,
        closed_day="",
        appeal_until="",
        worked_by="",
        alone=False,
        rounds=case.rounds + 1,
    )


def _clerk_appealed(case: Case, event: e.ClerkAppealed) -> Case:
    return replace(case, clerk_appeal="waiting", appealed_by=event.by)


def _upheld(case: Case, event: e.ClerkAppealUpheld) -> Case:
    """Of a closed case its day stays: it was done then."""
    done = case if case.state == "closed" else _closed(case, event)
    until = event.appeal_until
    after = replace(done, outcome="unjustified", ground=event.ground, clerk_appeal="upheld", appeal_until=until)
    after = replace(after, alone=event.alone)
    return replace(after, answer=event.answer, answered_at=event.at, satisfaction=0)


def _rejected(case: Case, event: e.ClerkAppealRejected) -> Case:
    return replace(case, clerk_appeal="rejected")


def _citizen_rated(case: Case, event: e.CitizenRated) -> Case:
    return replace(case, satisfaction=event.level)


def _citizen_wrote(case: Case, event: e.CitizenWrote) -> Case:
    return replace(case, words=(*case.words, event.note))


def _citizen_appealed(case: Case, event: e.CitizenAppealed) -> Case:
    return replace(_anew(case, event), citizen_appealed=True)


_EFFECTS: dict[type[e.Event], Callable[[Case, Any], Case]] = {
    e.Assigned: _assigned,
    e.Noted: _noted,
    e.Verified: _verified,
    e.Rectified: _rectified,
    e.Answered: _answered,
    e.Closed: _closed,
    e.SentBack: _sent_back,
    e.Reopened: _anew,
    e.ClerkAppealed: _clerk_appealed,
    e.ClerkAppealUpheld: _upheld,
    e.ClerkAppealRejected: _rejected,
    e.CitizenRated: _citizen_rated,
    e.CitizenWrote: _citizen_wrote,
    e.CitizenAppealed: _citizen_appealed,
}
