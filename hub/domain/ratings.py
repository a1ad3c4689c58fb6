"""Asking a citizen for a rating, and taking it: one for each served ticket, the first press, in time; then why."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.decision import CLOCK_SLACK, Decision, event, refused
from hub.domain.state import Day, OpenAsk, Ticket

LATE_DAYS = 5
"""Working days after the service within which it may still be rated, by phone."""
LATE_MAX = timedelta(days=16)
"""Longer than five working days never are: those of the Spring Festival with a weekend on either side."""


def ask_id(day: str, number: str) -> str:
    """An ask's id says its day, so that a rating that comes after midnight finds it: 2026-11-22.A012."""
    return f"{day}.{number}"


def day_of_ask(ask: str) -> str:
    return ask.partition(".")[0]


def ask(state: Day, command: c.OnCounter, ticket: Ticket) -> Decision:
    """One question for each ticket: who rated before the end was undone is not asked again."""
    if ticket.level:
        return ()
    asked = event(
        command,
        e.RatingAsked,
        ask=ask_id(state.day, ticket.number),
        number=ticket.number,
        service=ticket.service,
        counter=command.counter,
        clerk=state.counter(command.counter).clerk,
        until=command.at + timedelta(seconds=state.hall.policy.rating_s),
    )
    return (asked,)


def rate(state: Day, command: c.Rate) -> Decision:
    asked = state.asks.get(command.ask)
    if asked is None:
        return (refused(command, "unknown-ask", command.ask),)
    if asked.phase == "rated":
        return (refused(command, "already-rated", asked.number),)
    if asked.phase == "withdrawn" and command.late:  # the end was undone: there is nothing to rate yet
        return (refused(command, "too-late", asked.number),)
    if not (in_time(asked, command) or (command.late and command.at - asked.asked_at <= LATE_MAX)):
        return (refused(command, "too-late", asked.number),)
    rated = event(
        command,
        e.Rated,
        ask=asked.id,
        number=asked.number,
        service=asked.service,
        counter=asked.counter,
        clerk=asked.clerk,
        level=command.level,
        reasons=command.reasons,
        pressed_at=command.pressed_at,
    )
    return (rated,)


def give_reasons(state: Day, command: c.GiveReasons) -> Decision:
    """Once for each rating. It may still be on its way, by another process of the hub: its reasons are not lost."""
    asked = state.asks.get(command.ask)
    if asked is None:
        return (refused(command, "unknown-ask", command.ask),)
    if command.rating in asked.explained:
        return (refused(command, "already-explained", asked.number),)
    if asked.phase == "rated":
        rated = asked.rating, state.tickets[asked.number].level
        if rated != (command.rating, command.level):
            return (refused(command, "already-rated", asked.number),)
    given = event(
        command,
        e.ReasonsGiven,
        ask=asked.id,
        rating=command.rating,
        number=asked.number,
        counter=asked.counter,
        clerk=asked.clerk,
        reasons=command.reasons,
    )
    return (given,)


def late_until(day: date, is_working: Callable[[date], bool]) -> date:
    """The last day on which a service of `day` may still be rated by phone. `is_working`: the hall's calendar."""
    last, left = day, LATE_DAYS
    while left and last - day < LATE_MAX:
        last += timedelta(days=1)
        left -= is_working(last)
    return last


def in_time(asked: OpenAsk, said: c.Rate | e.Rated) -> bool:
    """Pressed while the question stood, by the device's clock; or here by then, whatever that clock says."""
    pressed = asked.asked_at - CLOCK_SLACK <= said.pressed_at <= asked.until + CLOCK_SLACK
    return pressed or asked.asked_at <= said.at <= asked.until


def asks_s(asked: OpenAsk) -> float:
    """How long the question stands."""
    return (asked.until - asked.asked_at).total_seconds()


def lapsed(command: c.Command, asks: Iterable[OpenAsk]) -> Decision:
    return tuple(
        event(command, e.RatingLapsed, ask=asked.id, number=asked.number, counter=asked.counter, clerk=asked.clerk)
        for asked in asks
    )
