"""What is sent of an alert: the JSON that webhooks carry, and the text of a mail that is made from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from halls.format import Hall
from hub.domain.alerts.words import headline, name_of
from hub.domain.hours import local
from hub.domain.speech import Words
from hub.storage.alerts import Alert

What: TypeAlias = Literal["raised", "escalated", "cleared", "test"]
_SUBJECTS: dict[str, Words] = {
    "raised": Words("报警", "Alert"),
    "escalated": Words("报警升级", "Alert, nobody has acknowledged it"),
    "cleared": Words("报警解除", "Alert is over"),
    "test": Words("报警测试", "Test of alerts"),
}
_SUBJECT_MAX = 150  # characters


class Said(msgspec.Struct, frozen=True):
    zh: str
    en: str


class Data(msgspec.Struct, frozen=True, kw_only=True):
    hall: str
    hall_name: Said
    id: str
    rule: str
    kind: str
    severity: str
    subject: str
    headline: Said
    figure: float
    raise_at: float
    raised_at: datetime
    cleared_at: datetime | None = None
    evidence: tuple[Said, ...] = ()
    url: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`type`: alert.raised, alert.escalated, alert.cleared, alert.test; `timestamp`: when that was."""

    type: str
    timestamp: datetime
    data: Data


def headline_of(one: Alert, hall: Hall) -> Words:
    return headline(one.kind, name_of(hall, one.body.rule.per, one.subject), one.figure)


def message(one: Alert, what: What, hall: Hall, at: datetime, url: str) -> bytes:
    """JSON. Times in the hall's zone."""
    data = Data(
        hall=one.hall,
        hall_name=Said(hall.hall.name, hall.hall.english),
        id=one.id,
        rule=one.rule,
        kind=one.kind,
        severity=one.severity,
        subject=one.subject,
        headline=_said(headline_of(one, hall)),
        figure=round(one.figure, 2),
        raise_at=one.body.rule.raise_at,
        raised_at=local(hall, one.raised_at),
        cleared_at=local(hall, at) if what == "cleared" else None,
        evidence=tuple(_said(proof.words()) for proof in one.body.proofs),
        url=url,
    )
    return msgspec.json.encode(Message(type=f"alert.{what}", timestamp=local(hall, at), data=data))


def test_message(hall: Hall, at: datetime) -> bytes:
    """Of nothing that happened."""
    name = Said(hall.hall.name, hall.hall.english)
    data: dict[str, Any] = {"hall": hall.hall.id, "hall_name": msgspec.to_builtins(name)}
    told = {"type": "alert.test", "timestamp": local(hall, at).isoformat(), "data": data}
    return msgspec.json.encode(told)


def mail(body: bytes) -> tuple[str, str]:
    """Subject and text, in both languages."""
    told = msgspec.json.decode(body)
    what, data = told["type"].removeprefix("alert."), told["data"]
    words, hall = _SUBJECTS[what], data["hall_name"]
    if what == "test":
        return f"[{hall['zh']}] {words.both}", f"{words.zh}：{hall['zh']}\n{words.en}: {hall['en']}\n"
    said = msgspec.convert(data, Data)
    lines = [said.headline.zh, said.headline.en, ""]
    times = " – ".join(_when(at) for at in (said.raised_at, said.cleared_at) if at is not None)
    lines += [f"{words.zh} {words.en}: {times}"]
    lines += [f"规则 Rule: {said.rule} ({said.kind}, {said.severity}), {said.figure:g} / {said.raise_at:g}", ""]
    lines += [line for one in said.evidence for line in dict.fromkeys((one.zh, one.en))]
    lines += ["", said.url] if said.url else []
    return f"[{said.hall_name.zh}] {words.zh} {words.en}: {said.headline.zh}"[:_SUBJECT_MAX], "\n".join(lines) + "\n"


def mail_of_many(bodies: Sequence[bytes]) -> tuple[str, str]:
    """One mail instead of many: a switch that fails takes a hundred devices with it."""
    if len(bodies) == 1:
        return mail(bodies[0])
    letters = [mail(body) for body in bodies]
    hall = msgspec.json.decode(bodies[0])["data"]["hall_name"]["zh"]
    text = "\n----\n\n".join(f"{subject}\n\n{text}" for subject, text in letters)
    return f"[{hall}] 报警{len(bodies)}条 {len(bodies)} alerts", text


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _said(words: Words) -> Said:
    return Said(words.zh, words.en)
