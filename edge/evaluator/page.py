"""The touch page as a part of the driver: faces go to the browser, touches become inputs."""

from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from edge.evaluator.events import Chosen, Examine, Examined, Face, Finished, Sized, Ticked
from edge.evaluator.settings import EvaluatorSettings, PageSettings
from edge.runtime.device import Driver, Effect, Emit, Input
from edge.runtime.panel import Panel

FOLDER = Path(__file__).with_name("page")
_NO_PAGE = "没有打开的评价页面，请检查浏览器 No page is open: look at the browser"

_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=100)]
_Pixels: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=20_000)]


def alone(settings: EvaluatorSettings) -> Driver:
    return Page(settings.touch_page or PageSettings())


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="touch"):
    """What the page may say."""


class _Rate(_Said, frozen=True, tag="rate"):
    ask: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    level: Annotated[int, msgspec.Meta(ge=1, le=5)]


class _Tick(_Said, frozen=True, tag="tick"):
    ask: _Text
    code: _Text
    on: bool


class _Done(_Said, frozen=True, tag="done"):
    ask: _Text


class _Size(_Said, frozen=True, tag="size"):
    width: _Pixels
    height: _Pixels


class Page(Panel):
    def __init__(self, settings: PageSettings) -> None:
        super().__init__(FOLDER, settings.port, shows=Face, touch=_Rate | _Tick | _Done | _Size, heard=_heard)
        self._tell: Emit = lambda _: None

    def start(self, emit: Emit) -> None:
        self._tell = emit
        super().start(emit)

    def perform(self, effect: Effect) -> None:
        if effect == Examine("screen"):
            trouble = "" if self.pages else _NO_PAGE
            self._tell(lambda at: Examined(at=at, test="screen", trouble=trouble))
        super().perform(effect)


def _heard(said: _Said, at: float) -> Input:
    match said:
        case _Rate(ask=ask, level=level):
            return Chosen(at=at, ask=ask, level=level)
        case _Tick(ask=ask, code=code, on=on):
            return Ticked(at=at, ask=ask, code=code, on=on)
        case _Size(width=width, height=height):
            return Sized(at=at, width=width, height=height)
    assert isinstance(said, _Done)
    return Finished(at=at, ask=said.ask)
