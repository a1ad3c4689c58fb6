"""Whose hands a case may be in: who may take which step, and that two pairs of eyes see it (四眼原则)."""

from typing import Literal, TypeAlias

import msgspec

from hub.domain.cases import Case

Step: TypeAlias = Literal[
    "assign", "note", "verify", "rectify", "feedback", "review", "reopen", "appeal", "decide-appeal", "take-back"
]


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may take steps. `decides`: a manager; `own`: the clerk who was rated; `same_may`: the hall lets them
    look at their own work."""

    by: str
    decides: bool
    own: bool = False
    same_may: bool = False


def hindrance(case: Case, step: Step, hand: Hand) -> str:
    """Why that step is not theirs to take, when it fits: a code of `hub.domain.words.refusal`. Empty: it is theirs.

    Four eyes (复核与整改分人): nobody reviews what they did themselves, nor decides an appeal that they made; and never
    has a clerk a say in the case of their own rating, beside what they have to say of it.
    """
    if step == "take-back":
        if hand.own and case.last_by != hand.by:
            return "own-case"
        return "" if may_take_back(case, hand.by, hand.decides) else "step-of-another"
    theirs = hand.decides or (step in ("rectify", "note") and bool(hand.by) and case.assignee == hand.by)
    if step in ("appeal", "note"):
        return "" if theirs or hand.own else "forbidden"
    if not theirs:
        return "forbidden"
    if hand.own:
        return "own-case"
    return one_pair_of_eyes(case, step, hand.by, hand.same_may)


def one_pair_of_eyes(case: Case, step: Step, by: str, same_may: bool) -> str:
    """Why they may not, since they did what the step looks at; empty: they did not, or the hall lets them."""
    if same_may or not by:
        return ""
    if step == "review" and by == case.worked_by:
        return "reviewed-own-work"
    return "decided-own-appeal" if step == "decide-appeal" and by == case.appealed_by else ""


def may_take_back(case: Case, by: str, decides: bool) -> bool:
    """Who did it, or a manager; but nobody takes back a clerk's appeal for them."""
    return case.last_by == by or (decides and case.last != "clerk-appealed")
