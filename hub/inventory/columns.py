"""The columns of an inventory file: their headings in both languages, and what may stand in their cells."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TypeAlias, get_args

from halls.items import CLASS_OF, Kind
from hub.domain.asset_life import FIRST_STATES
from hub.domain.assets import STATES, serial_of
from hub.domain.speech import Words
from hub.inventory.sheets import Cell

PRICE_MAX_FEN, LIFE_MAX = 10_000_000_000, 50
_TEXT_MAX = 120
_YEARS = (1990, 2100)

KIND_WORDS: dict[Kind, Words] = {
    "ticket-machine": Words("排队机", "Ticket machine"),
    "guide-terminal": Words("引导终端", "Guide terminal"),
    "caller": Words("呼叫器", "Caller"),
    "evaluator": Words("评价器", "Evaluator"),
    "repeater": Words("无线中继器", "Repeater"),
    "window-card": Words("窗口屏控制卡", "Window display"),
    "tv-box": Words("电视盒子", "TV box"),
    "publishing-terminal": Words("发布终端", "Publishing terminal"),
    "play-box": Words("播放盒", "Play box"),
}
STATE_WORDS = dict(
    zip(
        STATES,
        (
            Words("订购", "Ordered"),
            Words("到货", "Delivered"),
            Words("库存", "In stock"),
            Words("已安装", "Installed"),
            Words("在用", "In service"),
            Words("故障", "Faulty"),
            Words("送修", "In repair"),
            Words("报废", "Retired"),
        ),
        strict=True,
    )
)
_OTHER_KINDS: dict[str, Kind] = {
    "取号机": "ticket-machine",
    "大厅业务引导互动终端": "guide-terminal",
    "中继器": "repeater",
    "有线窗口显示屏控制卡": "window-card",
    "窗口屏": "window-card",
    "信息发布终端": "publishing-terminal",
}


class Column(NamedTuple):
    """`names`: how else its heading may be written; the first of each language is in `title`."""

    field: str
    title: Words
    names: tuple[str, ...] = ()
    example: str = ""


COLUMNS: tuple[Column, ...] = (
    Column("serial", Words("序列号", "Serial"), ("硬件序列号", "设备序列号", "sn", "s/n", "serialnumber"), "00012A7F"),
    Column("kind", Words("类别", "Kind"), ("设备类别", "设备类型", "设备名称", "class", "type"), "呼叫器"),
    Column("model", Words("型号", "Model"), ("规格型号",), "TX-C1"),
    Column("supplier", Words("供应商", "Supplier"), ("供货商", "vendor"), "某某科技"),
    Column("price", Words("单价", "Price"), ("价格", "金额", "unitprice"), "680.00"),
    Column("bought_on", Words("采购日期", "Purchased"), ("购置日期", "购买日期", "purchasedate"), "2026-01-05"),
    Column("warranty_until", Words("保修截止", "Warranty until"), ("保修到期", "质保到期", "warranty"), "2029-01-04"),
    Column("life_years", Words("预计寿命", "Life years"), ("使用年限", "预计使用年限", "expectedlife"), "6"),
    Column("planned", Words("计划点位", "Planned position"), ("点位", "安装点位", "position"), "caller-1"),
    Column("state", Words("状态", "State"), (), "库存"),
    Column("note", Words("备注", "Note"), ("说明", "remark"), ""),
)
NEEDED = ("serial", "kind")

Parsed: TypeAlias = Any


class BadCellError(ValueError):
    """What is wrong with a cell, and what would be right."""

    def __init__(self, zh: str, en: str) -> None:
        self.told = Words(zh, en)
        super().__init__(en)


def field_of(heading: str) -> str:
    """The field that a heading names, or ""."""
    return _HEADINGS.get(_key(heading), "")


def value(field: str, cell: Cell) -> Parsed:
    """None for an empty cell. Raises BadCellError."""
    if cell.formula:
        raise BadCellError("单元格是公式，请粘贴为数值", "the cell is a formula: paste its value in its place")
    if cell.value is None or cell.value == "":
        return None
    return _READERS[field](cell.value)


def _key(heading: str) -> str:
    plain = unicodedata.normalize("NFKC", heading).lower()
    return re.sub(r"[\s_*:-]|\([^)]*\)", "", plain)


_HEADINGS: Mapping[str, str] = {
    _key(name): column.field for column in COLUMNS for name in (*column.title, column.field, *column.names)
}


def _serial(given: Any) -> str:
    if not isinstance(given, str):
        raise BadCellError(
            "序列号是数字格式，前面的零会丢失：请把该列设为“文本”后重新填写",
            "the serial is kept as a number, which loses leading zeros: format the column as text and write it anew",
        )
    if re.fullmatch(r"\d(\.\d+)?[Ee]\+\d+", given.strip()):
        raise BadCellError(
            f"“{given}”是科学计数法，末位已丢失：请把该列设为“文本”后重新填写",
            f"{given} is in scientific notation, its last digits are lost: format the column as text, write it anew",
        )
    try:
        return serial_of(given)
    except ValueError as error:
        raise BadCellError("序列号只能是 1 到 64 位字母、数字和 . _ : + -，以字母或数字开头", str(error)) from error


def _kind(given: Any) -> Kind:
    key = _key(str(given))
    if key in _KINDS:
        return _KINDS[key]
    zh = "、".join(words.zh for words in KIND_WORDS.values())
    en = ", ".join(get_args(Kind))
    raise BadCellError(
        f"没有类别“{_told(given)}”，应为：{zh}", f"there is no kind {_told(given)!r}; it must be one of {en}"
    )


def _state(given: Any) -> str:
    key = _key(str(given))
    for state, words in STATE_WORDS.items():
        if key in (_key(state), _key(words.zh), _key(words.en)):
            return state
    zh = "、".join(STATE_WORDS[state].zh for state in FIRST_STATES)
    raise BadCellError(
        f"没有状态“{_told(given)}”，应为：{zh}",
        f"there is no state {_told(given)!r}; it must be one of {', '.join(FIRST_STATES)}",
    )


def _text(given: Any) -> str:
    text = str(given).strip()
    if len(text) > _TEXT_MAX:
        raise BadCellError(f"超过 {_TEXT_MAX} 个字符", f"longer than {_TEXT_MAX} characters")
    if any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in text):
        raise BadCellError("含有换行或不可见字符，请删除", "has line breaks or invisible characters: remove them")
    return text


def _price(given: Any) -> int:
    text = re.sub(r"[¥￥,，\s]|元|CNY|RMB", "", unicodedata.normalize("NFKC", str(given)))
    try:
        fen = Decimal(text) * 100
        if isinstance(given, bool) or not fen.is_finite() or not 0 <= fen <= PRICE_MAX_FEN:
            raise InvalidOperation
    except InvalidOperation:
        raise BadCellError(
            f"“{_told(given)}”不是价格，应为元，如 680.00", f"{_told(given)!r} is no price; write yuan, such as 680.00"
        ) from None
    return int(fen.to_integral_value())


def _date(given: Any) -> date:
    if isinstance(given, datetime):
        found = given.date()
    elif isinstance(given, date):
        found = given
    else:
        found = _written_date(given)
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise BadCellError(f"年份 {found.year} 不对", f"the year {found.year} cannot be right")
    return found


def _written_date(given: Any) -> date:
    text = unicodedata.normalize("NFKC", str(given)).strip()
    if isinstance(given, int | float) or re.fullmatch(r"\d{5}(\.\d+)?", text):
        raise BadCellError(
            f"{_told(given)} 是 Excel 的内部日期数字：请把该列设为“日期”，或写成 2026-01-05",
            f"{_told(given)} is how Excel keeps a date inside: format the column as a date, or write 2026-01-05",
        )
    match = re.fullmatch(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?: 0{1,2}:00(:00)?)?", text)
    if match:
        year, month, day = match[1], match[2] or match[4], match[3] or match[5]
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            pass
    raise BadCellError(
        f"“{_told(given)}”不是日期，应为年-月-日，如 2026-01-05",
        f"{_told(given)!r} is no date; write year-month-day, such as 2026-01-05",
    )


def _life(given: Any) -> float:
    text = re.sub(r"\s|年|years?", "", unicodedata.normalize("NFKC", str(given)))
    try:
        years = float(text)
    except ValueError:
        years = 0.0
    if isinstance(given, bool) or not 0 < years <= LIFE_MAX:
        raise BadCellError(
            f"“{_told(given)}”不是年数，应大于 0、不超过 {LIFE_MAX}，如 6",
            f"{_told(given)!r} is no number of years: more than 0, up to {LIFE_MAX}, such as 6",
        )
    return years


def _told(given: Any) -> str:
    return str(given)[:40]


_READERS: Mapping[str, Callable[[Any], Parsed]] = {
    "serial": _serial,
    "kind": _kind,
    "model": _text,
    "supplier": _text,
    "price": _price,
    "bought_on": _date,
    "warranty_until": _date,
    "life_years": _life,
    "planned": _text,
    "state": _state,
    "note": _text,
}
_CLASSES: dict[str, Kind] = {
    device_class: kind  # type: ignore[misc]  # the keys are kinds
    for kind, device_class in CLASS_OF.items()
    if list(CLASS_OF.values()).count(device_class) == 1
}
_KINDS: Mapping[str, Kind] = {
    _key(name): kind
    for named in (
        _OTHER_KINDS,
        _CLASSES,
        *(dict.fromkeys((kind, *words), kind) for kind, words in KIND_WORDS.items()),
    )
    for name, kind in named.items()
}
