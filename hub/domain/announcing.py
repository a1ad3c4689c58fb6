"""统一叫号: one announcer for each area, which speaks one call after another; 无声叫号: an area without a voice.

What is being spoken follows from the day's events alone, so that every hub and every screen says the same. A call is
spoken to its end once it has begun; a recall of what is still being spoken, or is yet to be, adds nothing; who is not
called any more when the turn comes is left out. A ticket with `voice` is spoken in a silent area too.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.domain import events as e
from hub.domain.decision import CLOCK_SLACK
from hub.domain.speech import Words
from hub.domain.state import Announcement, Day

TIMES = 2  # each announcement says its words twice
WORDS = Words("请{number}号到{counter}办理", "Ticket {number}, please go to counter {counter}")

_ZH = "零一二三四五六七八九"
_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spoken(state: Day, area: str, at: datetime) -> Announcement | None:
    """What the announcer of that area says at that time, and until when; None: it is silent."""
    return next((one for one in state.announcements.get(area, ()) if one.begins_at <= at < one.ends_at), None)


def words(state: Day, announcement: Announcement) -> Words:
    """「请A零一二号到3号窗口办理」: the digits of a number singly."""
    number, counter = announcement.number, state.place(announcement.counter)
    zh = "".join(_ZH[int(sign)] if sign.isdigit() else sign for sign in number)
    en = " ".join(_EN[int(sign)] if sign.isdigit() else sign for sign in number)
    return Words(WORDS.zh.format(number=zh, counter=counter.name), WORDS.en.format(number=en, counter=counter.id))


def heard(state: Day, event: e.AnyEvent) -> Day:
    """`state`, which the event has changed, with what is to be spoken from now on."""
    programmes = state.announcements
    called = event if isinstance(event, e.TicketCalled) and _has_voice(state, event.counter, event.number) else None
    if called is None and not programmes:
        return state
    if called is not None:
        area = _area(state, called.counter)
        programmes = programmes.set(area, _with_call(state, programmes.get(area, ()), called))
    for area, programme in programmes.items():
        if left := _one_after_another(state, programme, event.at):
            programmes = programmes.set(area, left)
        else:
            programmes = programmes.delete(area)
    return replace(state, announcements=programmes)


def _with_call(state: Day, programme: tuple[Announcement, ...], call: e.TicketCalled) -> tuple[Announcement, ...]:
    ahead = _one_after_another(state, programme, call.at)
    if any((one.number, one.counter) == (call.number, call.counter) for one in ahead):
        return ahead
    begins_at = ahead[-1].ends_at if ahead else call.at
    ends_at = begins_at + timedelta(seconds=state.hall.policy.announcement_s)
    return *ahead, Announcement(number=call.number, counter=call.counter, begins_at=begins_at, ends_at=ends_at)


def _one_after_another(state: Day, programme: tuple[Announcement, ...], at: datetime) -> tuple[Announcement, ...]:
    """What is over is gone; what has begun goes on; the others follow, moved up where one was left out.

    Where our clock was put back, what was being spoken begins again.
    """
    following: list[Announcement] = []
    free_at = at
    for one in programme:
        if one.ends_at <= at:
            continue
        if one.begins_at > at + CLOCK_SLACK:
            if not _is_called(state, one):
                continue
            one = replace(one, begins_at=free_at, ends_at=free_at + (one.ends_at - one.begins_at))
        following.append(one)
        free_at = one.ends_at
    return tuple(following)


def _is_called(state: Day, one: Announcement) -> bool:
    ticket = state.tickets[one.number]
    return (ticket.phase, ticket.counter) == ("called", one.counter) and _has_voice(state, one.counter, one.number)


def _has_voice(state: Day, counter: str, number: str) -> bool:
    area = _area(state, counter)
    for known in state.hall.area:
        if known.id == area:
            return known.voice or state.tickets[number].voice
    return False


def _area(state: Day, counter: str) -> str:
    """Where the counter stands; empty for one that the hall has no more."""
    for known in state.hall.counter:
        if known.id == counter:
            return known.area
    return ""
