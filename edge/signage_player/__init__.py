"""Queue board and media on an existing screen: 电视盒子, 播放盒, 信息发布终端. One mpv with painted overlays."""

from edge.runtime.device import DeviceClass
from edge.signage_player.settings import Settings
from edge.signage_player.trials import TESTS

DEVICE = DeviceClass(
    name="signage_player",
    settings=Settings,
    logic="edge.signage_player.logic",
    drivers={
        "mpv": "edge.signage_player.driver:on_screen",
        "simulated": "edge.signage_player.driver:simulated",
    },
    keeps_state=True,
    fetches=True,
    tests=TESTS,
    pairing="edge.signage_player.pairing:pairing",
    well={"mpv": (True,)},
    local=("mpv",),
)
