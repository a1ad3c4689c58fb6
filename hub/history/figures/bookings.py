"""Figures of appointments."""

from hub.history.figures.figure import Figure

BOOKINGS: tuple[Figure, ...] = (
    Figure(
        ident="bookings",
        zh="预约量",
        en="Appointments",
        unit="people",
        relation="bookings",
        total=True,
        sql="count(*) FILTER (WHERE state <> 'waiting')",
        formula_zh="得到号源的预约数（含后来取消的）",
        formula_en="appointments that had a place, cancelled ones included",
    ),
    Figure(
        ident="kept_share",
        zh="履约率",
        en="Kept",
        unit="share",
        relation="bookings",
        good="up",
        sql="count(*) FILTER (WHERE state = 'kept') / nullif(count(*) FILTER (WHERE state IN ('kept', 'missed')), 0)",
        formula_zh="已签到 ÷（已签到＋爽约）",
        formula_en="kept ÷ (kept + missed)",
    ),
    Figure(
        ident="missed_booking_share",
        zh="爽约率",
        en="Missed appointments",
        unit="share",
        relation="bookings",
        good="down",
        sql="count(*) FILTER (WHERE state = 'missed') / nullif(count(*) FILTER (WHERE state IN ('kept', 'missed')), 0)",
        formula_zh="爽约 ÷（已签到＋爽约）",
        formula_en="missed ÷ (kept + missed)",
    ),
)
