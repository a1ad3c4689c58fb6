"""The driver "serial": a ticket machine as it is fitted; its settings say which parts it has."""

from edge.runtime.device import Driver
from edge.runtime.parts import Parts
from edge.ticket_printer.memory_driver import MemoryDriver
from edge.ticket_printer.settings import Settings


class Machine(Parts):
    """Raises TemplateError for a bad template."""

    def __init__(self, settings: Settings, state_dir: str) -> None:
        super().__init__(**parts(settings, state_dir))


def parts(settings: Settings, state_dir: str) -> dict[str, Driver]:
    """By name. What is not fitted is not imported: a board with a touchscreen needs no pin library."""
    found: dict[str, Driver] = {"memory": MemoryDriver(state_dir)}
    if settings.printer:
        from edge.ticket_printer.printer_driver import PrinterDriver

        found["printer"] = PrinterDriver(settings)
    if settings.buttons:
        from edge.ticket_printer.buttons_driver import ButtonsDriver

        found["buttons"] = ButtonsDriver(settings)
    if settings.reader:
        from edge.ticket_printer.reader_driver import ReaderDriver

        found["reader"] = ReaderDriver(settings)
    if settings.scanner:
        from edge.ticket_printer.scanner_driver import ScannerDriver

        found["scanner"] = ScannerDriver(settings)
    if settings.panel is not None:
        from edge.ticket_printer import panel

        found["panel"] = panel.make(settings.panel)
    return found
