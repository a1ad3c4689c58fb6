"""A ticket machine that nobody knows prints its code once, and shows it; one that the hub looks for prints nothing."""

import os
from datetime import UTC, datetime
from pathlib import Path

from edge.runtime.device import Arrived
from edge.runtime.pairing import OnPress
from edge.ticket_printer import layout, logic
from edge.ticket_printer.escpos import Cut, Feed, Qr, Text
from edge.ticket_printer.events import ButtonMoved, PrintPairing, ShowPanel, WishDropped
from edge.ticket_printer.pairing import pairing
from edge.ticket_printer.rendering import Renderer
from edge.ticket_printer.settings import Settings
from tests.edge.ticket_printer.thinking import Machine
from wire.orders import Identify

CODE = "7K3M-0QXA"
GOLDEN = Path(__file__).parent / "slips"


def drawn(columns: int) -> str:
    """As a reviewer reads it: how large a line is stands before it."""
    lines = []
    for line in layout.pairing(CODE, columns):
        match line:
            case Text(text=text, width=width, height=height):
                lines.append(f"{width}x{height} {text}")
            case Qr(data=data):
                lines.append(f"[QR {data}]")
            case Feed():
                lines.append("")
            case Cut():
                lines.append("-- cut --")
    return "\n".join(lines) + "\n"


def test_the_slip_is_what_the_golden_page_shows():
    for columns, name in ((48, "pairing_80mm"), (32, "pairing_58mm")):
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("RENEW_GOLDENS"):
            path.write_text(drawn(columns), "utf-8")
        assert drawn(columns) == path.read_text("utf-8")


def test_it_can_be_printed_on_both_widths_of_paper():
    for settings in (Settings(driver="serial"), Settings(driver="serial", dots=384, encoding="gb2312")):
        assert CODE.encode() in Renderer(settings).pairing_slip(CODE)


def test_the_slip_comes_once_and_again_only_for_who_presses():
    shown = pairing(CODE, Settings(driver="serial", panel=0, buttons={"A": 5}))
    [panel] = [effect for effect in shown if isinstance(effect, ShowPanel)]
    assert panel.panel.pairing == CODE
    [slip] = [effect for effect in shown if isinstance(effect, OnPress)]
    assert slip.effect == PrintPairing(CODE)
    assert slip.asked(ButtonMoved(at=0, letter="A", down=True))
    assert slip.asked(WishDropped(at=0))
    assert not slip.asked(ButtonMoved(at=0, letter="A", down=False))
    assert not slip.asked(ButtonMoved(at=0, letter="A", down=True, fresh=False))


def test_the_page_says_here_and_no_paper_is_used():
    machine = Machine(panel=0)
    order = Identify(id="i", at=datetime.fromtimestamp(machine.at, UTC), seconds=5)
    state, effects = logic.react(machine.state, Arrived(at=machine.at, message=order))
    [show] = effects
    assert isinstance(show, ShowPanel)
    assert show.panel.here
    assert "触摸屏" in logic.here(state)
