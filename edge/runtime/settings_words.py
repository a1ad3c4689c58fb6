"""What is wrong with a setting and what would be right, in both languages; pure."""

import difflib
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

_SHOWN_MAX = 40  # characters of a value
_LIST_MAX = 12
_PLAIN = {inspect.BoolType: "true 或 or false", inspect.NoneType: "null"}


def does_not_fit(value: Any, kind: Any, error: str) -> str:
    """`error`: what msgspec says of it, for what is too deep to be said in words."""
    wanted = right(kind) or error
    return f"{_shown(value)} 不合适，应为 does not fit; set {wanted}"


def unknown(name: str, names: Iterable[str]) -> str:
    """No item has that name."""
    near = difflib.get_close_matches(name, list(names), 1)
    return "没有此项 there is no such item" + (f": {near[0]}?" if near else "")


def local() -> str:
    return "只能在本机的配置文件中设定 can only be set in the board's own file"


def no_driver(name: str, drivers: Iterable[str]) -> str:
    return f"{_shown(name)} 没有此驱动，应为 there is no such driver; set {_either(drivers)}"


def against_others(error: str) -> str:
    """A rule over several items does not hold."""
    return f"与其他项不合 does not go with the other items: {error}"


def right(kind: Any) -> str:
    """What may stand there; "" where only an error's own words can tell."""
    return _right(inspect.type_info(kind))


def _right(kind: inspect.Type) -> str:
    match kind:
        case inspect.IntType():
            return "整数 a whole number" + _bounds(kind)
        case inspect.FloatType():
            return "数 a number" + _bounds(kind)
        case inspect.LiteralType(values=values):
            return _either(values)
        case inspect.StrType(pattern=None):
            return "文字 a text" + _length(kind)
        case inspect.StrType():
            return f"文字，形如 a text like {kind.pattern}"
        case inspect.UnionType(types=types):
            told = [_right(one) for one in types]
            return " 或 or ".join(told) if all(told) else ""
    return _PLAIN.get(type(kind), "")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    said = {"≥": kind.ge, ">": kind.gt, "≤": kind.le, "<": kind.lt}
    limits = [f"{sign} {bound:g}" for sign, bound in said.items() if bound is not None]
    return f" {'，'.join(limits)}" if limits else ""


def _length(kind: inspect.StrType) -> str:
    least, most = kind.min_length, kind.max_length
    return f" ({least or 0}–{most})" if most is not None else f" (≥ {least})" if least else ""


def _either(values: Iterable[Any]) -> str:
    said = [_shown(value) for value in values]
    return " / ".join(said[:_LIST_MAX]) + (" …" if len(said) > _LIST_MAX else "")


def _shown(value: Any) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        text = repr(value)
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
