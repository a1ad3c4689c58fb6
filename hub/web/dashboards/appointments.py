"""Appointments: how many, and how many came."""

from hub.web.dashboards.panel import ALONG, Dashboard, Panel, stats

APPOINTMENTS = Dashboard(
    name="appointments",
    variables=("centre", "floor", "service"),
    panels=(
        *stats("bookings", "booked_share", wide=3),
        *stats("kept_share", "missed_booking_share", wide=3, kind="gauge"),
        Panel(ident="booked-along", kind="line", figures=("bookings",), by=(ALONG,), wide=6, high=2),
        Panel(
            ident="kept-along", kind="line", figures=("kept_share", "missed_booking_share"), by=(ALONG,), wide=6, high=2
        ),
        Panel(ident="booked-services", kind="bars", figures=("bookings",), by=("service",), wide=6, high=3, most=12),
        Panel(
            ident="booked-table",
            kind="table",
            figures=("bookings", "kept_share", "missed_booking_share", "booked_share"),
            by=("service",),
            wide=6,
            high=3,
        ),
        Panel(ident="booked-hours", kind="heat", figures=("bookings",), by=("weekday", "hour"), wide=12, high=2),
    ),
)
