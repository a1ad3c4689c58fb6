"""How long somebody will wait: a range, from who is ahead, how long the services take, and which counters are open."""

from typing import NamedTuple

from halls.format import Counter, Hall
from hub.domain.state import Day

_LOW, _HIGH = 0.6, 1.6  # the range around the plain estimate


class Wait(NamedTuple):
    ahead: int
    low_s: float
    high_s: float


def wait(state: Day, service: str) -> Wait:
    """For a ticket of `service` taken now: the work before it, over the counters that share it."""
    ahead = state.count_waiting(service)
    ahead += sum(state.tickets[number].service == service for number in state.reserved)
    counters = [counter for counter in state.hall.counter if service in counter.services]
    open_counters = [counter for counter in counters if _is_open(state, counter)] or counters
    capacity = sum(_share(state, counter, service) for counter in open_counters) or 1.0
    median_s = _service(state.hall, service) * 60.0
    plain_s = (ahead + (0 if _somebody_idle(state, open_counters) else 0.5)) * median_s / capacity
    return Wait(ahead, round(plain_s * _LOW), round(plain_s * _HIGH))


def _service(hall: Hall, letter: str) -> float:
    return next(service.service_min_median for service in hall.service if service.letter == letter)


def _is_open(state: Day, counter: Counter) -> bool:
    now = state.counter(counter.id)
    return bool(now.clerk) and not now.paused


def _somebody_idle(state: Day, counters: list[Counter]) -> bool:
    return any(_is_open(state, counter) and not state.counter(counter.id).number for counter in counters)


def _share(state: Day, counter: Counter, service: str) -> float:
    """Which part of a counter's work falls to this service: its line against all lines that the counter serves."""
    lines = {letter: state.count_waiting(letter) + 1 for letter in counter.services}
    return lines[service] / sum(lines.values())
