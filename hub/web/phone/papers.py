"""What a citizen takes along from the page: a QR code for the machine at the hall, and an entry for calendars."""

import io
from datetime import datetime, timedelta

import segno

_QUIET = 4  # modules around the code (ISO/IEC 18004)
_REMINDER = timedelta(hours=1)


def qr_svg(text: str) -> str:
    """A whole SVG element. Error correction M: screens are clean, but scratched."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=_QUIET, xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode().strip()


def calendar_entry(
    ident: str, *, title: str, begins: datetime, minutes: int, where: str, notes: str, made_at: datetime
) -> bytes:
    """An .ics file (RFC 5545) with times in UTC, which every calendar shows by its own zone. `ident` is unique."""
    from icalendar import Alarm, Calendar, Event  # slow to load: when somebody wants one

    entry = Event()
    entry.add("uid", ident)
    entry.add("dtstamp", made_at)
    entry.add("dtstart", begins)
    entry.add("dtend", begins + timedelta(minutes=minutes))
    entry.add("summary", title)
    entry.add("location", where)
    entry.add("description", notes)
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("trigger", -_REMINDER)
    reminder.add("description", title)
    entry.add_component(reminder)
    whole = Calendar()
    whole.add("prodid", "-//Tingxu//appointments//")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add_component(entry)
    return bytes(whole.to_ical())
