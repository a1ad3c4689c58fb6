"""A slip for somebody at the desk: over a real broker, to a real agent with a printer on a pty."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.domain import commands as c
from hub.domain.events import TicketReserved
from hub.storage.audit import Audit
from hub.web.desk_slips import DeskSlips, Told
from tests.support.live import LiveHall, until
from wire import topics
from wire.orders import Order, PrintSlip


class Desk:
    """What the page does, without the page. `sent`: (device, order) as they left."""

    def __init__(self, hall: LiveHall) -> None:
        self.hall, self.sent = hall, list[tuple[str, Order]]()
        self.slips = DeskSlips(hall.desk, hall.roster, hall.book, self._order, lambda hall, day, number: "https://h/t")

    def _order(self, device: str, order: Order) -> bool:
        self.sent.append((device, order))
        return self.hall.gateway.order(device, order)

    def give(self) -> str:
        wish = c.TakeTicket(id=f"desk/{datetime.now(UTC)}", at=datetime.now(UTC), by="li", service="A")
        return self.hall.run(self.hall.desk.handle(self.hall.name, wish)).events[0].number

    def print(self, number: str, key: str = "k") -> Told:
        reserved = self.hall.run(self.slips.reserved(self.hall.name, number))
        assert isinstance(reserved, TicketReserved)
        return self.hall.run(self.slips.print(self.hall.name, "machine-1", reserved, by="li", key=key))

    def seen(self) -> list[tuple[str, str]]:
        return [(one.position, one.trouble) for one in self.slips.machines(self.hall.name)]


@pytest.fixture
def desk(hall: LiveHall) -> Desk:
    return Desk(hall)


def test_a_number_of_the_desk_is_printed_at_a_machine_once_however_often_it_is_asked_for(hall, desk):
    assert desk.seen() == []
    number = desk.give()
    assert desk.print(number, "before").outcome == "away"
    machine = hall.agent("machine-1", baud=115200)
    until(lambda: machine.state.view and machine.state.printer.state == "ready", "it is all there")
    assert desk.seen() == [("machine-1", "")]
    told = desk.print(number)
    assert (told.outcome, told.machine.split()[0]) == ("printed", "machine-1")
    (slip,) = machine.driver.printer.slips
    assert (slip.number, slip.qr) == (number, "https://h/t")
    assert desk.print(number) == told
    ((name, order),) = desk.sent
    assert isinstance(order, PrintSlip)

    async def once_more() -> bool:
        return hall.gateway.order(name, order)

    assert hall.run(once_more()), "a second copy on the wire"
    assert desk.print(number, "again").outcome == "printed"  # which came after it
    assert [one.number for one in machine.driver.printer.slips] == [number, number]
    assert hall.desk.today(hall.name).tickets[number].phase == "waiting"
    noted = [(one.who, one.what, one.detail) for one in Audit(hall.engine).of(hall.name, "machine-1")]
    assert noted.count(("li", "print-slip", number)) == 2


def test_a_machine_without_paper_says_so_and_the_number_stays(hall, desk):
    machine = hall.agent("machine-1", baud=115200)
    until(lambda: machine.state.view and machine.state.printer.state == "ready", "it is all there")
    number = desk.give()
    machine.driver.printer.paper_out = True
    told = desk.print(number)
    assert (told.outcome, "缺纸" in told.text, "paper out" in told.text) == ("failed", True, True)
    assert machine.driver.printer.slips == []
    assert hall.desk.today(hall.name).tickets[number].phase == "waiting"
    until(lambda: desk.seen() == [("machine-1", "paper out")], "the desk sees why")
    machine.driver.printer.paper_out = False
    until(lambda: machine.state.printer.state == "ready", "the paper is changed")
    assert desk.print(number, "again").outcome == "printed"


def test_a_machine_that_does_not_answer_is_told_apart_from_one_that_is_away(hall, desk, device):
    mute = device("machine-1")
    until(desk.seen, "it is online")
    desk.slips.patience_s = 0.0
    told = desk.print(desk.give())
    assert told.outcome == "sent"
    until(lambda: topics.down(mute.name, "order") in mute.bodies, "it has the order")
    now = hall.desk.now
    hall.desk.now = lambda: now() + timedelta(minutes=1)
    assert hall.run(desk.slips.became(hall.name, told.order)).outcome == "silent"
