"""中继器与无线: what handhelds say, who hears them, and by which repeater they are spoken to."""

# ruff: noqa: S608 - InfluxQL, made of this module's own words

from grafana_foundation_sdk.builders import dashboard as boards

from provisioning.stack.dashboards.panels import HERE, STEPS, bars, count, curve, figure
from provisioning.stack.dashboards.panels import board as of_hall

_HEARD = f'FROM "signal" WHERE {HERE} {STEPS}, "position", "repeater" fill(none)'
_BOTH = "$tag_position, $tag_repeater"


def board() -> boards.Dashboard:
    made = of_hall("tingxu-radio", "中继器与无线 Repeaters and radio", "now-6h")
    made.with_panel(figure("手持器按键 Words of handhelds, with echoes", count("handheld", "echo")))
    echoes = f'SELECT mean("echo") FROM "handheld" WHERE {HERE}'
    made.with_panel(figure("重复收到 Of these, heard by another repeater as well", echoes, "percentunit"))
    made.with_panel(figure("通路切换 Paths chosen anew", count("path", "instead_of")))
    made.with_panel(figure("最弱信号 Weakest signal", f'SELECT min("rssi_dbm") FROM "signal" WHERE {HERE}', "dBm"))
    made.with_panel(figure("丢帧 Frames lost, mean", f'SELECT mean("loss") FROM "signal" WHERE {HERE}', "percentunit"))
    made.with_panel(figure("无应答 Unanswered in a row, most", f'SELECT max("misses") FROM "signal" WHERE {HERE}'))
    made.with_panel(curve("信号强度 Strength", f'SELECT mean("rssi_dbm") {_HEARD}', _BOTH, "dBm"))
    made.with_panel(curve("丢帧 Frames lost", f'SELECT max("loss") {_HEARD}', _BOTH, "percentunit"))
    made.with_panel(curve("无应答 Unanswered in a row", f'SELECT max("misses") {_HEARD}', _BOTH))
    made.with_panel(curve(
        "按键 Words of handhelds, without echoes",
        f'SELECT count("echo") - sum("echo") FROM "handheld" WHERE {HERE} {STEPS}, "position" fill(none)',
        "$tag_position",
    ))  # fmt: skip
    made.with_panel(bars(
        "通路切换 Paths chosen anew, by repeater",
        f'SELECT count("instead_of") FROM "path" WHERE {HERE} GROUP BY "position", "repeater"', _BOTH,
    ))  # fmt: skip
    made.with_panel(bars(
        "切换原因 Why: gone, lost, better",
        f'SELECT count("instead_of") FROM "path" WHERE {HERE} GROUP BY "reason"', "$tag_reason",
    ))  # fmt: skip
    return made
