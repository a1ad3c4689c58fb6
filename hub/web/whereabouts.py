"""Where a position is, in words."""

from halls.format import Hall, Position
from hub.web.site import counter_name
from hub.web.texts import Texts


def where(texts: Texts, hall: Hall, position: Position) -> str:
    """Area, counter and label, as far as it has them."""
    counter = next((counter_name(texts, one) for one in hall.counter if one.id == position.counter), "")
    return " · ".join(part for part in (area_name(texts, hall, position), counter, position.label) if part)


def area_name(texts: Texts, hall: Hall, position: Position) -> str:
    return next((texts.name(area) for area in hall.area if area.id == position.area), position.area)
