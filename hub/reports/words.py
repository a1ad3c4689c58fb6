"""What reports say beside the figures' own names."""

from hub.domain.speech import Words
from hub.history.asking import By
from hub.reports.report import Measure

RANGE = Words("统计期", "Period")
BEFORE = Words("上期", "Period before")
NOW = Words("本期", "This period")
CHANGE = Words("增减", "Change")
RATIO = Words("增减幅度", "Change in per cent")
TOTAL = Words("合计", "Total")
HALL = Words("大厅", "Hall")
ONLY = Words("限于", "Only")
ALL = Words("全部", "Everything")
MADE = Words("生成时间", "Made at")
BY_WHOM = Words("生成人", "Made by")
UNREAD = Words("注意", "Note")
SHORT = Words(
    "这些日期有{count}个事件无法读取，指标可能偏少",
    "{count} events of these days could not be read; figures may be short",
)
FIGURE = Words("指标", "Figure")
FORMULA = Words("公式", "Formula")
SOURCE = Words("数据来源", "Counted from")
UNIT = Words("单位", "Unit")
SHARE_OF_ALL = Words("占全部", "Of all")
SHARE_FORMULA = Words("本行办件量 ÷ 合计办件量", "services of the line ÷ services in all")
OF_LEAD = Words("{name}较上期", "{name}: change")
PAGE = Words("第 {page} 页，共 {pages} 页", "Page {page} of {pages}")
FORMULAS = Words("公式与来源", "Formulas and sources")
FROM_LOG = Words("事件日志", "the event log")
FIRST = Words("前 {count} 项", "first {count}")
NOTHING = Words("此期间没有数据", "There is nothing in this period")
UNTIL = Words("（末日截至 {time}）", " (the last day until {time})")
COMMA = Words("、", ", ")

OVERVIEW = Words("总览", "Overview")
FAIRNESS = Words("公平：苦乐不均", "Fairness: who has how much work")
SPREAD = {"counter": Words("各窗口工作量", "Work of each counter"),
          "clerk": Words("各工作人员工作量", "Work of each clerk")}  # fmt: skip

DIMENSIONS: dict[By, Words] = {
    "centre": Words("中心", "Centre"),
    "floor": Words("楼层", "Floor"),
    "area": Words("区域", "Area"),
    "service": Words("业务", "Service"),
    "line": Words("来源", "Line"),
    "counter": Words("窗口", "Counter"),
    "clerk": Words("工作人员", "Clerk"),
    "hour": Words("时段", "Hour"),
    "weekday": Words("星期", "Weekday"),
    "day": Words("日期", "Day"),
    "month": Words("月份", "Month"),
}
"""What a reader may choose as lines of a table."""

LINES = {
    "walk-in": Words("现场取号", "Walk-in"),
    "appointment": Words("预约", "Appointment"),
    "priority": Words("优先", "Priority"),
}
WEEKDAYS = (
    Words("星期一", "Monday"), Words("星期二", "Tuesday"), Words("星期三", "Wednesday"), Words("星期四", "Thursday"),
    Words("星期五", "Friday"), Words("星期六", "Saturday"), Words("星期日", "Sunday"),
)  # fmt: skip
NOBODY = Words("（无）", "(none)")

UNITS: dict[Measure, Words] = {
    "": Words("", ""),
    "tickets": Words("张", "tickets"),
    "people": Words("人次", "people"),
    "items": Words("项", "items"),
    "s": Words("时:分:秒", "h:min:s"),
    "share": Words("%", "%"),
    "level": Words("1–5", "1–5"),
    "points": Words("百分点", "percentage points"),
    "ratio": Words("%", "%"),
    "days": Words("工作日", "working days"),
}
"""As a person reads them."""
RAW_UNITS = UNITS | {
    "s": Words("秒", "s"),
    "share": Words("0–1", "0–1"),
    "points": Words("0–1之差", "difference of 0–1"),
    "ratio": Words("0–1", "0–1"),
}
"""As a CSV has them."""

RELATIONS = {
    "tickets": Words("号票：每个取出的号一行", "tickets: a row for each number that was given"),
    "turns": Words("叫号：每次叫到窗口一行，撤销的不计", "turns: a row for each call that was not undone"),
    "ratings": Words("评价：每次邀评一行", "ratings: a row for each ticket that was asked"),
    "stretches": Words("窗口时间：每刻钟内每个状态一行", "stretches: a row for each state in a quarter of an hour"),
    "bookings": Words("预约：每个预约一行，计入其时段", "appointments: a row for each, counted when its slot begins"),
}  # fmt: skip


def pick(words: Words, language: str) -> str:
    return words.en if language == "en" and words.en else words.zh
