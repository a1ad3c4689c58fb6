"""The story of a case, and of the ticket behind it, in words."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import msgspec

from halls.format import Hall
from hub.domain import case_events as e
from hub.domain.case_events import AnyEvent
from hub.web.telling import told
from hub.web.texts import Texts


class Line(msgspec.Struct, frozen=True):
    """`by`: who, in words; `note`: their own."""

    at: str
    text: str
    by: str = ""
    note: str = ""


def story(texts: Texts, history: Sequence[AnyEvent], zone: tzinfo) -> list[Line]:
    """Newest first."""
    return [_line(texts, event, zone) for event in reversed(history)]


def ticket_story(texts: Texts, hall: Hall, events: Sequence[Any], zone: tzinfo) -> list[Line]:
    """Oldest first, as on the monitor."""
    return [Line(_clock(event, zone), told(texts, hall, event)) for event in events]


def _line(texts: Texts, event: AnyEvent, zone: tzinfo) -> Line:
    by = event.by or texts("cases.citizen")
    if event.by == "hub":
        by = texts("cases.hub")
    return Line(_clock(event, zone), _text(texts, event), by, event.note)


def _text(texts: Texts, event: AnyEvent) -> str:
    tag = str(event.__struct_config__.tag)
    values: dict[str, Any] = {}
    match event:
        case e.Opened():
            values = {"level": texts(f"level.{event.level}"), "due": event.due}
        case e.Assigned():
            tag = tag if event.to else "unassigned"
            values = {"to": event.to}
        case e.Verified():
            tag = f"{tag}-{event.outcome}"
            values = {"ground": texts(f"cases.ground_{event.ground}")} if event.ground else {}
        case e.Answered():
            values = {"answer": event.answer}
        case e.ClerkAppealUpheld():
            values = {"ground": texts(f"cases.ground_{event.ground}"), "answer": event.answer}
        case e.Reopened() | e.CitizenAppealed():
            values = {"due": event.due}
        case e.CitizenRated():
            values = {"level": texts(f"level.{event.level}")}
        case e.TakenBack():
            values = {"what": texts(f"cases.step_{event.what}")}
    return texts(f"cases.did_{tag}", **values)


def _clock(event: Any, zone: tzinfo) -> str:
    return str(event.at.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
