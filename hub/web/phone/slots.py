"""The calendar of what is free, as pages show it: days, and the slots of one of them."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from halls.format import Hall
from hub.appointments.calendar import DayOffer, Slot
from hub.web.texts import Texts

_CLOSED = ("closed-weekend", "closed-holiday", "closed-that-day", "slots-over")


class DayShown(NamedTuple):
    """`state`: in words; `open`: it has slots to look at; `chosen`: its slots are shown."""

    day: str
    month: str
    weekday: str
    state: str
    open: bool
    chosen: bool


class SlotShown(NamedTuple):
    """`state`: in words; `can`: book, wait, or empty for neither."""

    slot: str
    until: str
    state: str
    can: str


def calendar(texts: Texts, hall: Hall, offers: list[DayOffer], wanted: str, now: datetime) -> dict[str, Any]:
    """For the template. `wanted`: the day whose slots are shown; any other text: the first with a free place."""
    by_day = {one.day: one for one in offers if not one.closed}
    free = next((one.day for one in by_day.values() if any(slot.free for slot in one.slots)), "")
    chosen = by_day.get(wanted) or by_day.get(free) or next(iter(by_day.values()), None)
    days = [_day(texts, one, chosen is not None and one.day == chosen.day) for one in offers]
    slots = [_slot(texts, hall, one, now) for one in chosen.slots] if chosen else []
    return {
        "days": days,
        "slots": slots,
        "chosen": chosen.day if chosen else "",
        "chosen_told": day_told(texts, chosen.day) if chosen else "",
    }


def day_told(texts: Texts, day: str) -> str:
    """As people read it: the month, the day and the day of the week."""
    that = date.fromisoformat(day)
    return f"{month_day(texts, that)} {texts(f'phone.weekday_{that.isoweekday()}')}"


def month_day(texts: Texts, day: date) -> str:
    return texts("phone.month_day", month=texts(f"phone.month_{day.month}"), day=day.day)


def span_told(at: datetime, minutes: int) -> str:
    """09:00–09:30, by the hall's clock."""
    return f"{at:%H:%M}–{at + timedelta(minutes=minutes):%H:%M}"


def _day(texts: Texts, offer: DayOffer, chosen: bool) -> DayShown:
    that = date.fromisoformat(offer.day)
    free = sum(slot.free for slot in offer.slots)
    if offer.closed:
        state = texts(f"phone.short_{offer.closed if offer.closed in _CLOSED else 'closed-that-day'}")
    else:
        state = texts("phone.free", count=free) if free else texts("phone.full")
    return DayShown(
        offer.day,
        month_day(texts, that),
        texts(f"phone.weekday_{that.isoweekday()}"),
        state,
        not offer.closed,
        chosen,
    )


def _slot(texts: Texts, hall: Hall, slot: Slot, now: datetime) -> SlotShown:
    until = f"{slot.at + timedelta(minutes=slot.minutes):%H:%M}"
    if slot.free:
        return SlotShown(f"{slot.at:%H:%M}", until, texts("phone.free", count=slot.free), "book")
    waits = slot.capacity > 0 and slot.at - now > timedelta(hours=hall.appointments.change_h)
    return SlotShown(f"{slot.at:%H:%M}", until, texts("phone.full"), "wait" if waits else "")
