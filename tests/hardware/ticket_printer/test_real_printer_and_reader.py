"""A real printer and a real card reader on the bench.

    TINGXU_PRINTER_PORT=/dev/serial/by-id/… [TINGXU_PRINTER_BAUD=9600] [TINGXU_PRINTER_ENCODING=gb18030]
    TINGXU_READER_PORT=/dev/serial/by-id/…
    pytest -m hardware tests/hardware/ticket_printer -s

Printer: paper in, cover closed. Reader: put a card on it when asked.
"""

import os
import queue
import time

import pytest

from edge.ticket_printer.events import CardRead, OrderEnded, PrinterChanged, ReaderChanged, RunTest
from edge.ticket_printer.printer_driver import PrinterDriver
from edge.ticket_printer.reader_driver import ReaderDriver
from edge.ticket_printer.settings import Settings

pytestmark = pytest.mark.hardware
PATIENCE_S = 30.0


def needed(name):
    value = os.environ.get(name)
    if not value:
        pytest.skip(f"set {name}")
    return value


class Running:
    """A part that runs, and its inputs."""

    def __init__(self, part):
        self.part, self.inputs = part, queue.SimpleQueue()

    def __enter__(self):
        self.part.start(lambda make: self.inputs.put(make(time.time())))
        return self

    def __exit__(self, *_):
        self.part.stop()

    def wait_for(self, kind, wanted=lambda one: True):
        until = time.monotonic() + PATIENCE_S
        while (left_s := until - time.monotonic()) > 0:
            try:
                one = self.inputs.get(timeout=left_s)
            except queue.Empty:
                break
            if isinstance(one, kind) and wanted(one):
                return one
        raise AssertionError(f"no {kind.__name__}; health: {self.part.health()}")


@pytest.fixture(params=[False, True], ids=["asked", "telling"])
def printer(request):
    settings = Settings(
        driver="serial",
        port=needed("TINGXU_PRINTER_PORT"),
        baud=int(os.environ.get("TINGXU_PRINTER_BAUD", "9600")),
        encoding=os.environ.get("TINGXU_PRINTER_ENCODING", "gb18030"),
        tells_changes=request.param,
    )
    with Running(PrinterDriver(settings)) as running:
        running.wait_for(PrinterChanged, lambda one: one.printer.state == "ready")
        yield running


def test_the_test_slip_is_printed_and_confirmed(printer):
    printer.part.perform(RunTest("bench", "slip"))
    ended = printer.wait_for(OrderEnded)
    assert ended.ok, ended.text


def test_the_cover_is_noticed(printer):
    print("\n请打开上盖 open the cover")
    printer.wait_for(PrinterChanged, lambda one: one.printer.state in ("cover open", "paper out", "offline"))
    print("请合上 close it")
    printer.wait_for(PrinterChanged, lambda one: one.printer.state == "ready")


def test_a_card_is_read():
    settings = Settings(driver="serial", printer=False, panel=0, reader=needed("TINGXU_READER_PORT"))
    with Running(ReaderDriver(settings)) as reader:
        reader.wait_for(ReaderChanged, lambda one: one.state == "ready")
        print("\n请放身份证 put a card on the reader")
        read = reader.wait_for(CardRead)
        assert len(read.person) == 18
        assert read.name.endswith("*")
