"""What a screen shows until somebody at the hub has said where it belongs. Pure."""

from edge.runtime.device import Effect
from edge.signage_player.logic import ShowBoard
from edge.signage_player.settings import Settings


def pairing(code_shown: str, settings: Settings) -> tuple[Effect, ...]:
    return (ShowBoard(pairing=code_shown),)
