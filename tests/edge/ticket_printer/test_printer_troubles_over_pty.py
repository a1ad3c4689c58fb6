"""A fake printer that misbehaves on a real pty, and what the real driver makes of it."""

import random

import pytest

from edge.ticket_printer.events import OrderEnded, PrintEnded, Printer, PrinterChanged, PrintSlip, RunTest
from tests.edge.ticket_printer.bench import Bench, slip, until


@pytest.fixture
def teller(tmp_path):
    """A machine whose printer tells of changes by itself."""
    with Bench(tmp_path, tells_changes=True, poll_s=0.8) as one:
        one.printer.tells_changes = True
        one.wait_for_printer("ready")
        one.printer.unplug()
        one.wait_for_printer("unplugged")
        one.printer.plug()
        one.wait_for_printer("ready")
        yield one


def test_a_printer_that_tells_of_changes_is_believed_without_being_asked(teller):
    until(lambda: teller.printer.told_changes)
    asked = teller.printer.questions
    teller.printer.cover_open = True
    teller.wait_for_printer("cover open")
    teller.printer.cover_open = False
    teller.wait_for_printer("ready")
    assert teller.printer.questions == asked


def test_paper_that_runs_out_under_a_slip_is_told_and_the_slip_fails(teller):
    teller.printer.paper_lines = 4
    ended = teller.print()
    assert (ended.outcome, ended.reason) == ("failed", "paper out")
    assert teller.printer.told_changes >= 2


def test_a_printer_that_forgets_at_every_reset_that_it_was_to_tell_still_tells_after_a_slip(teller):
    assert teller.print().outcome == "printed"
    asked = teller.printer.questions
    teller.printer.paper_low = True
    teller.wait_for(PrinterChanged, lambda one: one.printer.paper_low)
    assert teller.printer.questions - asked <= 4, "one look after the slip, no more"


def test_however_fast_covers_and_paper_change_what_is_known_in_the_end_is_true(teller):
    """Frames fall between the answers to questions and into slips."""
    chance = random.Random(4)
    for _ in range(60):
        switch = chance.choice(["cover_open", "paper_low", "feeding", "paper_out"])
        setattr(teller.printer, switch, chance.random() < 0.5)
        if chance.random() < 0.1:
            teller.driver.perform(PrintSlip(slip()))
    teller.printer.paper_out = teller.printer.feeding = False
    teller.printer.paper_low = teller.printer.cover_open = True
    until(lambda: teller.driver["printer"]._printer == Printer("cover open", paper_low=True))
    teller.printer.cover_open = False
    until(lambda: teller.driver["printer"]._printer == Printer("ready", paper_low=True))


def test_a_cover_opened_under_a_slip_fails_it_and_nothing_more_of_it_comes_out(tmp_path):
    with Bench(tmp_path, baud=9600) as bench:
        bench.wait_for_printer("ready")
        bench.driver.perform(PrintSlip(slip()))
        until(lambda: bench.printer.uncut)
        bench.printer.cover_open = True
        ended = bench.wait_for(PrintEnded)
        assert (ended.outcome, ended.reason) == ("failed", "cover open")
        bench.wait_for_printer("cover open")
        bench.printer.cover_open = False
        bench.wait_for_printer("ready")
        assert bench.print(slip("A013")).outcome == "printed"
        assert [one.number for one in bench.printer.slips] == ["A013"]


def test_the_feed_button_makes_it_offline_and_says_why(bench):
    bench.printer.feeding = True
    assert bench.wait_for_printer("offline").printer.detail == "feed"
    ended = bench.print()
    assert (ended.outcome, ended.reason) == ("failed", "offline")
    bench.printer.feeding = False
    bench.wait_for_printer("ready")


def test_a_hot_head_is_named_and_over_when_it_is_cool(bench):
    bench.printer.hot = True
    assert bench.wait_for(PrinterChanged).printer == Printer("error", detail="overheated")
    bench.printer.hot = False
    bench.wait_for_printer("ready")
    assert bench.printer.real_time == [], "nothing to recover from"


