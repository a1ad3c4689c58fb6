"""The catalogue of figures (指标): each with its formula in words, where it comes from, and how it is counted. Names in
Chinese are those of a monitoring platform (监控平台)."""

from hub.history.figures.bookings import BOOKINGS
from hub.history.figures.devices import DEVICES, DeviceBy, DeviceFigure, Worst
from hub.history.figures.figure import Figure, Unit
from hub.history.figures.levels import LEVELS
from hub.history.figures.ratings import RATINGS
from hub.history.figures.reasons import REASON_FIGURES
from hub.history.figures.stretches import STRETCHES
from hub.history.figures.tickets import TICKETS
from hub.history.figures.turns import TURNS

__all__ = [
    "BY_IDENT",
    "DEVICES",
    "FIGURES",
    "REASON_FIGURES",
    "DeviceBy",
    "DeviceFigure",
    "Figure",
    "Unit",
    "Worst",
]

FIGURES: tuple[Figure, ...] = (*TICKETS, *TURNS, *RATINGS, *LEVELS, *STRETCHES, *BOOKINGS)
BY_IDENT = {one.ident: one for one in (*FIGURES, *REASON_FIGURES)}
"""All that can be asked."""
