"""What counts as out of order: what keeps new settings and new releases from staying."""

import pytest

from edge.runtime import gate
from edge.runtime.device import device_class
from wire.base import Fact

WELL: dict[str, tuple[Fact, ...]] = {"port": ("open",), "display": ("ok",), "mpv": (True,)}


@pytest.mark.parametrize(
    ("facts", "ailing"),
    [
        ({"port": "open", "display": "ok", "mpv": True, "sent": 7, "said": ""}, {}),
        ({"port": "no such port", "sent": 0}, {"port": "no such port"}),
        ({"mpv": False}, {"mpv": "False"}),
        (
            {"font_error": "no font", "lamp_fault": "", "key_fault": "pin 4"},
            {"font_error": "no font", "key_fault": "pin 4"},
        ),
        ({}, {}),
    ],
    ids=["all is well", "a part says otherwise", "not true", "newly wrong", "a part that is not fitted"],
)
def test_out_of_order_is_what_does_not_say_that_it_is_well_and_what_says_that_it_is_not(
    facts: dict[str, Fact], ailing: dict[str, str]
) -> None:
    assert gate.ailing(WELL, facts) == ailing


def test_a_printer_that_runs_out_of_paper_sends_no_release_back() -> None:
    """That happens by itself, on any day."""
    assert gate.ailing(device_class("ticket_printer").well, {"printer": "paper out"}) == {}
    assert gate.ailing(device_class("ticket_printer").well, {"printer": "unknown"}) == {"printer": "unknown"}
