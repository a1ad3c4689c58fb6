"""What an evaluator shows until somebody at the hub has said where it belongs. Pure."""

from edge.evaluator.events import Face, Lamps, Transmit
from edge.evaluator.settings import EvaluatorSettings
from edge.protocols import ff68_keys
from edge.runtime.device import Effect
from edge.runtime.pairing import by_lamp


def pairing(code_shown: str, settings: EvaluatorSettings) -> tuple[Effect, ...]:
    """The code on a page; all lamps together, or an evaluator's stars, flash its number."""
    shows: list[Effect] = []
    if settings.touch_page is not None:
        shows.append(Face(step="pairing", code=code_shown))
    if settings.has_keys and settings.lamps:
        every = Lamps(lit=tuple(sorted(map(int, settings.lamps), reverse=True)))
        shows.append(by_lamp(code_shown, lambda lit: every if lit else Lamps()))
    if settings.driver == "ff68":
        address = settings.ff68.address
        shows.append(by_lamp(code_shown, lambda lit: Transmit(ff68_keys.star_level(address, 5 if lit else 0))))
    return tuple(shows)
