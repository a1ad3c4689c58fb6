"""What an agent can send of its log: the newest lines, of a bounded size, with nothing personal in them."""

import json
import logging
import sys

from edge.runtime import board_journal
from edge.runtime.log_ring import LogRing, clean, fitted
from wire import codec
from wire.orders import LOG_BYTES


def test_the_newest_lines_are_kept_with_their_time_and_level():
    ring, log = LogRing(most=2), logging.getLogger("tests.ring")
    log.addHandler(ring)
    for number in range(3):
        log.warning("line %d", number)
    log.removeHandler(ring)
    assert [line.split(" ", 1)[1] for line in ring.last(5)] == [
        "WARNING tests.ring: line 1",
        "WARNING tests.ring: line 2",
    ]
    assert ring.last(1)[0].endswith("line 2")


def test_what_looks_like_an_identity_number_is_masked_and_other_figures_are_not():
    assert clean("card 110101199003078515 read") == ["card 110101********8515 read"]
    assert clean("card 11010119900307851X read") == ["card 110101********851X read"]
    same = "frame 12345678, key 1234567890123456789012, 202611221530"
    assert clean(same) == [same]


def test_control_characters_and_endless_lines_do_not_leave_the_board():
    [line] = clean("a\x00\x1b[31m" + "x" * 10_000)
    assert line.isprintable()
    assert len(line) == 300


def test_the_whole_fits_into_one_message_and_its_end_is_what_stays():
    lines = [f"{number} " + '"汉字\\' * 40 for number in range(1000)]
    log = fitted(lines)
    assert log.endswith(lines[-1])
    assert len(json.dumps(log, ensure_ascii=False).encode()) <= LOG_BYTES < codec.MAX_BYTES


def test_without_systemd_there_is_no_journal_and_one_that_may_not_be_read_is_none(tmp_path):
    assert board_journal.lines(5, {}) == []
    there = {"JOURNAL_STREAM": "8:1"}
    assert board_journal.lines(5, there, str(tmp_path / "no-such-program")) == []
    assert board_journal.lines(5, there, "false") == []


def test_the_journals_lines_are_the_ones_that_are_sent(tmp_path):
    program = tmp_path / "journalctl"
    program.write_text(f"#!{sys.executable}\nprint('-- Boot 1 --')\nprint('2026-11-22 agent: started')\n")
    program.chmod(0o755)
    assert board_journal.lines(5, {"JOURNAL_STREAM": "8:1"}, str(program)) == ["2026-11-22 agent: started"]
