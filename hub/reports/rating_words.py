"""What the report of ratings says beside the figures' own names."""

from hub.cases.outcomes import Ended, Stand
from hub.domain.speech import Words

TITLE = Words("好差评报表", "Ratings report")
MEASURES = Words("总体指标", "Measures")
LEVELS = Words("评价等级", "Ratings by level")
LEVEL = Words("等级", "Level")
COUNT = Words("数量", "How many")
BY_CHANNEL = Words("评价渠道", "Ratings by channel")
CHANNEL = Words("渠道", "Channel")
CHANNELS = {
    "evaluator": Words("窗口评价器", "At the counter's evaluator"),
    "phone": Words("手机补评", "Afterwards by phone"),
}
RATED_BEFORE = Words("上期评价量", "Rated before")
REASONS = Words("差评原因", "Why citizens were not satisfied")
REASON = Words("原因", "Reason")
OUTCOMES = Words("差评办理结果", "Cases by outcome")
OUTCOME = Words("结果", "Outcome")
CASES = Words("案件", "Cases")
DAYS_P50 = Words("办结用时中位数", "Time to close, median")
DAYS_MAX = Words("办结用时最长", "Time to close, longest")
DAYS_HOW = Words("开案次日起至办结日的工作日数", "working days after the day of opening, until the day of closing")
LATE = Words("超期办结", "Closed late")
IN_TIME = Words("办理时限", "Cases by time")
STAND = Words("时限情况", "Time")
FROM_CASES = Words("评价事件与差评案件", "ratings in the event log, and the cases of negative ones")
ENDED: dict[Ended, Words] = {
    "justified": Words("属实，已整改", "justified and put right"),
    "mistake": Words("不属实：误评", "not justified: a mistake"),
    "malicious": Words("不属实：恶意差评", "not justified: malicious"),
    "unfounded": Words("不属实：查无实据", "not justified: nothing could be confirmed"),
    "open": Words("未办结", "open"),
}
STANDS: dict[Stand, Words] = {
    "in-time": Words("按期办结", "closed in time"),
    "late": Words("超期办结", "closed late"),
    "open": Words("在办，未到期", "open, in time"),
    "due": Words("在办，期限在下一个工作日以内", "open, due by the end of the next working day"),
    "overdue": Words("在办，已逾期", "open, overdue"),
}
COUNTED = {
    "asked": Words("邀评量", "Asked to rate"),
    "rated": Words("评价量", "Rated"),
    "positive": Words("好评量", "Positive (levels 5, 4 and 3)"),
    "negative": Words("差评量", "Negative (levels 2 and 1)"),
    "cases": Words("差评案件", "Cases"),
    "not_adopted": Words("不予采纳（误评、恶意差评）", "Not adopted (mistaken, malicious)"),
    "unjustified": Words("不属实", "Not justified"),
    "rectified": Words("属实并已整改", "Put right"),
    "answered": Words("已答复", "Answered"),
}
