"""The evidence of an alert: the figures at its raising, and what they were made of."""

from collections.abc import Iterator
from datetime import datetime

from halls.alerts import Alert
from halls.format import Hall, Service
from hub.domain import hours
from hub.domain.alerts import facts as look
from hub.domain.alerts.facts import Device, Facts
from hub.domain.alerts.words import Proof, listed, number
from hub.domain.events import Rated
from hub.domain.state import Day

_TICKETS_MAX = 5
_FACTS_MAX, _REPORT_MAX = 12, 400  # of a report; characters


def evidence(rule: Alert, subject: str, facts: Facts) -> tuple[Proof, ...]:
    match rule.kind:
        case "long-wait" | "queue-limit" | "unserved":
            return tuple(_of_queue(rule, subject, facts))
        case "over-time" | "long-service":
            return tuple(_of_service(facts.day, subject))
        case "pause":
            return tuple(_of_pause(facts.day, subject))
        case "influx":
            return (Proof("trouble", {"text": facts.trouble[:300]}),)
        case _:
            return tuple(_of_device(rule, facts.day.hall, subject, facts))


def of_rating(day: str, hall: Hall, rated: Rated) -> tuple[Proof, ...]:
    values = {
        "day": day, "number": rated.number, "counter": rated.counter, "clerk": rated.clerk, "level": str(rated.level),
        "at": _clock(hall, rated.pressed_at), "reasons": f" ({', '.join(rated.reasons)})" if rated.reasons else "",
        **_service(next((one for one in hall.service if one.letter == rated.service), None)),
    }  # fmt: skip
    return (Proof("rating", values, ticket=rated.number),)


def _of_queue(rule: Alert, subject: str, facts: Facts) -> Iterator[Proof]:
    day, these = facts.day, look.services(rule, facts.day, subject)
    for one in these:
        if count := day.count_waiting(one.letter):
            yield Proof("waiting", {"count": str(count), **_service(one)})
    names = {one.letter: one for one in these}
    for ticket in look.longest(day, these)[:_TICKETS_MAX]:
        waited = look.minutes(look.waits_since(ticket, facts.at), facts.at)
        values = {
            "number": ticket.number,
            "at": _clock(day.hall, ticket.taken_at),
            "minutes": f"{waited:.0f}",
            **_service(names.get(ticket.service)),
        }
        yield Proof("ticket-waits", values, ticket=ticket.number)
    able = [one.id for one in day.hall.counter if set(names) & set(one.services)]
    is_open = [one for one in able if day.is_open(one)]
    paused = [one for one in able if day.counter(one).paused]
    yield Proof("counters", {"open": " ".join(is_open) or "–", "paused": " ".join(paused) or "–"})


def _of_service(day: Day, subject: str) -> Iterator[Proof]:
    ticket = day.tickets[subject]
    service = next(one for one in day.hall.service if one.letter == ticket.service)
    values = {
        "number": subject,
        "counter": ticket.counter,
        "clerk": ticket.clerk,
        "at": _clock(day.hall, ticket.serving_at),
        "p90": number(service.service_min_p90),
        **_service(service),
    }
    yield Proof("service", values, ticket=subject)


def _of_pause(day: Day, subject: str) -> Iterator[Proof]:
    here = day.counter(subject)
    yield Proof("paused", {"counter": subject, "clerk": here.clerk, "at": _clock(day.hall, here.paused_at)})
    for one in day.hall.service:
        if one.letter in day.place(subject).services and (count := day.count_waiting(one.letter)):
            yield Proof("waiting", {"count": str(count), **_service(one)})


def _of_device(rule: Alert, hall: Hall, subject: str, facts: Facts) -> Iterator[Proof]:
    device = next((one for one in facts.devices if one.position == subject), None)
    if device is None:
        return
    about = {"position": subject, "device": device.device, "at": _clock(hall, device.seen_at)}
    yield Proof("device", about, position=subject)
    yield from _more_of_device(rule, hall, device)
    if (health := device.health) is not None:
        own = dict(list(health.device.items())[:_FACTS_MAX])
        told = listed({**own, "uptime_s": f"{health.uptime_s:.0f}", "outbox": health.outbox, "agent": health.agent})
        yield Proof("report", {"facts": told[:_REPORT_MAX]})


def _more_of_device(rule: Alert, hall: Hall, device: Device) -> Iterator[Proof]:
    if rule.kind == "clock" and device.behind_s is not None:
        yield Proof("clock", {"behind": f"{device.behind_s:.1f}"})
    if rule.kind == "certificate" and device.not_after is not None:
        yield Proof("certificate", {"at": hours.local(hall, device.not_after).strftime("%Y-%m-%d %H:%M")})


def _service(one: Service | None) -> dict[str, str]:
    return {} if one is None else {"service": one.name, "service_en": one.english}


def _clock(hall: Hall, at: datetime | None) -> str:
    return "" if at is None else hours.local(hall, at).strftime("%H:%M:%S")
