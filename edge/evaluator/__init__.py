"""The evaluator (评价器): five keys with lamps, by which a citizen rates the service just received."""

from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import DeviceClass

DEVICE = DeviceClass(
    name="evaluator",
    settings=EvaluatorSettings,
    logic="edge.evaluator.logic",
    drivers={
        "gpio": "edge.evaluator.gpio:GpioDriver",
        "simulated": "edge.evaluator.simulated:SimulatedDriver",
    },
)
