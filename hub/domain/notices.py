"""What people are told without having asked for anything: on a slip, at a machine, on the management's screens."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from halls.format import Service
from hub.domain import hours
from hub.domain.speech import Words
from hub.domain.state import Day, Ticket

ON_SLIPS: dict[str, Words] = {
    "few-left": Words("余号不多，请勿过号", "Few tickets are left: please do not miss your call"),
    "may-not-be-served": Words("今日可能办不到，请咨询工作人员", "It may not be your turn today: please ask staff"),
}
AT_MACHINES: dict[str, Words] = {
    "left": Words("余号{count}", "{count} left"),
    "opens-later": Words("{again}开始取号", "Tickets from {again}"),
    "closed-today": Words("今日已停止取号", "No more tickets today"),
    "cap-until": Words("本时段号已取完，{again}再放号", "None left for now, more from {again}"),
    "cap-reached": Words("今日号已取完", "None left today"),
}
WARNINGS: dict[str, Words] = {
    "cap-reached": Words("{about}：号已取完", "{about}: no tickets left"),
    "cap-near": Words("{about}：余号{count}", "{about}: {count} tickets left"),
    "parked-long": Words(
        "{number}号{minutes}分钟前呼叫，仍挂起（{about}）",
        "{number}, called {minutes} minutes ago, is still parked ({about})",
    ),
}


class Warned(NamedTuple):
    """`code`: of the words above; `service`, `number`: what it is about, as far as it has them; `people`: for whom
    there are tickets left."""

    code: str
    service: str = ""
    number: str = ""
    people: int = 0
    minutes: int = 0

    def words(self, zh: str, en: str) -> Words:
        """In words; `zh`, `en`: the service's name."""
        values = {"number": self.number, "count": str(self.people), "minutes": str(self.minutes)}
        return Words(WARNINGS[self.code].fill(about=zh, **values).zh, WARNINGS[self.code].fill(about=en, **values).en)


def on_slip(codes: tuple[str, ...]) -> tuple[Words, ...]:
    return tuple(ON_SLIPS[code] for code in codes if code in ON_SLIPS)


def at_machine(state: Day, service: Service, at: datetime) -> tuple[bool, Words]:
    """Whether tickets are given for a service now, and what to say about it; empty words where there is nothing."""
    giving = hours.giving(state, service, at)
    if isinstance(giving, hours.Closed):
        return False, AT_MACHINES[giving.code].fill(again=giving.again)
    if giving.left is not None and giving.left <= state.hall.policy.warn_left:
        return True, AT_MACHINES["left"].fill(count=str(giving.left))
    return True, Words("", "")


def warnings(state: Day, at: datetime) -> tuple[Warned, ...]:
    """What the management should know beside the alerts: caps, and tickets that were parked and forgotten."""
    services = [one for service in state.hall.service for one in _of_service(state, service, at)]
    return (*services, *_parked(state, at))


def _of_service(state: Day, service: Service, at: datetime) -> Iterator[Warned]:
    policy, letter = state.hall.policy, service.letter
    giving = hours.giving(state, service, at)
    if isinstance(giving, hours.Closed):
        if giving.code in ("cap-reached", "cap-until"):
            yield Warned("cap-reached", letter)
    elif giving.left is not None and giving.left <= policy.warn_left:
        yield Warned("cap-near", letter, people=giving.left)


def _parked(state: Day, at: datetime) -> Iterator[Warned]:
    for number in state.parked:
        ticket: Ticket = state.tickets[number]
        minutes = _minutes(ticket.called_at or ticket.taken_at, at)
        if minutes >= state.hall.policy.warn_wait_min:
            yield Warned("parked-long", ticket.service, number, minutes=minutes)


def _minutes(since: datetime, at: datetime) -> int:
    return int((at - since).total_seconds() // 60)
