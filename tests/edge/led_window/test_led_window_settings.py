"""Settings that cannot be used are refused with the key and what to write instead."""

import pytest

from edge.led_window import DEVICE
from edge.led_window.settings import Settings
from edge.runtime import config, device


def settings(**table):
    whole = config.Config(
        hub=config.Hub(est="https://hub:8443", ca_fingerprint="00", broker="hub:8883"),
        agent=config.AgentSettings(state_dir="/var/lib/tingxu"),
        device=table,
    )
    return config.device_settings(whole, DEVICE.settings)


def test_an_empty_table_is_a_64x16_panel_on_the_first_spi_port():
    chosen = settings()
    assert chosen == Settings()
    assert (chosen.driver, chosen.size, chosen.spi_port, chosen.spi_device) == ("max7219", (64, 16), 0, 0)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"width": 60}, "width = 60: set a multiple of 8 from 16"),
        ({"width": 40}, "40 dots across, and a ticket number needs 48"),
        ({"height": 8}, "height = 8"),
        ({"height": "16"}, "height"),
        ({"width": 512, "height": 512}, "512×512"),
        ({"rotate": 4}, "rotate"),
        ({"rotate": 1}, "rotate = 1: people would see 16 dots across"),
        ({"block_orientation": 45}, "block_orientation"),
        ({"spi_hz": 3_000_000}, "spi_hz = 3000000: set one of 500000"),
        ({"contrast": 256}, "contrast = 256: set 0 to 255"),
        ({"refresh_s": 0}, "refresh_s = 0.0: set 1.0 or more"),
        ({"hold_s": -1}, "hold_s"),
        ({"blink_half_s": 0.01}, "blink_half_s"),
        ({"scroll_dots_s": 0}, "scroll_dots_s"),
        ({"scroll_pause_s": float("nan")}, "scroll_pause_s = nan"),
        ({"widht": 64}, "widht"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(table, told):
    with pytest.raises(config.ConfigError) as refusal:
        settings(**table)
    assert "[device]" in str(refusal.value)
    assert told in str(refusal.value)


def test_an_unknown_driver_is_refused_with_those_there_are():
    with pytest.raises(device.UnknownDeviceError, match=r"max7219, simulated"):
        device.make_driver(DEVICE, settings(driver="neon"))


@pytest.mark.parametrize("name", ["max7219", "simulated"])
def test_every_driver_named_can_be_made(name):
    assert device.make_driver(DEVICE, settings(driver=name)).health() == {"display": "ok"}
