"""The caller (呼叫器): a clerk's keypad with a small display."""

from edge.caller.settings import CallerSettings
from edge.caller.trial import TESTS
from edge.runtime.device import DeviceClass

DEVICE = DeviceClass(
    name="caller",
    settings=CallerSettings,
    logic="edge.caller.logic",
    drivers={
        "gpio": "edge.caller.board:board",
        "simulated": "edge.caller.simulated:SimulatedDriver",
    },
    tests=TESTS,
    pairing="edge.caller.pairing:pairing",
    well={"pins": ("ok",), "matrix": ("ok",), "keypad": ("ok",), "port": ("open",), "display": ("ok",)},
)
