"""A slip → lines for the printer, by a template. Pure, but for reading the template's file."""

import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from edge.runtime.config import ConfigError
from edge.ticket_printer.escpos import Align, Cut, Feed, Line, Qr, Text
from wire.messages import Slip

Size = Annotated[int, msgspec.Meta(ge=1, le=8)]
FIELDS = frozenset(
    ("hall", "number", "service", "service_name", "ahead", "wait", "where", "route", "time", "name", "follow_url",
     "if_missed", "offline", "more", "warnings", "slot")
)  # fmt: skip
OWN = Path(__file__).with_name("slip.toml")


class TemplateError(ConfigError):
    """A template that cannot be used; the text names the file and the line."""


class TemplateLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str = ""
    label: str = ""
    when: str = ""
    size: tuple[Size, Size] = (1, 1)
    align: Align = "left"
    bold: bool = False
    fit: bool = False
    rule: bool = False
    qr: str = ""
    feed: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    line: tuple[TemplateLine, ...]
    label_columns: Annotated[int, msgspec.Meta(ge=0, le=40)] = 12


def load(path: Path = OWN) -> Template:
    """Raises TemplateError."""
    try:
        template = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Template)
    except OSError as error:
        raise TemplateError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise TemplateError(f"{path}: {error}") from error
    for count, line in enumerate(template.line, 1):
        _check(line, f"{path}: line {count}")
    return template


def lines(slip: Slip, template: Template, columns: int) -> list[Line]:
    """Everything to print for `slip`, the cut included. `columns`: half-width characters on a line."""
    fields = _fields(slip)
    out: list[Line] = []
    for line in template.line:
        if all(fields[name] for name in _needs(line)):
            out += _set(line, fields, columns, template.label_columns)
    return [*out, Cut()]


def pairing(code_shown: str, columns: int) -> list[Line]:
    """The slip of a machine that nobody knows, the cut included."""
    wide = max(1, min(4, columns // len(code_shown)))
    told = "在中枢的设备页面核对此码并批准，本机即可使用。Check this code on the hub's page of devices and approve it."
    again = "按任意键再打印一张。Press any button for another slip."
    return [
        Text("配对 Pairing", width=2, height=2, align="center", bold=True),
        Feed(1),
        Text(code_shown, width=wide, height=min(8, wide + 1), align="center", bold=True),
        Feed(1),
        Qr(code_shown, module=8),
        Feed(1),
        *(Text(part) for part in wrap(told, columns)),
        *(Text(part) for part in wrap(again, columns)),
        Feed(1),
        Cut(),
    ]


def _fields(slip: Slip) -> dict[str, str]:
    """`ahead` below 0: not known, because the machine gave the number by itself."""
    known = slip.ahead >= 0
    return {
        "hall": slip.hall,
        "number": slip.number,
        "service": slip.service,
        "service_name": slip.service_name,
        "ahead": str(slip.ahead) if known else "",
        "wait": wait_text(slip.wait_s_low, slip.wait_s_high) if known else "",
        "where": slip.where,
        "route": slip.route,
        "time": f"{slip.taken_at:%Y}年{slip.taken_at.month}月{slip.taken_at.day}日 {slip.taken_at:%H:%M}",
        "name": slip.name_masked,
        "follow_url": slip.follow_url,
        "if_missed": slip.if_missed,
        "more": "、".join(slip.more),
        "warnings": "；".join(slip.warnings),
        "slot": f"{slip.slot_at:%H:%M}" if slip.slot_at else "",
        "offline": "" if known else "离线取号，照常排队 Issued offline: valid",
    }


def wait_text(low_s: float, high_s: float) -> str:
    """A range of whole minutes, never narrower than what is known: low rounded down, high rounded up."""
    low, high = int(low_s // 60), int(-(-high_s // 60))
    if high <= 1:
        return "1分钟内 soon"
    return f"{high}分钟 min" if low == high else f"{low}-{high}分钟 min"


def _check(line: TemplateLine, where: str) -> None:
    try:
        unknown = _needs(line) - FIELDS
    except ValueError as error:
        raise TemplateError(f"{where}: {error}") from error
    if unknown:
        raise TemplateError(f"{where}: no field {sorted(unknown)[0]!r}; there are: {' '.join(sorted(FIELDS))}")


def _needs(line: TemplateLine) -> set[str]:
    parts = [*string.Formatter().parse(line.text), *string.Formatter().parse(line.qr)]
    return {name for _, name, _, _ in parts if name is not None} | ({line.when} if line.when else set())


def _set(line: TemplateLine, fields: dict[str, str], columns: int, label_columns: int) -> Iterator[Line]:
    if line.rule:
        yield Text("-" * columns)
    if line.qr:
        yield Qr(line.qr.format_map(fields))
    if line.feed:
        yield Feed(line.feed)
    text, (wide, high) = line.text.format_map(fields), line.size
    if not text:
        return
    if line.fit:
        wide = max(1, min(wide, columns // max(1, width(text))))
    indent = label_columns if line.label else 0
    for count, part in enumerate(wrap(text, columns // wide - indent)):
        head = pad(line.label if count == 0 else "", indent)
        yield Text(head + part, width=wide, height=high, align=line.align, bold=line.bold)


def width(text: str) -> int:
    """In half-width characters, as printers in Chinese mode count: whatever is not ASCII takes two."""
    return sum(1 if character.isascii() else 2 for character in text)


def pad(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


_NEVER_FIRST = "，。；：、！？）》」』”’,.;:!?)%"
_NEVER_LAST = "（《「『“‘"


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`. Breaks at spaces and between Chinese characters, not before a comma, nor
    after an opening bracket."""
    out, line = [], ""
    for word in _words(text):
        if line and width(line) + width(word.rstrip()) > columns:
            out.append(line.rstrip())
            line = ""
        while width(word.rstrip()) > columns and len(word) > 1:
            cut = next(count for count in range(len(word), 0, -1) if count == 1 or width(word[:count]) <= columns)
            out.append(word[:cut])
            word = word[cut:]
        line += word
    return [*out, line.rstrip()] if line.strip() or not out else out


def _words(text: str) -> Iterator[str]:
    """What must stay together: a run of ASCII with its space, or one Chinese character with its comma or bracket."""
    word = ""
    for character in text:
        last = word[-1:]
        in_latin = last.isascii() and character.isascii() and (last != " " or character == " ")
        together = character in _NEVER_FIRST or last in tuple(_NEVER_LAST) or (bool(last) and in_latin)
        if word and not together:
            yield word
            word = ""
        word += character
    if word:
        yield word
