"""One run: some days of a hall, from a seed, with everything that goes wrong in them."""

from collections.abc import Callable
from functools import partial

import msgspec

from hub.domain.state import OPEN
from simulation import faults
from simulation.books import ViolationError
from simulation.mishaps import Mishaps
from simulation.people import People
from simulation.rest import AT_REST
from simulation.surprises import listened_for
from simulation.world import World

_OPEN_S = (200.0, 700.0)
_TICKETS = (15, 60)
_LATE_SHIFT = 0.35  # share of days that work on through midnight
_DRAINED_S = 1500.0  # by then everybody who waits has been called
_REST_S = 300.0  # by then everything is true that has to become true


class Result(msgspec.Struct, frozen=True):
    """`invariant` empty: all held. `last`: the end of the trace."""

    seed: int
    days: int
    fault: str
    invariant: str
    text: str
    steps: int
    events: int
    fingerprint: str
    last: tuple[str, ...]


def simulate(seed: int, days: int = 1, fault: str = "", show: Callable[[str], None] | None = None) -> Result:
    """`fault`: the name of one that is planted."""
    world = World(str(seed), hubs=1 + seed % 2, show=show)
    error: BaseException | None = None
    try:
        with listened_for(partial(world.books.violated, "no_surprise_in_a_log")), faults.planted(fault):
            _live(world, days)
    except ViolationError as violation:
        error = violation
    except Exception as crash:
        error = crash
    finally:
        world.close()
    invariant = getattr(error, "invariant", "nothing_ends_in_an_error" if error else "")
    trace = world.trace
    return Result(
        seed, days, fault, invariant, str(getattr(error, "text", error) if error else ""), trace.steps,
        world.books.position, trace.fingerprint, tuple(trace.last),
    )  # fmt: skip


def _live(world: World, days: int) -> None:
    people, mishaps, chance = People(world), Mishaps(world), world.chance("days")
    world.start()
    people.start()
    for _ in range(days):
        world.skip_to(9, 0)
        late = chance.random() < _LATE_SHIFT
        _one_day(world, people, mishaps, chance.uniform(*_OPEN_S), chance.randint(*_TICKETS), late)


def _one_day(world: World, people: People, mishaps: Mishaps, open_s: float, tickets: int, late: bool) -> None:
    people.at_work = True
    mishaps.begin()
    people.open(tickets, open_s)
    world.run(open_s)
    if late:
        world.skip_to(23, 58)
        people.open(tickets // 3, 240.0)
        world.run(260.0)
    mishaps.heal()
    people.busy = False
    _until_holds(world, _nobody_is_forgotten, _DRAINED_S)
    people.at_work = False
    for check in AT_REST:
        _until_holds(world, check, _REST_S)
    for check in AT_REST:  # all of them at one moment
        if complaint := check(world):
            raise ViolationError(check.__name__, complaint)


def _nobody_is_forgotten(world: World) -> str:
    """Clerks who go on calling come to an end: nobody waits, is at a counter, or has yet to get a slip."""
    day = world.books.days.get(world.local_day())
    if day is None:
        return ""
    left = [ticket.number for ticket in day.tickets.values() if ticket.phase in OPEN]
    return f"{', '.join(sorted(left))} of {day.day}" if left else ""


def _until_holds(world: World, check: Callable[[World], str], patience_s: float) -> None:
    ends_at = world.loop.time() + patience_s
    while complaint := check(world):
        if world.loop.time() >= ends_at:
            raise ViolationError(check.__name__.strip("_"), complaint)
        world.run(5.0)
