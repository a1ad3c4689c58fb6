"""Cards on a fake reader behind a real pty, read by the real driver; and codes before a scanner."""

import logging

import pytest

from edge.ticket_printer import reader_driver
from edge.ticket_printer.events import (
    CardRead,
    CardUnreadable,
    CodeScanned,
    OrderEnded,
    ReaderChanged,
    RunTest,
    ScannerChanged,
)
from edge.ticket_printer.fake_reader import FakeCard
from tests.edge.ticket_printer.bench import Bench, until

CARD, OTHER = FakeCard.of(1), FakeCard.of(2, "样本者")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setattr(reader_driver, "_FIND_EVERY_S", 0.02)
    monkeypatch.setattr(reader_driver, "_GONE_S", 0.2)
    with Bench(tmp_path, printer=False, reader="any", reader_s=0.3, scanner="any") as one:
        until(lambda: one.driver.health()["scanner_port"] == "open")
        one.wait_for(ReaderChanged, lambda change: change.state == "ready")
        yield one


@pytest.fixture
def reader(machine):
    return machine.driver.reader


def put(machine, card):
    machine.driver.reader.put(card)
    return machine.wait_for(CardRead)


def lift(machine):
    """No hand is as quick as to change cards between two looks."""
    machine.driver.reader.lift()
    until(lambda: not machine.driver["reader"]._lies_there)


def cards(machine):
    while not machine.inputs.empty():
        machine.seen.append(machine.inputs.get())
    return [one.person for one in machine.seen if isinstance(one, CardRead)]


def test_a_card_is_read_and_only_its_number_and_masked_name_come_in(machine):
    read = put(machine, CARD)
    assert (read.person, read.name) == (CARD.number, "测*")


@pytest.mark.parametrize("finds_again", [False, True])
def test_a_card_that_stays_on_the_plate_is_read_once(machine, reader, finds_again):
    reader.finds_again = finds_again
    put(machine, CARD)
    order(machine)
    order(machine)
    assert cards(machine) == [CARD.number]
    assert reader.reads == 1


def test_the_next_card_is_another_ones(machine, reader):
    put(machine, CARD)
    lift(machine)
    assert put(machine, OTHER).person == OTHER.number


def test_the_same_card_put_down_again_later_is_read_again(machine, reader):
    put(machine, CARD)
    lift(machine)
    until(lambda: not machine.driver["reader"]._number)
    assert put(machine, CARD).person == CARD.number


@pytest.mark.parametrize("step", [1, 2])
def test_a_card_taken_away_under_the_reading_is_told_as_unreadable(machine, reader, step):
    reader.lifted_after = step
    reader.put(CARD)
    machine.wait_for(CardUnreadable)
    reader.lifted_after = 0
    assert put(machine, CARD).person == CARD.number


@pytest.mark.parametrize("trouble", ["mute", "garbage", "bad_check", "truncated"])
def test_a_reader_that_does_not_answer_properly_is_mute_and_well_again_afterwards(machine, reader, trouble):
    setattr(reader, trouble, True)
    machine.wait_for(ReaderChanged, lambda one: one.state == "mute")
    assert "no answer" in machine.driver.health()["reader_error"]
    setattr(reader, trouble, False)
    machine.wait_for(ReaderChanged, lambda one: one.state == "ready")
    assert put(machine, CARD).person == CARD.number
    assert "reader_error" not in machine.driver.health()


def test_a_reader_without_its_authorisation_says_so(machine, reader):
    reader.mute = True
    machine.wait_for(ReaderChanged, lambda one: one.state == "mute")
    reader.unauthorised, reader.mute = True, False
    until(lambda: "未授权" in machine.driver.health()["reader_error"])


def test_an_unplugged_reader_is_tried_until_it_is_back(machine, reader):
    reader.cable.unplug()
    machine.wait_for(ReaderChanged, lambda one: one.state == "unplugged")
    reader.cable.plug()
    machine.wait_for(ReaderChanged, lambda one: one.state == "ready")
    assert put(machine, CARD).person == CARD.number


def test_nothing_of_a_card_is_in_health_or_in_the_log(machine, reader, caplog):
    caplog.set_level(logging.DEBUG)
    put(machine, CARD)
    lift(machine)
    reader.lifted_after = 1
    reader.put(OTHER)
    machine.wait_for(CardUnreadable)
    told = f"{machine.driver.health()} {caplog.text}"
    for secret in (CARD.number, CARD.name, CARD.address, OTHER.number, OTHER.name):
        assert secret not in told


# The test that the hub can order.


def order(machine):
    machine.driver.perform(RunTest("o-1", "reader"))
    return machine.wait_for(OrderEnded)


def test_a_well_reader_says_so(machine):
    assert order(machine).ok


def test_a_mute_reader_points_at_power_and_cable(machine, reader):
    reader.mute = True
    said = order(machine)
    assert not said.ok
    assert "电源" in said.text


def test_an_unplugged_reader_is_said_to_be(machine, reader):
    reader.cable.unplug()
    machine.wait_for(ReaderChanged, lambda one: one.state == "unplugged")
    said = order(machine)
    assert not said.ok
    assert "未连接" in said.text


# The scanner.


def test_a_code_before_the_scanner_comes_in_without_its_line_end(machine):
    machine.driver.scanner.scan("YY-20260104-0001")
    assert machine.wait_for(CodeScanned).code == "YY-20260104-0001"


def test_an_unplugged_scanner_is_told_and_comes_back(machine):
    machine.driver.scanner.cable.unplug()
    machine.wait_for(ScannerChanged, lambda one: one.state == "unplugged")
    machine.driver.scanner.cable.plug()
    machine.wait_for(ScannerChanged, lambda one: one.state == "ready")
    machine.driver.scanner.scan("YY-1")
    assert machine.wait_for(CodeScanned).code == "YY-1"
