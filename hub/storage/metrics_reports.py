"""What is written to InfluxDB and is no event: its kinds, and how they are kept until it is written."""

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from hub.storage.health import Change, Sample, Signal


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub knows of itself at a moment. `name`: of the measurement."""

    name: str
    at: datetime
    tags: dict[str, str]
    values: dict[str, float | int | str]


Report: TypeAlias = Sample | Change | Signal | Figures

_KINDS: dict[str, type[Any]] = {"health": Sample, "presence": Change, "signal": Signal, "figures": Figures}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}


class Waiting(msgspec.Struct, frozen=True):
    """A report as it is kept. `ident`: by which it is said to be written."""

    ident: int
    kind: str
    body: bytes

    def report(self) -> Report:
        """Raises KeyError, msgspec.DecodeError: it cannot be read, such as one of another release of the hub."""
        found: Report = _decoders[self.kind].decode(self.body)
        return found


def kept(report: Report) -> dict[str, Any]:
    """Its columns."""
    return {"kind": _NAMES[type(report)], "body": msgspec.json.encode(report)}
