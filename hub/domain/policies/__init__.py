"""Calling policies: who of those who are equal is next at a counter. A policy is one module of this folder.

It has `NAMES`, what it is called in both languages; `pick(state, counter, front, at)`, which chooses from the front of
a lane (never empty, by place) or says in a `Leave` why the counter is to leave it for a moment; and `WORDS`, its
reasons and refusals by code.
"""

import importlib
import pkgutil
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from halls.format import Counter, Hall
from hub.domain.speech import Words
from hub.domain.state import Day, Ticket


class Pick(NamedTuple):
    """`why`: a code of the policy's words; `because`: what fills them, besides `number`."""

    ticket: Ticket
    why: str
    because: dict[str, str] = {}  # noqa: RUF012  never changed


class Leave(NamedTuple):
    """Refused for a moment: a code of the policy's words, and its detail."""

    code: str
    detail: str = ""


Choose: TypeAlias = Callable[[Day, Counter, tuple[Ticket, ...], datetime], Pick | Leave]


class Policy(NamedTuple):
    names: Words
    pick: Choose
    words: dict[str, Words]


def _found() -> dict[str, Policy]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        policy = importlib.import_module(f"{__name__}.{module.name}")
        found[module.name.replace("_", "-")] = Policy(policy.NAMES, policy.pick, policy.WORDS)
    return found


def of(state: Day) -> Policy:
    """The hall's; by arrival where a day's log names one that there is no more."""
    return POLICIES.get(state.hall.policy.calling, POLICIES["arrival"])


def problems(hall: Hall) -> tuple[str, ...]:
    """What a hall file cannot know: whether there is such a policy."""
    if hall.policy.calling in POLICIES:
        return ()
    return (f"policy: calling: there is no policy {hall.policy.calling!r}; known: {', '.join(POLICIES)}",)


POLICIES: dict[str, Policy] = _found()
