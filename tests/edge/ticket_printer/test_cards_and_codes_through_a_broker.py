"""A machine with reader and scanner, its real agent, a real broker and the hub: who gets a ticket, and what is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.ticket_printer.fake_reader import FakeCard
from edge.ticket_printer.mind import words
from halls.format import changed
from tests.support.day import small_hall
from tests.support.live import LiveHall, until
from wire.orders import SelfTest

CARD = FakeCard.of(42)


@pytest.fixture
def hall(tmp_path):
    """One that gives no ticket at a machine for a real-name service (B) to somebody without a card."""
    live = LiveHall(tmp_path, changed(small_hall(), {"policy.real_name_strict": True}))
    yield live
    live.close()


@pytest.fixture
def machine(hall):
    one = hall.agent("machine-1", baud=115200, reader="any", scanner="any")
    until(lambda: one.state.view and one.state.reader == "ready", "the machine has its view and its reader")
    return one.driver


def everything(hall):
    """What is on the disks of hub and machine."""
    files = (path for path in hall.directory.rglob("*") if path.is_file() and path.name != "key.pem")
    return b"".join(path.read_bytes() for path in files)


def test_a_card_makes_a_ticket_with_a_masked_name_and_its_number_is_on_no_disk(hall, machine):
    machine.press("B")
    until(lambda: machine.panel.doing == "card", "the card is asked for")
    machine.reader.put(CARD)
    (slip,) = until(lambda: machine.printer.slips, "a slip comes out")
    assert any("测*" in line for line in slip.lines)
    ticket = until(lambda: hall.desk.today("small").tickets.get(slip.number), "the hub has the ticket")
    assert ticket.person
    assert CARD.number not in ticket.person
    kept = everything(hall)
    assert slip.number.encode() in kept
    for secret in (CARD.number, CARD.name, CARD.address):
        assert secret.encode() not in kept


def test_the_same_person_is_told_of_the_ticket_that_there_is(hall, machine):
    for wanted in (1, 1):
        machine.press("B")
        until(lambda: machine.panel.doing == "card", "the card is asked for")
        machine.reader.put(CARD)
        until(lambda: machine.panel.doing == "idle", "it is settled")
        assert len(machine.printer.slips) == wanted
        machine.reader.lift()
        until(lambda: not machine["reader"]._number, "the reader has forgotten the card")
    assert "您已取" in machine.panel.words
    assert "You have" in machine.panel.words


def test_a_strict_hall_refuses_who_has_no_card_in_words_of_both_languages(hall, machine):
    machine.press("B")
    until(lambda: machine.panel.doing == "card", "the card is asked for")
    machine.go_without_card()
    until(lambda: machine.panel.words and machine.panel.doing == "idle", "the refusal is there")
    assert "实名" in machine.panel.words
    assert "identity card" in machine.panel.words
    assert machine.printer.slips == []


def test_a_code_that_is_no_appointment_is_answered_in_words(hall, machine):
    machine.scanner.scan("YY-1")
    until(lambda: machine.panel.words, "words are there")
    assert "现场取号" in machine.panel.words
    hall.stop_hub()
    until(lambda: not machine.panel.online, "the machine knows that the hub is away")
    machine.scanner.scan("YY-2")
    until(lambda: machine.panel.words == words.NO_CHECK_IN, "the citizen is told at once")
    hall.start_hub()


@pytest.mark.parametrize("test", ["slip", "reader"])
def test_a_test_that_the_hub_orders_is_run_and_its_answer_kept(hall, machine, test):
    """While the test slip is still being printed a citizen taps, and gets a ticket."""
    device = hall.agents["machine-1"].device
    now = datetime.now(UTC)
    ordered = hall.book.order(
        hall="small", position="machine-1", device=device, what="self-test", detail=test, by="tech", at=now,
        expires_at=now + timedelta(seconds=30),
    )  # fmt: skip

    async def order():
        return hall.gateway.order(device, SelfTest(id=ordered.id, test=test, at=now))

    def answered():
        one = hall.book.at("small", "machine-1")[0]
        return one if one.ok is not None else None

    assert hall.run(order())
    until(lambda: hall.agents["machine-1"].state.testing or answered(), "the order has arrived")
    machine.press("A")
    said = until(answered, "it is answered")
    assert said.ok, said.text
    wanted = {"A001", "A012"} if test == "slip" else {"A001"}  # the test slip shows A012
    until(lambda: {slip.number for slip in machine.printer.slips} == wanted, "the slips come out")
