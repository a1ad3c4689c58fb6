"""Which day of a hall a command is about. Days are written YYYY-MM-DD."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.domain import commands as c
from hub.domain.queue import InvalidCommandError, day_of_ask
from hub.domain.ratings import LATE_MAX

DAYS_AHEAD = 62  # of appointments: seven working days, whatever holidays are in between
_DAYS_BACK = 7  # how late a ticket may come and still find its day


def local_day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d")


def oldest(today: str, days: int = LATE_MAX.days) -> str:
    """The day so many days back: as long as a service may be rated, where no other number is given."""
    return (date.fromisoformat(today) - timedelta(days=days)).isoformat()


def day_to_come(today: str, day: str) -> str:
    """Raises InvalidCommandError for one that is over, too far ahead, or no day at all."""
    first = date.fromisoformat(today)
    try:
        named = date.fromisoformat(day)
        ahead = (named - first).days if named.isoformat() == day else -1  # a stream has one name
    except ValueError:
        ahead = -1
    if not 0 <= ahead <= DAYS_AHEAD:
        raise InvalidCommandError("bad-day", f"{day!r} is not from today on, or more than {DAYS_AHEAD} days ahead")
    return day


def named_day(command: c.Command, today: str, zone: ZoneInfo) -> str:
    """Today, but for what may belong to an earlier day: a rating asked for, a ticket given then."""
    if isinstance(command, c.Rate | c.GiveReasons):
        named, since = day_of_ask(command.ask), oldest(today)
    elif isinstance(command, c.AdmitTicket):
        dated = local_day(command.taken_at, zone)
        named = max(dated, command.day)  # either may be of a clock that stood still; a citizen lost costs more
        since = oldest(today, _DAYS_BACK)
    else:
        return today
    return named if since <= named < today else today
