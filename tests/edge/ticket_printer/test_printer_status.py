"""What a printer's bytes mean, and how the three kinds of answers are told apart in one stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ticket_printer import status
from edge.ticket_printer.events import Printer
from edge.ticket_printer.printer_port import condition
from edge.ticket_printer.status import Answers, Changed, InOrder, Noise, RealTime, Status

WELL = b"\x10\x00\x00\x0f"


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ((0x12, 0x12, 0x12, 0x12), Status()),
        ((0x16, 0x12, 0x12, 0x12), Status()),  # the drawer's pin is high
        ((0x12, 0x12, 0x12, 0x1E), Status(paper="low")),
        ((0x1A, 0x32, 0x12, 0x7E), Status(online=False, paper="out")),
        ((0x1A, 0x16, 0x12, 0x12), Status(online=False, cover_open=True)),
        ((0x1A, 0x52, 0x1A, 0x12), Status(online=False, fault="cutter")),
        ((0x1A, 0x52, 0x16, 0x12), Status(online=False, fault="recoverable")),
        ((0x1A, 0x52, 0x3A, 0x12), Status(online=False, fault="unrecoverable")),
        ((0x1A, 0x52, 0x52, 0x12), Status(online=False, fault="overheated")),
        ((0x1A, 0x52, 0x12, 0x12), Status(online=False, fault="recoverable")),  # an error that it does not name
        ((0x5A, 0x1A, 0x12, 0x12), Status(online=False, feeding=True)),
    ],
)
def test_answers_to_questions_become_conditions(answers, wanted):
    assert status.parse(dict(zip(status.KINDS, answers, strict=True))) == wanted


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (WELL, Status()),
        (b"\x14\x00\x00\x0f", Status()),  # the drawer's pin is high
        (b"\x10\x00\x03\x0f", Status(paper="low")),
        (b"\x18\x00\x0f\x0f", Status(online=False, paper="out")),
        (b"\x38\x00\x00\x0f", Status(online=False, cover_open=True)),
        (b"\x18\x08\x00\x0f", Status(online=False, fault="cutter")),
        (b"\x58\x02\x00\x0f", Status(online=False, feeding=True)),
    ],
)
def test_what_it_tells_unasked_means_the_same(frame, wanted):
    assert status.parse_frame(frame) == wanted


@pytest.mark.parametrize(
    ("said", "printer"),
    [
        (Status(paper="out", cover_open=True), Printer("paper out", paper_low=True)),
        (Status(cover_open=True, fault="cutter"), Printer("cover open")),
        (Status(online=False, fault="cutter"), Printer("error", detail="cutter")),
        (Status(online=False, feeding=True), Printer("offline", detail="feed")),
        (Status(paper="low"), Printer("ready", paper_low=True)),
    ],
)
def test_the_worst_that_a_printer_says_is_its_state(said, printer):
    assert condition(said) == printer


def test_no_byte_can_be_an_answer_of_two_kinds():
    for byte in range(256):
        answers = Answers()
        found = answers.feed(bytes([byte]))
        assert len(found) + answers.is_open == (byte not in (0x11, 0x13))


answer = st.sampled_from(
    [(b"\x12", RealTime(0x12)), (b"\x7e", RealTime(0x7E)), (b"\x00", InOrder()), (b"\x0f", InOrder()),
     (WELL, Changed(Status())), (b"\x38\x00\x00\x0f", Changed(Status(online=False, cover_open=True)))]
)  # fmt: skip


@given(st.lists(answer, max_size=30), st.lists(st.integers(1, 5), min_size=1))
def test_a_mixed_stream_is_taken_apart_whatever_the_portions(sent, portions):
    stream, answers, found, turn = b"".join(data for data, _ in sent), Answers(), [], 0
    while stream:
        size = portions[turn % len(portions)]
        found += answers.feed(stream[:size])
        stream, turn = stream[size:], turn + 1
    assert found == [meant for _, meant in sent]


@given(st.binary(max_size=60))
def test_after_any_noise_and_a_silence_a_frame_is_understood(noise):
    answers = Answers()
    answers.feed(noise)
    answers.silence()
    assert answers.feed(WELL) == [Changed(Status())]


def test_a_frame_that_is_cut_short_costs_itself_alone():
    assert Answers().feed(b"\x10\x00" + b"\x12") == [Noise(), RealTime(0x12)]


def test_flow_control_inside_a_frame_is_passed_over():
    assert Answers().feed(b"\x10\x13\x00\x11\x00\x0f") == [Changed(Status())]
