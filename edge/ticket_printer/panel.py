"""The touch panel: what its page says becomes inputs, and what the logic shows goes to the page (folder `page`)."""

from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from edge.runtime.device import Input
from edge.runtime.panel import Panel
from edge.ticket_printer.events import CodeScanned, ServiceChosen, ShowPanel, WishDropped, WithoutCard

PAGE = Path(__file__).parent / "page"
Letter: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Z]$")]


class _Touch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What a citizen did on the page."""


class Choose(_Touch, frozen=True, kw_only=True, tag="choose"):
    """A ticket is wanted. The fields are those of `wire.messages.TakeTicket`."""

    letter: Letter
    more: Annotated[tuple[Letter, ...], msgspec.Meta(max_length=20)] = ()
    priority: Annotated[str, msgspec.Meta(max_length=40)] = ""
    voice: bool = False


class Code(_Touch, frozen=True, kw_only=True, tag="code"):
    """Of an appointment: typed, or scanned by a scanner that types."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NoCard(_Touch, frozen=True, kw_only=True, tag="no-card"):
    """A card is asked for, and the citizen has none."""


class Back(_Touch, frozen=True, kw_only=True, tag="back"):
    """Away with what is asked for, said or shown."""


Touch: TypeAlias = Choose | Code | NoCard | Back


def make(port: int) -> Panel:
    """`port`: on loopback; 0 takes any."""
    return Panel(PAGE, port, shows=ShowPanel, touch=Touch, heard=_input)


def _input(touch: Touch, at: float) -> Input:
    match touch:
        case Choose(letter=letter, more=more, priority=priority, voice=voice):
            return ServiceChosen(at=at, letter=letter, more=more, priority=priority, voice=voice)
        case Code(code=code):
            return CodeScanned(at=at, code=code)
        case NoCard():
            return WithoutCard(at=at)
        case Back():
            return WishDropped(at=at)
