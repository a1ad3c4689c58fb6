"""Figures of devices: counted from when they came and went, and from what they reported, which the database keeps for a
while (hub/storage/health.py); not from the log, and so not by SQL over its rows."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from hub.domain.presence import There

DeviceBy: TypeAlias = Literal["time", "day", "month", "kind", "floor", "area", "position"]


class Worst(NamedTuple):
    """The worst that was reported: the clock's error in ms, °C."""

    clock_ms: float | None = None
    cpu_c: float | None = None

    def plus(self, clock_ms: float | None, cpu_c: float | None) -> "Worst":
        return Worst(_most(self.clock_ms, clock_ms), _most(self.cpu_c, cpu_c))


class DeviceFigure(NamedTuple):
    """As `Figure`, but of what is stored about devices; `of`: one period, or several added up."""

    ident: str
    zh: str
    en: str
    unit: str
    formula_zh: str
    formula_en: str
    good: str
    of: Callable[[There, Worst], float | int | None]

    @property
    def total(self) -> bool:
        """It can be added up over rows."""
        return self.ident in ("offline_s", "drops", "starts")


_FIGURES = (
    DeviceFigure(
        "online_share", "设备在线率", "Online", "share",
        "在线时长 ÷ 已知时长（首次上线之前不计）",
        "time online ÷ time that anything is known of (before it first came, nothing is)", "up",
        lambda one, worst: one.online_s / one.known_s if one.known_s else None,
    ),
    DeviceFigure(
        "offline_s", "离线时长", "Offline", "s", "各点位离线时长之和", "time offline, of all positions together",
        "down",
        lambda one, worst: one.known_s - one.online_s if one.known_s else None,
    ),
    DeviceFigure(
        "drops", "掉线次数", "Lost", "", "没有告别就断开的次数", "how often a device went without a word", "down",
        lambda one, worst: one.drops,
    ),
    DeviceFigure(
        "starts", "重启次数", "Started", "", "设备程序重新启动的次数", "how often an agent began anew", "down",
        lambda one, worst: one.starts,
    ),
    DeviceFigure(
        "clock_ms", "时钟偏差（最大）", "Clock wrong by, at most", "ms", "上报的|中枢时钟 − 设备时钟|的最大值",
        "greatest |hub's clock − the board's| reported", "down", lambda one, worst: worst.clock_ms,
    ),
    DeviceFigure(
        "cpu_c", "处理器温度（最高）", "Processor, at most", "°C", "上报的处理器温度的最高值",
        "hottest processor reported", "down",
        lambda one, worst: worst.cpu_c,
    ),
)  # fmt: skip
DEVICES = {one.ident: one for one in _FIGURES}


def _most(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)
