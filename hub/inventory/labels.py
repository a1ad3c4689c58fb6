"""What a scanner that plays keyboard types: a pairing code, a hardware serial, a position, or a label with several.

A label is words apart by spaces, commas, semicolons or `&`, each bare or named (`SN:00012A7F`, `code=7K3M-0QXA`,
`点位:caller-01`); the labels that are printed with cards say `tingxu:HALL/POSITION`. What a bare word is, only those
who know the hall can say.
"""

import re
import unicodedata
from collections.abc import Mapping

import msgspec

from hub.domain.assets import serial_of
from wire import pairing

TEXT_MAX = 200
_NAMES: Mapping[str, str] = {
    "sn": "serial",
    "s/n": "serial",
    "serial": "serial",
    "序列号": "serial",
    "code": "code",
    "pairing": "code",
    "配对码": "code",
    "position": "position",
    "点位": "position",
}
_PRINTED = re.compile(r"tingxu:([a-z0-9-]{1,64})/([a-z0-9-]{1,64})")
_APART, _NAMED = re.compile(r"[\s,;&|]+"), re.compile(r"([^:=]{1,10})[:=](.+)")


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What the words may be: each bare one may be any of the three. `hall`: for which it was printed, or ""."""

    codes: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    hall: str = ""


def read(text: str) -> Label:
    if printed := _PRINTED.fullmatch(text.strip()):
        return Label(hall=printed[1], positions=(printed[2],))
    found: dict[str, list[str]] = {"code": [], "serial": [], "position": []}
    for word in _APART.split(unicodedata.normalize("NFKC", text[:TEXT_MAX]).strip()):
        named = _NAMED.fullmatch(word)
        name = _NAMES.get(named[1].lower(), "") if named else ""
        value = named[2] if named and name else word
        for kind in [name] if name else found:
            found[kind] += _as(kind, value)
    return Label(codes=tuple(found["code"]), serials=tuple(found["serial"]), positions=tuple(found["position"]))


def _as(kind: str, value: str) -> list[str]:
    try:
        if kind == "code":
            return [pairing.read(value)]
        return [serial_of(value)] if kind == "serial" else [value.lower()] if value else []
    except ValueError:
        return []
