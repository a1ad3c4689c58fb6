"""预约: how many are made, and what becomes of them."""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import HERE, STEPS, count, curve, figure
from provisioning.stack.dashboards.panels import board as of_hall


def _where(tag: str, value: str) -> str:
    return f"{HERE} AND \"{tag}\" = '{value}'"


def board() -> boards.Dashboard:
    made = of_hall("tingxu-appointments", "预约 Appointments", "now-7d")
    booked = _where("change", "booked")
    for change, title in (
        ("booked", "预约 Booked"), ("kept", "履约 Kept"), ("missed", "爽约 Missed"), ("cancelled", "取消 Cancelled"),
    ):  # fmt: skip
        made.with_panel(figure(title, count("appointment", "ahead_s", _where("change", change))))
    ahead = f'SELECT mean("ahead_s") FROM "appointment" WHERE {booked}'
    made.with_panel(figure("提前预约 Booked ahead by", ahead, "s"))
    lined = count("ticket_taken", where=_where("line", "appointment"))
    made.with_panel(figure("预约取号 Tickets by appointment", lined))
    made.with_panel(curve(
        "预约变化 What became of appointments",
        f'SELECT count("ahead_s") FROM "appointment" WHERE {HERE} {STEPS}, "change" fill(0)', "$tag_change",
    ))  # fmt: skip
    made.with_panel(curve(
        "预约量 Booked, by service",
        f'SELECT count("ahead_s") FROM "appointment" WHERE {booked} {STEPS}, "service" fill(0)', "$tag_service",
    ))  # fmt: skip
    return made
