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
        ({"rows": "zigzag"}, "rows"),
        ({"clerk": "face"}, "clerk"),
        ({"dim_from": "6 pm"}, 'dim_from = "6 pm": set a time of day such as "18:30"'),
        ({"dim_from": "18:30"}, 'dim_from = "18:30" alone says nothing: set dim_until as well'),
        ({"dim_until": "07:00"}, "set dim_from as well"),
        ({"dim_contrast": -1}, "dim_contrast = -1: set 0 to 255"),
        ({"utc_offset_h": 20}, "utc_offset_h = 20.0: set hours from -12 to 14"),
        ({"notice_rounds": -1}, "notice_rounds"),
        ({"frames_s": 0}, "frames_s"),
        ({"page_s": 0}, "page_s"),
        ({"card": {"screen": 40000}}, "card.screen = 40000: set 0 to 32767"),
        ({"card": {"baud": 19200}}, "baud"),
        ({"card": {"net_port": 0}}, "card.net_port = 0"),
        ({"card": {"speed": 25}}, "card.speed = 25: set 0 (fastest) to 24"),
        ({"card": {"reply_s": 0}}, "card.reply_s"),
        ({"card": {"colour": "blue"}}, "colour"),
        ({"driver": "onbon-tcp"}, 'card.host = "": set the card'),
        ({"driver": "onbon-udp"}, "card.host"),
        ({"driver": "onbon-serial", "card": {"font_dots": 24}}, "card.font_dots = 24, height = 16"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(table, told):
    with pytest.raises(config.ConfigError) as refusal:
        settings(**table)
    assert "[device]" in str(refusal.value)
    assert told in str(refusal.value)


def test_an_unknown_driver_is_refused_with_those_there_are():
    with pytest.raises(device.UnknownDeviceError, match=r"max7219, onbon-serial, onbon-tcp, onbon-udp, simulated"):
        device.make_driver(DEVICE, settings(driver="neon"))


@pytest.mark.parametrize("name", sorted(DEVICE.drivers))
def test_every_driver_named_can_be_made(name):
    assert device.make_driver(DEVICE, settings(driver=name, card={"host": "127.0.0.1"})).health()["display"] == "ok"


@pytest.mark.parametrize(
    ("clock", "level"), [("08:00", 112), ("18:29", 112), ("18:30", 32), ("23:59", 32), ("00:00", 32), ("06:59", 32)]
)
def test_between_two_times_of_day_it_is_dim_also_over_midnight(clock, level):
    hours, minutes = map(int, clock.split(":"))
    at = 1_800_000_000 - 1_800_000_000 % 86400 + (hours - 8) * 3600 + minutes * 60
    chosen = settings(dim_from="18:30", dim_until="07:00")
    assert chosen.brightness(at) == level
    assert chosen.brightness(at + 86400) == level
    assert settings().brightness(at) == 112
