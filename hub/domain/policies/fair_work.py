"""Even work at general counters (窗口苦乐不均): first come, first served, but for who worked more or less than others.

A counter that worked more than another one which stands idle leaves it the ticket for a few seconds. Among those who
came at nearly the same time, one that worked more than the average takes the shortest business, one that worked less
the longest. Workload is the share of its time signed on that a counter has spent with citizens today.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import fmean
from typing import NamedTuple

from halls.format import Counter
from hub.domain import policies
from hub.domain.speech import Words
from hub.domain.state import Day, Ticket

NAMES = Words("综合窗口工作量均衡", "Even work at general counters")
WORDS = {
    "even-first": Words("在本窗口可办业务中，{number}号取号最早", "{number} came first among this counter's services"),
    "even-shorter": Words(
        "同时段取号者中{number}号业务最短；本窗口工作量{mine}%，高于其他综合窗口的{others}%",
        "{number} has the shortest business of those who came then; this counter worked {mine}%, the others {others}%",
    ),
    "even-longer": Words(
        "同时段取号者中{number}号业务最长；本窗口工作量{mine}%，低于其他综合窗口的{others}%",
        "{number} has the longest business of those who came then; this counter worked {mine}%, the others {others}%",
    ),
    "even-left": Words(
        "{detail}窗口空闲且工作量较少，先由其叫号，请几秒后再按",
        "Counter {detail} is idle and worked less: it has the first call; press again in a few seconds",
    ),
}

GENERAL = 4  # services that make a counter a general one
_LEFT = timedelta(seconds=20)
_SAME_TIME = timedelta(minutes=3)
_DIFFERENT = 0.02  # a smaller difference of workload is none
_SETTLED_S = 1800.0  # until a counter was open so long, a single ticket would weigh too much


class _Peer(NamedTuple):
    counter: Counter
    load: float


def pick(state: Day, counter: Counter, front: tuple[Ticket, ...], at: datetime) -> policies.Pick | policies.Leave:
    first = min(front, key=lambda one: (one.place_at, counter.services.index(one.service), one.number))
    peers = list(_peers(state, counter, at)) if len(counter.services) >= GENERAL else []
    if not peers:
        return policies.Pick(first, "even-first")
    mine, others = _load(state, counter, at), fmean(peer.load for peer in peers)
    idle = next((peer for peer in peers if _goes_first(state, peer, first, mine)), None)
    if idle is not None and at - first.place_at < _LEFT:
        return policies.Leave("even-left", idle.counter.id)
    if abs(mine - others) < _DIFFERENT:
        return policies.Pick(first, "even-first")
    return _by_length(state, [one for one in front if one.place_at - first.place_at <= _SAME_TIME], mine, others)


def _peers(state: Day, counter: Counter, at: datetime) -> Iterator[_Peer]:
    """The other general counters that are signed on and have a service in common with this one."""
    for other in state.hall.counter:
        general = other.id != counter.id and len(other.services) >= GENERAL
        if general and state.counter(other.id).clerk and not set(other.services).isdisjoint(counter.services):
            yield _Peer(other, _load(state, other, at))


def _goes_first(state: Day, peer: _Peer, ticket: Ticket, mine: float) -> bool:
    idle = state.is_open(peer.counter.id) and not state.counter(peer.counter.id).number
    return idle and ticket.service in peer.counter.services and mine - peer.load > _DIFFERENT


def _by_length(state: Day, tickets: list[Ticket], mine: float, others: float) -> policies.Pick:
    """Those of the same length by place."""
    median = {one.letter: one.service_min_median for one in state.hall.service}
    because = {"mine": f"{mine:.0%}".rstrip("%"), "others": f"{others:.0%}".rstrip("%")}
    if mine > others:
        return policies.Pick(min(tickets, key=lambda one: (median[one.service], one.place)), "even-shorter", because)
    return policies.Pick(min(tickets, key=lambda one: (-median[one.service], one.place)), "even-longer", because)


def _load(state: Day, counter: Counter, at: datetime) -> float:
    here, active = state.counter(counter.id), state.active(counter.id)
    open_s = here.open_s + ((at - here.opened_at).total_seconds() if here.opened_at else 0.0)
    now_s = (at - active.called_at).total_seconds() if active is not None and active.called_at else 0.0
    return (here.work_s + now_s) / max(open_s, _SETTLED_S)
