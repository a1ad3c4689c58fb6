"""满意度: who was asked, who rated, and how. 好评 is level 3 to 5; no rating is never counted as one."""

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import COUNTED, HERE, STEPS, bars, count, curve, figure
from provisioning.stack.dashboards.panels import board as of_hall


def board() -> boards.Dashboard:
    made = of_hall("tingxu-satisfaction", "满意度 Satisfaction", "now-7d")
    rated, asked = f'FROM "ticket_rated" WHERE {HERE}', f'FROM "rating" WHERE {COUNTED}'
    made.with_panel(figure("请求评价 Asked", f'SELECT sum("asked") {asked}'))
    made.with_panel(figure("评价 Rated", count("ticket_rated")))
    share = f'SELECT sum("rated") / sum("asked") {asked}'
    made.with_panel(figure("主动评价率 Of those asked, rated", share, "percentunit"))
    made.with_panel(figure("好评率 Level 3 to 5", f'SELECT mean("good") {rated}', "percentunit"))
    made.with_panel(figure("差评 Level 1 and 2", f'SELECT count("good") - sum("good") {rated}'))
    made.with_panel(figure("平均星级 Level, mean", f'SELECT mean("level") {rated}'))
    made.with_panel(curve(
        "好评与差评 Good and negative",
        f'SELECT sum("good") AS "好评", count("good") - sum("good") AS "差评" {rated} {STEPS} fill(none)', "$col",
    ))  # fmt: skip
    made.with_panel(curve(
        "平均星级 Level, by service", f'SELECT mean("level") {rated} {STEPS}, "service" fill(none)', "$tag_service",
    ))  # fmt: skip
    for tag, title in (("service", "各业务"), ("counter", "各窗口")):
        made.with_panel(bars(
            f"{title}好评率 Level 3 to 5, by {tag}", f'SELECT mean("good") {rated} GROUP BY "{tag}"',
            f"$tag_{tag}", "percentunit",
        ))  # fmt: skip
        made.with_panel(bars(
            f"{title}主动评价率 Of those asked, rated, by {tag}",
            f'SELECT sum("rated") / sum("asked") {asked} GROUP BY "{tag}"', f"$tag_{tag}", "percentunit",
        ))  # fmt: skip
    return made
