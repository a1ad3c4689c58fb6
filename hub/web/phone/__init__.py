"""Citizens' pages, for a phone: nothing to install, nobody logs in; the queue, what to bring, rating, booking."""

from datetime import date

from fastapi import APIRouter

from hub.web.phone.following import following
from hub.web.phone.links import Links
from hub.web.phone.matters import matters
from hub.web.site import Site

__all__ = ["phone"]


def phone(site: Site, links: Links) -> list[APIRouter]:
    return [matters(site), following(site, links, _weekdays)]


def _weekdays(_hall: str, day: date) -> bool:
    return day.weekday() < 5
