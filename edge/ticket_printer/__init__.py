"""The ticket machine (排队机): choosing, an ESC/POS slip, and numbers of its own while the hub is away."""

from edge.runtime.device import DeviceClass
from edge.ticket_printer.settings import Settings

DEVICE = DeviceClass(
    name="ticket_printer",
    settings=Settings,
    logic="edge.ticket_printer.logic",
    drivers={
        "serial": "edge.ticket_printer.machine:Machine",
        "simulated": "edge.ticket_printer.simulated:SimulatedMachine",
    },
    keeps_state=True,
    pairing="edge.ticket_printer.pairing:pairing",
    tests={"slip": "打印测试票 Print a test slip", "reader": "查身份证阅读器 Ask the card reader how it is"},
    prints=True,
    well={
        "printer": ("ready", "none", "paper out", "cover open", "error", "offline"),  # what it says itself, it can say
        "reader": ("ready", "none"),
        "scanner": ("ready", "none"),
    },
)
