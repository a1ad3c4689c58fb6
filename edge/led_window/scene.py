"""What a window display is told to show. Pure."""

import msgspec


class Page(msgspec.Struct, frozen=True):
    """One line of text, centred. `large`: a ticket's number; `beside`: a counter's name, shown with it if both fit."""

    text: str
    large: bool = False
    beside: str = ""


class Show(msgspec.Struct, frozen=True):
    """Effect: these pages from now on, in turn. All that moves follows from how long ago that was said.

    `call`: counts the calls; a Show with another one blinks at its beginning, 0 never does. `pattern`: the test
    picture in place of the pages.
    """

    pages: tuple[Page, ...] = (Page(""),)
    call: int = 0
    pattern: bool = False

    @property
    def text(self) -> str:
        return self.pages[0].text

    @property
    def large(self) -> bool:
        return self.pages[0].large


class Refresh(msgspec.Struct, frozen=True):
    """Effect: set the display up again, or open it again if it could not be reached."""


class Brightness(msgspec.Struct, frozen=True):
    """Effect: `level` from 0 (faint) to 255, in 16 steps."""

    level: int
