"""What the API says and hears of what goes where."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hub.http.asset_shapes import SERIAL, Why
from hub.inventory import labels

_CLAIM_HOURS = 24

OldState = Literal["faulty", "in-repair", "in-stock", "retired"]
What = Literal["approved", "planned", "installed", "moved", "token"]
Text = Annotated[str, Field(min_length=1, max_length=labels.TEXT_MAX)]


class Assignment(BaseModel):
    """Two scans: `board` is what its label or display says (pairing code or serial), `position` the position's."""

    model_config = ConfigDict(extra="forbid")

    board: Text
    position: Text


class Replacement(BaseModel):
    """What comes: the pairing code of a board that waits (`applicant`), a `serial` of the inventory, or neither: then a
    token is made that the new board's card needs, and the old one works until it comes. `state`: of the old one."""

    model_config = ConfigDict(extra="forbid")

    applicant: str | None = Field(None, max_length=20)
    serial: str | None = Field(None, pattern=SERIAL)
    state: OldState = "faulty"
    why: Why = Field(min_length=1)
    hours: int = Field(_CLAIM_HOURS, ge=1, le=24 * 90)


class Move(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: str = Field(max_length=64)
    why: Why = ""


class Removal(BaseModel):
    """`state` in-stock keeps its certificate, so that it can be put elsewhere; any other revokes it."""

    model_config = ConfigDict(extra="forbid")

    state: OldState = "in-stock"
    why: Why = Field(min_length=1)


class Placed(BaseModel):
    """`what`: approved (the board fetches its certificate within seconds), planned (it is let in when it is switched
    on), installed (a handheld), moved, or token (told this once). `old`: the device that was revoked, or empty."""

    what: What
    position: str
    code: str = ""
    serial: str = ""
    old: str = ""
    token: str = ""


class Scanned(BaseModel):
    """What a text is: a position, a board that waits, or an asset. `kind`: of the position or asset; `device_class`: of
    the board, as it says; `free`: nothing fills the position."""

    what: Literal["position", "board", "asset"]
    position: str = ""
    code: str = ""
    serial: str = ""
    kind: str = ""
    device_class: str = ""
    state: str = ""
    planned: str = ""
    free: bool = False
