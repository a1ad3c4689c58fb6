"""Refusals and reasons in words, Chinese and English, by code. `{…}` is filled with what the event says."""

from typing import NamedTuple


class Words(NamedTuple):
    zh: str
    en: str

    def fill(self, **values: str) -> "Words":
        return Words(self.zh.format_map(_Blank(values)), self.en.format_map(_Blank(values)))


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


REFUSALS: dict[str, Words] = {
    "nobody-waiting": Words("无人等候", "Nobody is waiting"),
    "counter-closed": Words("请先登录", "Sign on first"),
    "counter-paused": Words("窗口已暂停，请先恢复", "The counter is paused; resume first"),
    "counter-open": Words("窗口已由{detail}登录", "Clerk {detail} is signed on here"),
    "not-paused": Words("窗口未暂停", "The counter is not paused"),
    "clerk-elsewhere": Words("该工号已在{detail}窗口登录", "That clerk is signed on at counter {detail}"),
    "ticket-called": Words("{detail}正在呼叫，请先办理或过号", "{detail} is being called: serve it or mark a no-show"),
    "ticket-serving": Words("{detail}正在办理，请先办结", "{detail} is being served: end it first"),
    "no-ticket": Words("当前没有号票", "No ticket at this counter"),
    "not-waiting": Words("{detail}不在等候中", "{detail} is not waiting"),
    "unknown-ticket": Words("没有{detail}号", "There is no ticket {detail}"),
    "not-served-here": Words("本窗口不办理{detail}号的业务", "This counter does not serve the service of {detail}"),
    "recall-too-soon": Words("重呼过快，请稍候", "Too soon to call again"),
    "recall-limit": Words("已达重呼上限，请过号", "Called as often as allowed: mark a no-show"),
    "call-again-first": Words("请再呼叫{detail}次后过号", "Call {detail} more time(s) before a no-show"),
    "not-reserved": Words("{detail}号已处理", "{detail} was dealt with already"),
    "superseded": Words("该取号已由取号机另行出号", "The machine gave another ticket instead"),
    "already-admitted": Words("{detail}号已在册", "{detail} is known already"),
    "unknown-ask": Words("没有这次评价", "No such rating was asked for"),
    "already-rated": Words("已评价，谢谢", "Rated already, thank you"),
    "too-late": Words("评价时间已过", "The time for this rating is over"),
    "expired": Words("操作已过期，请重按", "That came too late; press again"),
    "day-ended": Words("当日业务已结束", "The day is over"),
    "unknown-service": Words("没有这项业务", "There is no such service"),
    "unknown-counter": Words("没有这个窗口", "There is no such counter"),
    "unknown-clerk": Words("没有这个工号", "There is no such work number"),
    "bad-level": Words("评价须为1至5", "A rating is 1 to 5"),
    "bad-number": Words("不是自助号段的号码", "Not a number of a machine's own series"),
    "reason-missing": Words("请说明指呼原因", "Calling out of turn needs a reason"),
}

WHY: dict[str, Words] = {
    "first-come": Words("在本窗口可办业务中，{number}号取号最早", "{number} came first among this counter's services"),
    "only-service": Words("{number}号在本业务中取号最早", "{number} came first for this counter's service"),
    "chosen": Words("工作人员指呼：{reason}", "Called out of turn by the clerk: {reason}"),
}


def refusal(code: str, detail: str = "") -> Words:
    return REFUSALS.get(code, Words(code, code)).fill(detail=detail)


def why(code: str, number: str, reason: str = "") -> Words:
    return WHY.get(code, Words("", "")).fill(number=number, reason=reason)
