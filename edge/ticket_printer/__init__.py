"""The ticket machine (排队机): service buttons and an ESC/POS printer; numbers of its own while the hub is away."""

from edge.runtime.device import DeviceClass
from edge.ticket_printer.settings import Settings

DEVICE = DeviceClass(
    name="ticket_printer",
    settings=Settings,
    logic="edge.ticket_printer.logic",
    drivers={
        "serial": "edge.ticket_printer.serial_driver:SerialDriver",
        "simulated": "edge.ticket_printer.simulated:SimulatedDriver",
    },
    keeps_state=True,
)
