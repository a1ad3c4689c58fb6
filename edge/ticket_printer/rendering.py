"""A slip as the bytes that print it, on the printer that the settings describe."""

from collections.abc import Iterable
from pathlib import Path

from edge.ticket_printer import escpos, layout, status
from edge.ticket_printer.escpos import Cut, Feed, Line, Qr, Raw, Text
from edge.ticket_printer.settings import Settings
from wire.messages import Slip

_TO_THE_EDGE = 5  # empty lines from the head to where paper is torn off


class Renderer:
    """`font_error`: why rare characters came out as 〓. Raises TemplateError for a bad template."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._template = layout.load(Path(settings.template) if settings.template else layout.OWN)
        self.font_error = ""

    def slip(self, slip: Slip) -> bytes:
        """Raises EncodeError."""
        return self._encode(layout.lines(slip, self._template, self._settings.line_columns))

    def test_slip(self) -> bytes:
        """What a technician wants to see of a printer: characters, sizes, a rare one, both edges, a QR code."""
        columns, encoding = self._settings.line_columns, self._settings.encoding
        return self._encode(
            [
                Text("打印测试 Test slip", width=2, height=2, align="center", bold=True),
                Text(f"{encoding}  {self._settings.dots} dots  {columns} columns", align="center"),
                Text("".join(str((count + 1) % 10) for count in range(columns))),
                Text("汉字 养老保险待遇申领"),
                Text("GBK: 喆玥"),  # these two in the printer's own font, if it is said to have them
                Text("GB18030: 㐆䶮"),
                Text("图形 Picture: 𬀩"),
                Text("A012", width=4, height=4, align="center", bold=True),
                Text("-" * columns),
                Qr("TINGXU-TEST"),
                Feed(1),
                Cut(),
            ]
        )

    def pairing_slip(self, code_shown: str) -> bytes:
        """What a technician takes to whoever sits at the hub; the QR code holds the code as it is shown."""
        return self._encode(layout.pairing(code_shown, self._settings.line_columns))

    def _encode(self, lines: Iterable[Line]) -> bytes:
        """A missing font only costs glyphs."""
        whole = list(self._with_requests(lines))
        try:
            data = escpos.encode(whole, self._settings.encoding, self._raster)
        except OSError as error:
            self.font_error = str(error)
            return escpos.encode(whole, self._settings.encoding, None)
        self.font_error = ""
        return data

    def _with_requests(self, lines: Iterable[Line]) -> Iterable[Line]:
        """The printer is asked to say when it has come to the knife: what the knife then does is no longer the slip's
        fate. ESC @ may have made it forget that it was to tell of changes."""
        if self._settings.tells_changes:
            yield Raw(status.CHANGES_REQUEST)
        for line in lines:
            if not isinstance(line, Cut):
                yield line
                continue
            if self._settings.answers_in_order:
                yield Raw(status.IN_ORDER_REQUEST)
            yield Feed(_TO_THE_EDGE) if self._settings.cut == "none" else Cut(bridge=self._settings.cut == "partial")

    def _raster(self, line: Text) -> escpos.Bitmap:
        """Imported when first needed: most slips need no picture, and Pillow costs memory."""
        from edge.ticket_printer import glyphs

        return glyphs.raster(line, self._settings.dots, self._settings.fonts)
