"""The evaluator (评价器): keys with lamps or a touch page, by which a citizen rates the service just received."""

from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import DeviceClass

DEVICE = DeviceClass(
    name="evaluator",
    settings=EvaluatorSettings,
    logic="edge.evaluator.logic",
    drivers={
        "gpio": "edge.evaluator.gpio:fitted",
        "ff68": "edge.evaluator.ff68:fitted",
        "page": "edge.evaluator.page:alone",
        "simulated": "edge.evaluator.simulated:fitted",
    },
    pairing="edge.evaluator.pairing:pairing",
    tests={
        "lamps": "依次点亮每盏灯 Light every lamp in turn",
        "screen": "显示测试画面或星灯 Show the test page, or the stars",
    },
    well={"pins": ("ok",), "lamps": ("ok",), "port": ("open",)},
)
