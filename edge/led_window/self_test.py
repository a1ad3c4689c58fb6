"""The tests that the hub can order of a window display. Pure."""

import msgspec

from edge.led_window import timeline
from edge.led_window.scene import Page, Show
from edge.led_window.settings import Settings

TESTS = {
    "pattern": "显示测试图案：全亮、扫行、扫列、模块编号 Show a pattern: all lit, rows, columns, block numbers",
    "text": "显示尺寸和设置 Show size and settings",
}
PATTERN_S = 15.0
LONGEST_S = 60.0
_CUT_SHORT = "有新的显示内容，自检提前结束 Something real had to be shown: the test ended early"
_BUSY = "窗口正在叫号，请稍后再试 A number is being called here: try again later"
_UNDER_WAY = "自检正在进行 A self-test is under way"
_CARD = "控制卡已应答；请在现场看显示是否正确 The card has acknowledged; look whether it shows what it should"
_CHIPS = "已送出；芯片不会应答，请在现场看显示是否正确 Sent; the chips answer nothing: look whether it is right"


class Running(msgspec.Struct, frozen=True):
    """A test under way: the order's id, what is shown, and until when."""

    order: str
    show: Show
    until: float


def begun(order: str, test: str, settings: Settings, at: float) -> Running:
    if test == "pattern":
        return Running(order, Show(pattern=True), at + PATTERN_S)
    show = Show(pages=_pages(settings))
    return Running(order, show, at + min(LONGEST_S, timeline.round_s(show, settings.motion, settings.size)))


def under_way() -> str:
    return _UNDER_WAY


def busy() -> str:
    return _BUSY


def outcome(settings: Settings, error: str, cut_short: bool) -> tuple[bool, str]:
    """Whether it went well, and what to tell the technician."""
    if error:
        return False, error
    if cut_short:
        return False, _CUT_SHORT
    return True, _CARD if settings.driver.startswith("onbon") else _CHIPS


def _pages(settings: Settings) -> tuple[Page, ...]:
    width, height = settings.size
    pages = (Page(f"{width}×{height}"), Page(_wiring(settings)), Page(f"亮度{settings.contrast >> 4}/15"))
    return (*pages, Page(f"全亮{width * height}点"))


def _wiring(settings: Settings) -> str:
    if settings.driver.startswith("onbon"):
        return f"屏号{settings.card.screen} {settings.card.font_dots}点阵 {settings.card.charset}"
    order = "倒序" if settings.blocks_arranged_in_reverse_order else "正序"
    rows = "蛇形" if settings.rows == "serpentine" else "同向"
    return f"方向{settings.block_orientation} 旋转{settings.rotate} {order} {rows}"