def test_an_error_that_can_be_got_over_is_named_and_over_when_its_cause_is(bench):
    bench.printer.stuck = True
    assert bench.wait_for_printer("error").printer.detail == "recoverable"
    assert bench.print().outcome == "failed"
    bench.printer.stuck = False
    bench.wait_for_printer("ready")
    assert bench.print(slip("A013")).outcome == "printed"


def test_a_jammed_knife_does_not_cancel_the_slip_that_is_out_but_stops_the_next(bench):
    bench.printer.jammed = True
    assert bench.print().outcome == "printed", "it can be read, and torn off"
    assert bench.wait_for_printer("error").printer.detail == "cutter"
    assert bench.print(slip("A013")).outcome == "failed"
    assert [one.number for one in bench.printer.slips] == ["A012"]


def test_a_knife_that_was_mended_is_tried_again_without_anybody_switching_anything(bench, monkeypatch):
    monkeypatch.setattr("edge.ticket_printer.printer_driver._RECOVER_S", 0.2)
    bench.printer.jammed = True
    bench.print()
    bench.wait_for_printer("error")
    bench.printer.jammed = False
    bench.wait_for_printer("ready")
    assert bench.print(slip("A013")).outcome == "printed"


def test_garbage_under_a_slip_leaves_it_unknown_and_the_next_is_printed(bench):
    bench.printer.garbage = True
    bench.driver.perform(PrintSlip(slip()))
    assert bench.wait_for(PrintEnded).outcome == "unknown"
    bench.printer.garbage = False
    assert bench.print(slip("A013")).outcome == "printed"


def test_nonsense_that_looks_like_the_end_of_a_slip_is_not_believed(tmp_path):
    with Bench(tmp_path, baud=9600) as bench:
        bench.wait_for_printer("ready")
        bench.driver.perform(PrintSlip(slip()))
        until(lambda: bench.printer.uncut)
        bench.printer.garbage = True
        until(lambda: bench.printer.slips)
        bench.printer.garbage = False
        assert bench.wait_for(PrintEnded).outcome == "unknown"


def test_a_slow_printer_is_waited_for(tmp_path):
    with Bench(tmp_path, baud=9600, print_s=8.0) as bench:
        bench.wait_for_printer("ready")
        assert bench.print(slip(follow_url="https://hall.example.cn/t/A012")).outcome == "printed"


@pytest.mark.parametrize(("cut", "command"), [("partial", b"\x1dVB\x00"), ("full", b"\x1dVA\x00")])
def test_the_knife_cuts_as_the_settings_say(tmp_path, cut, command):
    with Bench(tmp_path, cut=cut) as bench:
        bench.wait_for_printer("ready")
        bench.print()
        assert bench.printer.slips[0].data.endswith(command)


def test_a_printer_without_a_knife_feeds_the_slip_to_the_edge(tmp_path):
    with Bench(tmp_path, cut="none") as bench:
        bench.wait_for_printer("ready")
        assert bench.print().outcome == "printed"
        assert bench.printer.slips == []
        assert bench.printer.uncut[-1].lines >= 4


# The test slip that the hub can order.


def order(bench):
    bench.driver.perform(RunTest("o-1", "slip"))
    return bench.wait_for(OrderEnded)


def test_the_test_slip_shows_chinese_a_rare_character_a_qr_code_and_the_cut(bench):
    said = order(bench)
    assert said.ok
    assert "已打印" in said.text
    (record,) = bench.printer.slips
    assert "汉字 养老保险待遇申领" in record.lines
    assert record.qr == "TINGXU-TEST"
    assert any(hasattr(one, "bitmap") for one in record.printed), "the rare characters, as dots"


def test_a_test_slip_without_paper_says_what_to_mend(bench):
    bench.printer.paper_out = True
    said = order(bench)
    assert (said.ok, "缺纸" in said.text) == (False, True)


def test_a_test_slip_on_a_mute_printer_points_at_the_wiring(bench):
    bench.printer.mute = True
    said = order(bench)
    assert not said.ok
    assert "TX" in said.text


def test_a_test_slip_without_a_printer_on_the_cable_fails_at_once(bench):
    bench.printer.unplug()
    bench.wait_for_printer("unplugged")
    assert not order(bench).ok
