"""What an alert says, in both languages: its headline, and each piece of its evidence."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from halls.format import Hall
from hub.domain.speech import Words

HEADLINES: dict[str, Words] = {
    "long-wait": Words("{about}：最长已等候{figure}分钟", "{about}: somebody has waited {figure} minutes"),
    "queue-limit": Words("{about}：等候{figure}人", "{about}: {figure} people wait"),
    "unserved": Words("{about}：{figure}人等候，无窗口开放", "{about}: {figure} people wait and no counter is open"),
    "over-time": Words(
        "{about}号办理超时：已达常用上限的{figure}倍",
        "{about} takes {figure} times what nearly all of its kind take",
    ),
    "long-service": Words("{about}号已办理{figure}分钟", "{about} has been served for {figure} minutes"),
    "pause": Words("{about}：无故暂停{figure}分钟", "{about}: paused for {figure} minutes, no reason given"),
    "offline": Words("{about}：设备离线", "{about}: the device is offline"),
    "paper-low": Words("{about}：纸将用完", "{about}: paper is low"),
    "paper-out": Words("{about}：缺纸", "{about}: out of paper"),
    "clock": Words("{about}：时钟差{figure}秒", "{about}: its clock is wrong by {figure} s"),
    "certificate": Words("{about}：证书{figure}天后到期", "{about}: its certificate ends in {figure} days"),
    "rating": Words("{about}号差评（{figure}分）", "{about}: a rating of {figure}"),
    "influx": Words("指标无法写入InfluxDB", "Metrics cannot be written to InfluxDB"),
}
PROOFS: dict[str, Words] = {
    "ticket-waits": Words(
        "{number}号（{service}）{at}取号，已等{minutes}分钟", "{number} ({service}), taken at {at}, waits {minutes} min"
    ),
    "waiting": Words("{service}：等候{count}人", "{service}: {count} people wait"),
    "counters": Words("开放窗口：{open}；暂停：{paused}", "Counters open: {open}; paused: {paused}"),
    "service": Words(
        "{number}号（{service}），{counter}号窗口，工号{clerk}，{at}开始；此类业务九成在{p90}分钟内办完",
        "{number} ({service}), counter {counter}, clerk {clerk}, begun at {at}; nine of ten take {p90} min or less",
    ),
    "paused": Words(
        "{counter}号窗口，工号{clerk}，{at}暂停，未说明原因",
        "Counter {counter}, clerk {clerk}, paused at {at}, no reason given",
    ),
    "device": Words(
        "点位{position}，设备{device}，最后一次消息{at}", "Position {position}, device {device}, last heard at {at}"
    ),
    "report": Words("最后上报：{facts}", "Its last report: {facts}"),
    "clock": Words("板载时钟比中心慢{behind}秒（负为快）", "Its clock is {behind} s behind the hub's (below 0: ahead)"),
    "certificate": Words("证书有效期至{at}", "Its certificate is valid until {at}"),
    "rating": Words(
        "{day} {number}号（{service}），{counter}号窗口，工号{clerk}，{at}评价{level}分{reasons}",
        "{day}, {number} ({service}), counter {counter}, clerk {clerk}: rated {level} at {at}{reasons}",
    ),
    "trouble": Words("{text}", "{text}"),
}  # fmt: skip
_UNITS: dict[str, str] = {"over-time": ".1f", "clock": ".1f"}
Values: TypeAlias = dict[str, str]


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of evidence: one of PROOFS and its values (`…_en` where English has another), as it was at the raising.
    `ticket`, `position`: what to look up for more."""

    code: str
    values: Values
    ticket: str = ""
    position: str = ""

    def words(self) -> Words:
        known = PROOFS.get(self.code, Words(self.code, self.code))
        english = {name.removesuffix("_en"): value for name, value in self.values.items() if name.endswith("_en")}
        return Words(known.fill(**self.values).zh, known.fill(**{**self.values, **english}).en)


def headline(kind: str, about: Words, figure: float) -> Words:
    known = HEADLINES.get(kind, Words(f"{kind} {{about}}", f"{kind} {{about}}"))
    told = format(figure, _UNITS.get(kind, ".0f"))
    return Words(known.fill(about=about.zh, figure=told).zh, known.fill(about=about.en, figure=told).en)


def name_of(hall: Hall, per: str, subject: str) -> Words:
    """What it is about, as people call it."""
    if per == "service":
        return next((Words(one.name, one.english) for one in hall.service if one.letter == subject), _plain(subject))
    if per == "area":
        return next((Words(one.name, one.english) for one in hall.area if one.id == subject), _plain(subject))
    if per == "hall":
        return Words(hall.hall.name, hall.hall.english)
    if per == "counter":
        name = next((one.name for one in hall.counter if one.id == subject), subject)
        return Words(f"{subject}号窗口" if name == subject else name, f"Counter {subject}")
    if per == "device":
        label = next((one.label for one in hall.position if one.id == subject), "")
        return _plain(f"{label} {subject}".strip())
    return _plain(subject.rpartition("/")[2])


def _plain(text: str) -> Words:
    return Words(text, text)


def number(figure: float) -> str:
    return f"{figure:g}"


def listed(names: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in names.items())
