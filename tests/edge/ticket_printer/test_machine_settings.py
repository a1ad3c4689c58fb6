"""Settings that make no sense are refused by name, before anything starts."""

import msgspec
import pytest

from edge.ticket_printer import DEVICE
from edge.ticket_printer.machine import Machine
from edge.ticket_printer.settings import Settings


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"buttons": {"A": 5, "B": 5}}, "GPIO 5 is given to buttons.A and to buttons.B"),
        ({"buttons": {"AB": 5}}, "buttons"),
        ({"port": "/dev/p", "reader": "/dev/p"}, "/dev/p is given to port and to reader"),
        (
            {"reader": "/dev/p", "scanner": "/dev/p", "printer": False, "panel": 0},
            "/dev/p is given to reader and to scanner",
        ),
        ({"printer": False}, "nobody would get a ticket"),
        ({"baud": 1200}, "baud"),
        ({"flow": "xonxoff"}, "flow"),
        ({"cut": "half"}, "cut"),
        ({"encoding": "utf-8"}, "encoding"),
        ({"poll_s": 2.0}, "poll_s"),
        ({"readr": "/dev/p"}, "readr"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(table, words):
    with pytest.raises((ValueError, msgspec.ValidationError), match=words):
        msgspec.convert({"driver": "serial", **table}, Settings)


def test_a_machine_without_a_printer_needs_no_port_of_its_own_for_it():
    assert Settings(driver="serial", printer=False, panel=0, reader="/dev/ttyUSB0").reader


@pytest.mark.parametrize(
    ("table", "fitted"),
    [
        ({}, {"memory", "printer"}),
        ({"printer": False, "panel": 0}, {"memory", "panel"}),
        ({"reader": "/dev/r", "scanner": "/dev/s"}, {"memory", "printer", "reader", "scanner"}),
    ],
)
def test_the_machine_has_the_parts_that_its_settings_name(tmp_path, table, fitted):
    machine = Machine(Settings(driver="serial", **table), str(tmp_path))
    assert set(machine._parts) == fitted


def test_every_driver_of_the_class_is_one_of_its_settings():
    assert set(DEVICE.drivers) == {"serial", "simulated"}
