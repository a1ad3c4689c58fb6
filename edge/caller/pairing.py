"""What a caller shows until somebody at the hub has said where it belongs. Pure."""

from edge.caller import face
from edge.caller.settings import CallerSettings
from edge.runtime.device import Effect
from edge.runtime.pairing import by_lamp


def pairing(code_shown: str, settings: CallerSettings) -> tuple[Effect, ...]:
    """The code on an OLED, its number on digits; without a display the link's lamp flashes the number."""
    if settings.display != "none" or settings.keypad == "ff68":
        return (face.pairing(code_shown),)
    if "link" in settings.signal_pins:
        return (by_lamp(code_shown, lambda lit: face.pairing(code_shown, online=lit)),)
    return ()
