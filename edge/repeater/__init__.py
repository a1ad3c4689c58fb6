"""无线中继器: carries the frames of wireless keypads and evaluators to the hub, and what they should show back."""

from edge.repeater.self_test import TESTS
from edge.repeater.settings import Settings
from edge.runtime.device import DeviceClass

DEVICE = DeviceClass(
    name="repeater",
    settings=Settings,
    logic="edge.repeater.logic",
    drivers={
        "serial": "edge.repeater.serial_driver:SerialDriver",
        "simulated": "edge.repeater.simulated:SimulatedDriver",
    },
    tests=TESTS,
    well={"port": ("open",)},
)
