"""When a device must not be restarted: somebody at it would lose by that."""

from datetime import UTC, datetime

import msgspec

from edge.caller import logic as caller
from edge.caller.settings import CallerSettings
from edge.caller.state import Entry
from edge.evaluator import logic as evaluator
from edge.evaluator.settings import EvaluatorSettings
from edge.evaluator.state import Asking
from edge.runtime.device import Context
from edge.ticket_printer import logic as printer
from edge.ticket_printer.mind.state import Printing
from edge.ticket_printer.settings import Settings
from wire.messages import Ask

HERE = Context("d-1", "b")


def test_a_caller_is_busy_while_a_clerk_types() -> None:
    state = caller.start(HERE, CallerSettings())
    assert not caller.busy(state)
    assert caller.busy(msgspec.structs.replace(state, entry=Entry("1", 0.0)))


def test_an_evaluator_is_busy_while_it_asks() -> None:
    state = evaluator.start(HERE, EvaluatorSettings())
    assert not evaluator.busy(state)
    ask = Ask(id="a", number="A001", until=datetime.now(UTC))
    assert evaluator.busy(msgspec.structs.replace(state, asking=Asking(ask, 0.0)))


def test_a_machine_is_busy_from_the_tap_to_the_slip() -> None:
    state = printer.start(HERE, msgspec.convert({"driver": "simulated"}, Settings))
    assert not printer.busy(state)
    assert printer.busy(msgspec.structs.replace(state, making=Printing("A001", 0.0)))
