"""The real serial driver on a real pty, with the fake printer on the far side."""

import io
import queue
import time
from datetime import UTC, datetime

import pytest
import serial
from PIL import Image

from edge.runtime.device import Arrived, Context, LinkChanged, ReportHealth, Send, Tick
from edge.ticket_printer import logic, status
from edge.ticket_printer.events import Memory, PrintEnded, PrinterChanged, PrintSlip, Remember, Remembered, Restored
from edge.ticket_printer.fake_printer import FakePrinter
from edge.ticket_printer.settings import Settings
from tests.edge.runtime.descriptors import taken
from tests.edge.ticket_printer.bench import PATIENCE_S, Bench, slip, until
from wire.messages import Issued, MachineService, MachineView, Printed, Reply, TakeTicket


def test_a_slip_is_printed_and_can_be_read(bench):
    taken = []
    bench.printer.on_slip = taken.append
    assert bench.print(slip(follow_url="https://hall.example.cn/t/A012")).outcome == "printed"
    (record,) = taken
    assert record.number == "A012"
    assert record.qr == "https://hall.example.cn/t/A012"
    assert "前面 Ahead  3 人" in record.lines
    assert record.data.startswith(b"\x1b@\x1c&")
    assert bench.printer.slips == taken


def test_a_slip_has_a_picture_as_wide_as_its_paper(bench):
    bench.print(slip(name_masked="*𬀩"))
    image = Image.open(io.BytesIO(bench.printer.slips[0].png()))
    assert image.width == 576 + 2 * 24
    assert image.height > 400
    assert image.getcolors() is not None, "black on white"


def test_a_rare_name_reaches_a_gb2312_printer_as_dots_and_triggers_no_command(tmp_path):
    with Bench(tmp_path, encoding="gb2312") as bench:
        assert bench.print(slip(name_masked="*喆")).outcome == "printed"
        (record,) = bench.printer.slips
    (picture,) = [one for one in record.printed if hasattr(one, "bitmap")]
    assert picture.bitmap.rows == 24
    assert any(picture.bitmap.data)
    assert bench.printer.real_time == []


def test_the_fake_is_as_dangerous_as_a_real_printer(tmp_path):
    """Without `escpos.harmless` a picture could clear the buffer: the fake obeys a DLE command wherever it stands."""
    printer = FakePrinter(tmp_path / "printer")
    printer.start()
    try:
        with serial.Serial(str(printer.port)) as port:
            port.write(b"\x1dv0\x00\x03\x00\x01\x00\x10\x14\x08")
            until(lambda: printer.real_time == [b"\x10\x14\x08"])
    finally:
        printer.stop()


def test_no_paper_fails_the_slip_before_a_byte_of_it_is_sent(bench):
    bench.printer.paper_out = True
    bench.wait_for_printer("paper out")
    ended = bench.print()
    assert (ended.outcome, ended.reason) == ("failed", "paper out")
    bench.printer.paper_out = False
    bench.wait_for_printer("ready")
    assert bench.print(slip("A013")).outcome == "printed"
    assert [one.number for one in bench.printer.slips] == ["A013"], "no ghost of the failed slip comes out later"


def test_paper_that_runs_out_under_a_slip_fails_it_and_nothing_comes_out_after_the_new_roll(bench):
    bench.printer.paper_lines = 4
    ended = bench.print()
    assert (ended.outcome, ended.reason) == ("failed", "paper out")
    bench.wait_for_printer("paper out")
    bench.printer.paper_lines = 0
    bench.printer.paper_out = False
    bench.wait_for_printer("ready")
    assert bench.print(slip("A013")).outcome == "printed"
    assert [one.number for one in bench.printer.slips] == ["A013"]


def test_an_open_cover_fails_the_slip(bench):
    bench.printer.cover_open = True
    bench.wait_for_printer("cover open")
    ended = bench.print()
    assert (ended.outcome, ended.reason) == ("failed", "cover open")


def test_low_paper_is_told_and_prints(bench):
    bench.printer.paper_low = True
    assert bench.wait_for(PrinterChanged, lambda one: one.printer.paper_low).printer.state == "ready"
    assert bench.print().outcome == "printed"


def test_a_mute_printer_prints_but_is_never_called_ready_and_its_slips_are_unknown(bench):
    bench.printer.mute = True
    bench.wait_for_printer("mute")
    ended = bench.print()
    assert (ended.outcome, ended.reason) == ("unknown", "no answer")
    until(lambda: len(bench.printer.slips) == 1)


def test_a_printer_that_answers_nonsense_is_as_good_as_mute(bench):
    bench.printer.garbage = True
    bench.wait_for_printer("mute")
    assert bench.print().outcome == "unknown"


def test_a_printer_that_takes_a_slip_and_does_nothing_leaves_it_unknown(bench):
    bench.printer.stalled = True
    ended = bench.print()
    assert ended.outcome == "unknown"
    assert "not finished" in ended.reason


def test_a_printer_without_gs_r_is_believed_when_it_is_well_after_the_time_of_a_print(tmp_path):
    with Bench(tmp_path, answers_in_order=False, print_s=0.5) as bench:
        bench.wait_for_printer("ready")
        assert bench.print().outcome == "printed"
        assert status.IN_ORDER_REQUEST not in bench.printer.slips[0].data


