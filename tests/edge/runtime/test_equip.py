"""What a board makes of its seed: the agent's configuration, its class by the hub's name, the key that may log in."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from edge.runtime import config, device, seed
from edge.runtime.equip import Board, class_of, main

ROOT = Path(__file__).parents[3]
GOOD = f'est = "https://hub.example:8443"\nca_fingerprint = "{"ab" * 32}"\nbroker = "hub.example:8883"\ntoken = "t"\n'
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJvYXJk technician"


def test_the_agent_takes_the_configuration_that_the_board_wrote(tmp_path):
    text = (
        GOOD
        + 'class = "ticket_printer"\n[device]\nport = "/dev/ttyS1"\nbuttons = {A = 4, B = 5}\nfonts = ["/a b.ttf"]\n'
    )
    assert Board(tmp_path).take(seed.slot(text)) == "ticket_printer"
    found = config.load(tmp_path / "tingxu" / "ticket_printer.toml")
    assert found.hub.token == "t"
    assert found.agent.state_dir == str(tmp_path / "tingxu" / "ticket_printer")
    settings = config.device_settings(found, device.device_class("ticket_printer").settings)
    assert (settings.driver, settings.port, settings.buttons) == ("serial", "/dev/ttyS1", {"A": 4, "B": 5})
    assert settings.fonts == ("/a b.ttf",)
    assert stat.S_IMODE((tmp_path / "tingxu" / "ticket_printer").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "tingxu" / "ticket_printer.toml").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", device.classes())
def test_each_class_starts_from_a_seed_that_names_nothing_but_it(tmp_path, name):
    Board(tmp_path).take(seed.slot(GOOD + f'class = "{name}"\n'))
    found = config.load(tmp_path / "tingxu" / f"{name}.toml")
    settings = config.device_settings(found, device.device_class(name).settings)
    assert settings.driver != "simulated"


def test_a_second_start_writes_nothing(tmp_path):
    slot = seed.slot(GOOD + 'class = "caller"\n')
    Board(tmp_path).take(slot)
    before = (tmp_path / "tingxu" / "caller.toml").stat()
    Board(tmp_path).take(slot)
    after = (tmp_path / "tingxu" / "caller.toml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_card_seeded_for_another_class_starts_that_alone_and_keeps_what_was(tmp_path):
    Board(tmp_path).take(seed.slot(GOOD + 'class = "caller"\n'))
    (tmp_path / "tingxu" / "caller" / "key.pem").write_text("kept")
    Board(tmp_path).take(seed.slot(GOOD + 'class = "evaluator"\n'))
    assert sorted(path.name for path in (tmp_path / "tingxu").glob("*.toml")) == ["evaluator.toml"]
    assert (tmp_path / "tingxu" / "caller" / "key.pem").read_text() == "kept"


def test_a_seed_without_a_class_takes_it_from_the_name_that_the_hub_gave(site, tmp_path):
    who = site.identity("caller-1")
    place = tmp_path / "tingxu"
    place.mkdir()
    who.directory.rename(place / "caller")
    assert Board(tmp_path).take(seed.slot(GOOD)) == "caller"
    assert (place / "caller.toml").exists()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("led-window-3f9a", "led_window"), ("caller-1", "caller"), ("ticket-printer-0", "ticket_printer")],
)
def test_the_class_is_in_the_name(name, kind):
    assert class_of(name) == kind


@pytest.mark.parametrize("name", ["callers-1", "caller", "toaster-1", "hub-1"])
def test_a_name_of_no_class_is_refused(name):
    with pytest.raises(device.UnknownDeviceError):
        class_of(name)


def test_a_key_in_the_seed_opens_the_door_and_its_absence_shuts_it(tmp_path):
    keys = tmp_path / "ssh" / "authorized_keys"
    Board(tmp_path).take(seed.slot(GOOD + f'class = "caller"\nssh_key = "{KEY}"\n'))
    assert keys.read_text() == KEY + "\n"
    Board(tmp_path).take(seed.slot(GOOD + 'class = "caller"\n'))
    assert not keys.exists()


def test_a_blank_card_makes_nothing_and_a_bad_one_says_what_is_wrong(tmp_path, capsys):
    file = tmp_path / seed.FILE
    file.write_bytes(seed.BLANK)
    data = tmp_path / "data"
    data.mkdir()
    assert main(["--seed", str(file), "--data", str(data)]) == 0
    assert list(data.iterdir()) == []
    file.write_bytes(b"# tingxu seed 1\nest = 5".ljust(seed.SLOT_BYTES, b"\n"))
    assert main(["--seed", str(file), "--data", str(data)]) == 2
    assert "est" in capsys.readouterr().err


def test_equipping_loads_neither_cryptography_nor_a_drivers_library():
    """It runs at every start, before the agent: it must not cost the board seconds."""
    script = (
        "import sys, edge.runtime.equip; print(*[m for m in ('cryptography', 'serial', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
