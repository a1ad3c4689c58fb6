"""A simulated machine on a workbench: its driver runs, and its inputs are looked at by the test."""

import queue
import time
from datetime import UTC, datetime

from edge.ticket_printer.events import PrintEnded, PrinterChanged, PrintSlip
from edge.ticket_printer.settings import Settings
from edge.ticket_printer.simulated import SimulatedMachine
from wire.messages import Slip

PATIENCE_S = 30.0


def slip(number="A012", **fields):
    return Slip(
        hall="东城大厅", number=number, service="A", service_name="存档", ahead=3, wait_s_low=60, wait_s_high=300,
        where="一层等候区", route="", taken_at=datetime(2026, 1, 4, 9, 5, tzinfo=UTC), **fields,
    )  # fmt: skip


class Bench:
    """A simulated driver, and the inputs it emitted."""

    def __init__(self, state_dir, **settings):
        chosen = {"baud": 115200, "poll_s": 0.2, "answer_s": 0.2, "print_s": 1.5, **settings}
        self.driver = SimulatedMachine(Settings(driver="simulated", **chosen), str(state_dir))
        self.printer = self.driver.printer
        self.inputs = queue.SimpleQueue()
        self.seen = []

    def __enter__(self):
        self.driver.start(lambda make: self.inputs.put(make(time.time())))
        return self

    def __exit__(self, *_):
        self.driver.stop()

    def wait_for(self, kind, wanted=lambda one: True):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                one = self.inputs.get(timeout=until - time.monotonic())
            except queue.Empty:
                break
            self.seen.append(one)
            if isinstance(one, kind) and wanted(one):
                return one
        raise AssertionError(f"no such {kind.__name__}; there were {self.seen}")

    def wait_for_printer(self, state):
        return self.wait_for(PrinterChanged, lambda one: one.printer.state == state)

    def print(self, one=None):
        self.driver.perform(PrintSlip(one or slip()))
        return self.wait_for(PrintEnded)


def until(condition):
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
