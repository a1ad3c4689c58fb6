"""Citizens' pages, for a phone: nothing to install, no account; the queue, what to bring, rating, appointments."""

from fastapi import APIRouter

from hub.web.phone.booking import booking
from hub.web.phone.following import Working, following
from hub.web.phone.forgetting import forgetting
from hub.web.phone.links import Links
from hub.web.phone.matters import matters
from hub.web.phone.mine import mine
from hub.web.phone.visitors import Doors, Visitors, entering
from hub.web.site import Site

__all__ = ["phone"]


def phone(site: Site, links: Links, working: Working, doors: Doors, secure: bool) -> list[APIRouter]:
    visitors = Visitors(site, doors, secure)
    return [
        matters(site),
        following(site, links, working),
        entering(visitors),
        booking(visitors),
        forgetting(visitors),
        mine(visitors),
    ]
