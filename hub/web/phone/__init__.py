"""Citizens' pages, for a phone: nothing to install, no account; the queue, what to bring, rating, appointments."""

from fastapi import APIRouter

from hub.cases.handling import Handling
from hub.web.phone.booking import booking
from hub.web.phone.cases import Cases, own_case
from hub.web.phone.following import Working, following
from hub.web.phone.forgetting import forgetting
from hub.web.phone.links import Links
from hub.web.phone.matters import matters
from hub.web.phone.mine import mine
from hub.web.phone.visitors import Doors, Visitors, entering
from hub.web.site import Site

__all__ = ["phone"]


def phone(
    site: Site, links: Links, working: Working, handling: Handling, doors: Doors, secure: bool
) -> list[APIRouter]:
    visitors, cases = Visitors(site, doors, secure), Cases(site, links, handling)
    return [
        matters(site),
        following(site, links, working, cases),
        own_case(cases),
        entering(visitors),
        booking(visitors),
        forgetting(visitors),
        mine(visitors),
    ]
