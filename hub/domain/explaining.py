"""Why this ticket, in words that a manager can read: why it was called, or why it still waits and what will decide."""

from datetime import datetime
from typing import NamedTuple

from hub.domain import hours, lanes, policies, words
from hub.domain.speech import Words
from hub.domain.state import Day, Phase, Ticket

_PASSED = Words("先到而这次没有叫的：{numbers}", "Came earlier, and not called this time: {numbers}")
_RULE = Words(
    "规则：{policy}；每轮优先{priority}个、预约{appointment}个、普通{ordinary}个，等满{minutes}分钟者提前",
    "The rule: {policy}; in turns {priority} with priority, {appointment} booked, {ordinary} others; "
    "after {minutes} minutes one comes first",
)
_WAITS = Words(
    "{number}号在等候：前面优先或久等{priority}人、预约{appointment}人、普通{ordinary}人",
    "{number} waits; before it {priority} with priority or long waits, {appointment} booked, {ordinary} others",
)
_PHASES: dict[Phase, Words] = {
    "reserved": Words("{number}号正在打印，出票后排队", "{number} is being printed, and queues once it is"),
    "parked": Words("{number}号已在{counter}窗口挂起，等待回呼", "{number} is parked at counter {counter}"),
    "cancelled": Words("{number}号已作废", "{number} was cancelled"),
}
_ONLY_AT = Words(
    "{number}号已转至{counter}窗口，由该窗口呼叫", "{number} was sent to counter {counter}, which calls it"
)
_BOOKED = Words("{number}号预约{slot}，到时参加呼叫", "{number} is booked for {slot}, and is called from then on")


class Before(NamedTuple):
    """Who waits for the same service and comes before a ticket, by lane. `priority`: those who waited long as well."""

    priority: int
    appointment: int
    ordinary: int


class Explained(NamedTuple):
    """`code`, `values`: as its call recorded them, empty before that; `passed`: who came earlier and was not called;
    `before`: of a ticket that waits; `policy`: id of the one in force now; `words`: all of it, a sentence each."""

    code: str
    values: dict[str, str]
    passed: tuple[str, ...]
    before: Before | None
    policy: str
    words: tuple[Words, ...]


def explain(state: Day, ticket: Ticket, at: datetime) -> Explained:
    before = people_before(state, ticket, at) if ticket.phase == "waiting" else None
    called = ticket.phase not in ("reserved", "waiting")
    told = [*_called(ticket)] if called else []
    if ticket.phase in _PHASES:
        told.append(_PHASES[ticket.phase].fill(number=ticket.number, counter=ticket.counter))
    if before is not None:
        told += _waits(state, ticket, before, at)
    return Explained(
        code=ticket.why if called else "",
        values=ticket.because if called else {},
        passed=ticket.passed if called else (),
        before=before,
        policy=state.hall.policy.calling,
        words=(*told, rule(state)),
    )


def passed_over(numbers: tuple[str, ...]) -> Words:
    return Words(_PASSED.fill(numbers="、".join(numbers)).zh, _PASSED.fill(numbers=", ".join(numbers)).en)


def rule(state: Day) -> Words:
    """The policy in force, with its turns and its ageing."""
    policy, names = state.hall.policy, policies.of(state).names
    values = {
        "priority": str(policy.priority_turns),
        "appointment": str(policy.appointment_turns),
        "ordinary": str(policy.ordinary_turns),
        "minutes": f"{policy.ageing_min:g}",
    }
    return Words(_RULE.fill(policy=names.zh, **values).zh, _RULE.fill(policy=names.en, **values).en)


def people_before(state: Day, ticket: Ticket, at: datetime) -> Before:
    counts = [0, 0, 0]
    mine = _lane(state, ticket, at)
    for other in state.waiting(ticket.service):
        lane = _lane(state, other, at)
        if other.place < ticket.place or lane == lanes.PRIORITY != mine:
            counts[lane] += other.number != ticket.number
    return Before(*counts)


def _called(ticket: Ticket) -> list[Words]:
    if not ticket.why:
        return []
    told = [words.why(ticket.why, ticket.number, ticket.because)]
    return [*told, passed_over(ticket.passed)] if ticket.passed else told


def _waits(state: Day, ticket: Ticket, before: Before, at: datetime) -> list[Words]:
    counts = {name: str(count) for name, count in before._asdict().items()}
    told = [_WAITS.fill(number=ticket.number, **counts)]
    if ticket.only_at and state.is_open(ticket.only_at):
        told.append(_ONLY_AT.fill(number=ticket.number, counter=ticket.only_at))
    if ticket.slot_at and at < ticket.slot_at:
        slot = hours.local(state.hall, ticket.slot_at).strftime("%H:%M")
        told.append(_BOOKED.fill(number=ticket.number, slot=slot))
    return told


def _lane(state: Day, ticket: Ticket, at: datetime) -> int:
    if ticket.priority or lanes.is_aged(state, ticket, at):
        return lanes.PRIORITY
    return lanes.APPOINTMENT if ticket.slot_at else lanes.ORDINARY
