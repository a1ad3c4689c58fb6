"""Events and phases in words, for people who watch."""

from typing import Literal

import msgspec

from halls.format import Hall
from hub.domain import appointment_events as ae
from hub.domain import events as e
from hub.domain import hours, words
from hub.domain.explaining import passed_over
from hub.domain.speech import Words
from hub.web.site import counter_name
from hub.web.texts import Texts
from wire.reasons import REASONS

Tone = Literal["plain", "call", "good", "bad"]
_PATHS_SHOWN = 8  # of changed settings: a floor plan has hundreds
_TONES: dict[type[e.Event], Tone] = {
    e.TicketCalled: "call",
    e.ActionUndone: "bad",
    e.SettingsChanged: "good",
    e.ScreensChanged: "good",
    e.ServiceEnded: "good",
    e.Rated: "good",
    e.Refused: "bad",
    e.TicketMissed: "bad",
    e.TicketCancelled: "bad",
    ae.AppointmentMissed: "bad",
}


def spoken(texts: Texts, both: Words) -> str:
    return both.en if texts.language == "en" else both.zh


def told(texts: Texts, hall: Hall, event: e.AnyEvent) -> str:
    """One event as a sentence."""
    values = msgspec.structs.asdict(event)
    key = str(event.__struct_config__.tag)
    match event:
        case e.TicketCalled(calls=calls) if calls > 1:
            key = "ticket-recalled"
        case e.TicketQueued(confirmed=False):
            key = "ticket-queued-unconfirmed"
        case e.TicketTransferred():
            values["to"] = f" → {_counter(texts, hall, event.to)}" if event.to else ""
        case e.SettingsChanged():
            paths = list(event.changes)
            more = f" … +{len(paths) - _PATHS_SHOWN}" if len(paths) > _PATHS_SHOWN else ""
            values["paths"] = ", ".join(paths[:_PATHS_SHOWN]) + more
        case e.ScreensChanged():
            values["what"] = texts(f"screens.{event.what}")
        case ae.AppointmentBooked() | ae.AppointmentMoved():
            values["when"] = hours.local(hall, event.slot_at).strftime("%Y-%m-%d %H:%M")
        case ae.AppointmentCancelled():
            values["because"] = f" · {event.reason}" if event.reason else ""
        case e.Rated():
            values["level"] = texts(f"level.{event.level}")
        case e.ReasonsGiven():
            values["reasons"] = texts("counter.then").join(_reason(texts, code) for code in event.reasons)
        case e.Refused():
            key = "refused" if event.counter else "refused-elsewhere"
            values["words"] = spoken(texts, words.refusal(event.code, event.detail))
    values["counter"] = _counter(texts, hall, getattr(event, "counter", ""))
    values["service"] = _service(texts, hall, getattr(event, "service", ""))
    return texts(f"event.{key}", **values)


def tone(event: e.AnyEvent) -> Tone:
    return _TONES.get(type(event), "plain")


def why(texts: Texts, happened: list[e.AnyEvent]) -> str:
    """Why the ticket was called last, and who was passed over then, from what happened to it."""
    called = next((event for event in reversed(happened) if isinstance(event, e.TicketCalled) and event.why), None)
    if called is None:
        return ""
    told = [words.why(called.why, called.number, called.because)]
    if called.passed:
        told.append(passed_over(called.passed))
    return texts("counter.then").join(spoken(texts, one) for one in told)


def _reason(texts: Texts, code: str) -> str:
    zh, en = REASONS[int(code[0])][code]
    return en if texts.language == "en" else zh


def _counter(texts: Texts, hall: Hall, ident: str) -> str:
    return next((counter_name(texts, counter) for counter in hall.counter if counter.id == ident), ident)


def _service(texts: Texts, hall: Hall, letter: str) -> str:
    return next((texts.name(service) for service in hall.service if service.letter == letter), letter)
