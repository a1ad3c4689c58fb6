"""Why a ticket was called, or still waits, and what happened to it: for the manager's page."""

from typing import Any

from hub.domain import explaining, notices
from hub.domain.state import Day
from hub.web.site import Site, millis
from hub.web.telling import spoken, told, tone
from hub.web.texts import Texts

_CALLS_SHOWN = 14


def recent(texts: Texts, site: Site, day: Day) -> list[dict[str, Any]]:
    """The latest calls, each with its reason in a line."""
    shown = []
    called = [day.tickets[number] for number in day.calls if day.tickets[number].called_at]
    for ticket in called[:_CALLS_SHOWN]:
        said = explaining.explain(day, ticket, site.desk.now()).words
        shown.append(
            {
                "number": ticket.number,
                "counter": ticket.counter,
                "at": millis(ticket.called_at),
                "why": spoken(texts, said[0]) if len(said) > 1 else "",
            }
        )
    return shown


def of_ticket(texts: Texts, site: Site, hall: str, number: str) -> dict[str, Any] | None:
    """All that is to be said of one; None where there is no such ticket today."""
    day = site.desk.today(hall)
    ticket = day.tickets.get(number)
    if ticket is None:
        return None
    explained = explaining.explain(day, ticket, site.desk.now())
    return {
        "number": number,
        "phase": texts(f"ticket.{ticket.phase}"),
        "words": [spoken(texts, one) for one in explained.words],
        "history": [
            {"at": millis(event.at), "text": told(texts, day.hall, event), "tone": tone(event)}
            for event in site.book.book(hall).ticket(number)
        ],
    }


def warnings(texts: Texts, site: Site, day: Day) -> list[dict[str, str]]:
    """What the management should look at now."""
    names = {service.letter: service for service in day.hall.service}
    return [
        {"code": one.code, "text": spoken(texts, one.words(names[one.service].name, names[one.service].english))}
        for one in notices.warnings(day, site.desk.now())
    ]
