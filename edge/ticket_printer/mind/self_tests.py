"""Tests that the hub orders. They wait for nobody's ticket, and no ticket waits for them but for a slip's length."""

from msgspec.structs import replace

from edge.runtime.device import Send
from edge.runtime.elapsed import is_over
from edge.ticket_printer.events import OrderEnded, RunTest
from edge.ticket_printer.mind import words
from edge.ticket_printer.mind.state import Ordered, State, Step, next_id, wall
from wire.orders import Done, SelfTest

_SLACK_S = 20.0  # beyond a slip's own time: then the driver is taken to have failed


def ordered(state: State, order: SelfTest, at: float) -> Step:
    if refusal := _refusal(state, order.test):
        return _tell(state, order.id, False, refusal, at)
    return replace(state, testing=Ordered(order.id, order.test, at)), [RunTest(order.id, order.test)]


def ended(state: State, event: OrderEnded) -> Step:
    if state.testing is None or state.testing.order != event.order:
        return state, []
    return _tell(replace(state, testing=None), event.order, event.ok, event.text, event.at)


def time_passed(state: State, at: float) -> Step:
    testing = state.testing
    if testing is None or not is_over(testing.since, state.settings.print_s + _SLACK_S, at):
        return state, []
    return _tell(replace(state, testing=None), testing.order, False, words.TEST_SILENT, at)


def due(state: State) -> float | None:
    return None if state.testing is None else state.testing.since + state.settings.print_s + _SLACK_S


def _refusal(state: State, test: str) -> str:
    if state.testing is not None:
        return words.TEST_LATER
    if test == "reader":
        return "" if state.settings.reader else words.NO_READER
    if not state.settings.printer:
        return words.NO_PRINTER
    if state.making is not None:
        return words.TEST_LATER
    return words.test_slip("failed", state.printer.state, state.printer) if state.printer.hopeless else ""


def _tell(state: State, order: str, ok: bool, text: str, at: float) -> Step:
    state, ident = next_id(state)
    return state, [Send(Done(id=ident, to=order, ok=ok, text=text, at=wall(state, at)))]
