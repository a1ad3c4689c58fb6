"""What a window shows until somebody at the hub has said where it belongs. Pure."""

from edge.led_window import layout
from edge.led_window.scene import Brightness, Page, Refresh, Show
from edge.led_window.settings import Settings
from edge.runtime.device import Effect


def pairing(code_shown: str, settings: Settings) -> tuple[Effect, ...]:
    """「配对 XXXX-XXXX」, in as many pages as the panel needs: nobody reads a code that scrolls."""
    return (Brightness(settings.contrast), Refresh(), Show(pages=_pages(code_shown, settings)))


def _pages(code: str, settings: Settings) -> tuple[Page, ...]:
    """In one page, in two, or the code in its halves, as large as ticket numbers: the first comes after 配对."""
    first, _, second = code.partition("-")
    halves = (Page("配对"), Page(first, large=True), Page(second, large=True))
    for pages in ((Page(f"配对 {code}"),), (Page("配对"), Page(code))):
        if all(layout.place(page, settings.size).over <= 0 for page in pages):
            return pages
    return halves
