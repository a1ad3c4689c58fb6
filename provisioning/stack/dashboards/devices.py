"""设备: who is there, what came and went, and how boards and printers are."""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import HERE, STEPS, bars, curve, figure, sum_of_last
from provisioning.stack.dashboards.panels import board as of_hall


def board() -> boards.Dashboard:
    made = of_hall("tingxu-devices", "设备 Devices", "now-6h")
    newest = (f'(SELECT last("online") AS "online", last("expected") AS "expected" FROM "devices" WHERE {HERE} '
              'GROUP BY "kind")')  # fmt: skip
    made.with_panel(figure("点位 Positions", sum_of_last("devices", "expected", "kind")))
    made.with_panel(figure("在线 Online", sum_of_last("devices", "online", "kind")))
    share = f'SELECT sum("online") / sum("expected") FROM {newest}'
    made.with_panel(figure("设备在线率 Share online", share, "percentunit"))
    lost = f'SELECT count("online") - sum("online") FROM "presence" WHERE {HERE}'
    made.with_panel(figure("下线次数 Times that one went", lost))
    each = f'SELECT last("paper_state") AS "paper_state" FROM "device" WHERE {HERE} GROUP BY "position"'
    paper = f'SELECT max("paper_state") FROM ({each})'
    made.with_panel(figure("缺纸 Paper: 0 ok, 1 low, 2 out; the worst", paper))
    made.with_panel(figure("待发消息 Waiting to be sent, most", f'SELECT max("outbox") FROM "device" WHERE {HERE}'))
    made.with_panel(curve(
        "在线 Online, by kind", f'SELECT last("online") FROM "devices" WHERE {HERE} {STEPS}, "kind" fill(previous)',
        "$tag_kind",
    ))  # fmt: skip
    made.with_panel(curve(
        "上下线 Came and went, by kind",
        f'SELECT count("online") FROM "presence" WHERE {HERE} {STEPS}, "kind" fill(0)', "$tag_kind",
    ))  # fmt: skip
    for title, query, unit in (
        ("内存 Memory of the agents, most", 'max("memory_mb")', "decmbytes"),
        ("磁盘剩余 Free disk, least", 'min("disk_free_mb")', "decmbytes"),
        ("断线重连 Sessions since the agent's start, most", 'max("connects")', "none"),
        ("待发消息 Waiting to be sent, most", 'max("outbox")', "none"),
        ("处理器温度 Processor, hottest", 'max("cpu_c")', "celsius"),
    ):
        made.with_panel(curve(
            f"{title}, by kind", f'SELECT {query} FROM "device" WHERE {HERE} {STEPS}, "kind" fill(none)',
            "$tag_kind", unit,
        ))  # fmt: skip
    made.with_panel(curve(
        "时钟偏差 Boards' clocks: furthest behind, furthest ahead",
        f'SELECT max("offset_ms") AS "behind", min("offset_ms") AS "ahead" FROM "device" WHERE {HERE} {STEPS} '
        "fill(none)", "$col", "ms",
    ))  # fmt: skip
    made.with_panel(bars(
        "打印机纸张 Paper, by machine: 0 ok, 1 low, 2 out",
        f'SELECT last("paper_state") FROM "device" WHERE {HERE} GROUP BY "position"', "$tag_position",
    ))  # fmt: skip
    made.with_panel(bars(
        "上下线最多 Came and went, by position",
        f'SELECT count("online") FROM "presence" WHERE {HERE} GROUP BY "position"', "$tag_position",
    ))  # fmt: skip
    return made