def test_a_printer_whose_descriptors_are_above_1023_prints(tmp_path):
    with taken(1100), Bench(tmp_path) as bench:
        bench.wait_for_printer("ready")
        assert bench.print().outcome == "printed"


def test_unplugged_fails_slips_at_once_and_back_it_prints_again(bench):
    bench.printer.unplug()
    bench.wait_for_printer("unplugged")
    ended = bench.print()
    assert (ended.outcome, ended.reason) == ("failed", "unplugged")
    assert "printer" in bench.driver.health()["port_error"]
    bench.printer.plug()
    bench.wait_for_printer("ready")
    assert "port_error" not in bench.driver.health()
    assert bench.print(slip("A013")).outcome == "printed"


def test_a_cable_pulled_under_a_slip_leaves_it_unknown(bench):
    bench.printer.stalled = True
    bench.driver.perform(PrintSlip(slip()))
    until(lambda: bench.printer.buffered > 200)
    bench.printer.unplug()
    assert bench.wait_for(PrintEnded).outcome == "unknown"


def test_what_is_remembered_is_there_after_a_restart(tmp_path):
    memory = Memory(None, "2026-01-04", {"A": 7})
    with Bench(tmp_path) as bench:
        assert bench.wait_for(Restored).memory == Memory()
        bench.driver.perform(Remember(memory))
        assert bench.wait_for(Remembered).ok
    with Bench(tmp_path) as bench:
        assert bench.wait_for(Restored).memory == memory


def test_a_damaged_memory_is_not_taken_for_an_empty_one(tmp_path):
    (tmp_path / "series.json").write_bytes(b"\0" * 40)
    with Bench(tmp_path) as bench:
        bench.wait_for_printer("ready")
        assert not any(isinstance(one, Restored) for one in bench.seen)
        assert "series.json" in bench.driver.health()["memory_error"]


def test_a_memory_that_cannot_be_written_is_answered_with_the_reason(tmp_path):
    with Bench(tmp_path) as bench:
        (tmp_path / "series.new").mkdir()
        bench.driver.perform(Remember(Memory(None, "2026-01-04", {"A": 1})))
        answer = bench.wait_for(Remembered)
    assert not answer.ok
    assert "series.json" in answer.reason


def test_a_slip_that_cannot_be_laid_out_fails_and_the_next_is_printed(bench):
    ended = bench.print(slip(follow_url="x" * 600))
    assert (ended.outcome, ended.reason) == ("failed", "slip cannot be laid out")
    assert bench.print().outcome == "printed"


# From a finger to paper: driver and logic together, the test in the hub's place.

VIEW = MachineView(
    epoch=1, version=1, hall_name="东城大厅", hall_english="Dongcheng hall", area="一层", series="K", day="2026-01-04",
    services=(MachineService(letter="A", name="存档", english="files", centre="公服中心"),),
)  # fmt: skip


class Machine(Bench):
    """Runs the logic as the agent does; `sent` holds what went to the hub."""

    def __init__(self, state_dir, **settings):
        super().__init__(state_dir, **settings)
        self.state = logic.start(Context("machine-1", "boot"), Settings(driver="simulated", **settings))
        self.sent = []

    def give(self, event):
        self.state, effects = logic.react(self.state, event)
        for effect in effects:
            if isinstance(effect, Send):
                self.sent.append(effect.message)
            elif not isinstance(effect, ReportHealth):
                self.driver.perform(effect)

    def rununtil(self, kind):
        """Until a message of this kind is sent; it."""
        until = time.monotonic() + PATIENCE_S
        while not any(isinstance(one, kind) for one in self.sent):
            assert time.monotonic() < until, f"no {kind.__name__}; sent: {self.sent}"
            wake = logic.wake_at(self.state) or time.time() + 1
            try:
                self.give(self.inputs.get(timeout=max(0.0, wake - time.time())))
            except queue.Empty:
                self.give(Tick(at=time.time()))
        return next(one for one in self.sent if isinstance(one, kind))


def test_a_finger_on_a_button_becomes_a_slip_with_the_hubs_number(tmp_path):
    with Machine(tmp_path) as machine:
        machine.give(Arrived(at=time.time(), message=VIEW))
        machine.give(LinkChanged(at=time.time(), up=True))
        machine.driver.press("A")
        request = machine.rununtil(TakeTicket)
        reply = Reply(to=request.id, ok=True, at=datetime.now(UTC), slip=slip())
        machine.give(Arrived(at=time.time(), message=reply))
        assert machine.rununtil(Printed).outcome == "printed"
        assert [one.number for one in machine.printer.slips] == ["A012"]


def test_with_the_hub_silent_the_slip_comes_from_the_own_series(tmp_path):
    with Machine(tmp_path, resend_s=0.1, hub_s=0.2) as machine:
        machine.wait_for(Restored)
        machine.give(machine.seen[-1])
        machine.give(Arrived(at=time.time(), message=VIEW))
        machine.give(LinkChanged(at=time.time(), up=True))
        machine.driver.press("A")
        issued = machine.rununtil(Issued)
        assert machine.rununtil(Printed).outcome == "printed"
        assert issued.instead_of == machine.sent[0].id
        assert [one.number for one in machine.printer.slips] == ["AK01"]


def test_pressing_a_button_that_the_machine_lacks_is_refused_with_those_it_has(tmp_path):
    with Bench(tmp_path, buttons={"A": 5}) as bench, pytest.raises(ValueError, match="there are: A"):
        bench.driver.press("B")
