"""窗口屏, the LED matrix above a counter: who is called there, or that the counter rests."""

from edge.led_window.self_test import TESTS
from edge.led_window.settings import Settings
from edge.runtime.device import DeviceClass

DEVICE = DeviceClass(
    name="led_window",
    settings=Settings,
    logic="edge.led_window.logic",
    drivers={
        "max7219": "edge.led_window.max7219:Max7219Window",
        "onbon-serial": "edge.led_window.onbon:SerialCardWindow",
        "onbon-tcp": "edge.led_window.onbon:TcpCardWindow",
        "onbon-udp": "edge.led_window.onbon:UdpCardWindow",
        "simulated": "edge.led_window.simulated:SimulatedWindow",
    },
    tests=TESTS,
    pairing="edge.led_window.pairing:pairing",
    well={"display": ("ok",)},
)
