"""The part "reader": an identity card reader on a serial port. One thread looks for cards, a few times a second."""

import logging
import time

from edge.protocols import sam_v
from edge.runtime.device import Effect
from edge.ticket_printer.events import CardRead, CardUnreadable, OrderEnded, ReaderChanged, ReaderState, RunTest
from edge.ticket_printer.reader_port import MuteError, ReaderPort
from edge.ticket_printer.settings import Settings
from edge.ticket_printer.tending import PortDriver
from wire.base import Fact

log = logging.getLogger(__name__)
_FIND_EVERY_S = 0.3
_GONE_S = 2.0  # a card that is not found for so long was taken away; some readers find one that lies there by turns
_MUTE_AFTER = 2  # questions without an answer
_SILENT = "阅读器没有应答，请检查电源和串口 The reader does not answer: check power and cable"
_TRIES = 2  # readings that fail before the citizen is told


class ReaderDriver(PortDriver[ReaderPort]):
    def __init__(self, settings: Settings) -> None:
        super().__init__(f"cards {settings.reader}")
        self._settings = settings
        self._state: ReaderState = "starting"
        self._order = ""  # a test to be run
        self._number = ""  # of the card that was told last, until it has been away for a while
        self._lies_there = False  # it was found at every look since
        self._seen_at = float("-inf")
        self._failures = self._unanswered = 0
        self._read = self._unreadable = self._bad = 0
        self._error = ""

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, RunTest) and effect.test == "reader":
            self._order = effect.order
            self._bell.ring()

    def health(self) -> dict[str, Fact]:
        """Never anything of a card."""
        counts: dict[str, Fact] = {
            "reader_cards": self._read,
            "reader_unreadable": self._unreadable,
            "reader_frames_bad": self._bad,
        }
        return counts | ({"reader_error": self._error} if self._error else {})

    # The driver's own thread.

    def connect(self) -> ReaderPort:
        return ReaderPort(self._settings.reader, self._settings.reader_s)

    def serve(self, port: ReaderPort) -> None:
        while not self.stopping:
            try:
                self._look(port)
                self._unanswered = 0
            except MuteError as error:
                self._no_answer(error)
            self._bad = port.frames_bad
            port.rest(_FIND_EVERY_S, self._bell)
            self._bell.hush()

    def _look(self, port: ReaderPort) -> None:
        if self._order:
            self._test(port)
        if self._state != "ready":
            self._greet(port)
            return
        now = time.monotonic()
        if not port.find():
            self._not_found(now)
        elif self._lies_there:
            self._seen_at = now
        else:
            self._read_card(port, now)

    def _greet(self, port: ReaderPort) -> None:
        reply = port.status()
        if reply.sw == sam_v.OK:
            self._error = ""
            self._changed("ready")
        else:
            self._error = reply.trouble
            self._changed("mute")

    def _read_card(self, port: ReaderPort, now: float) -> None:
        """The same card is told once, as long as it lies there."""
        try:
            card = port.card()
        except (sam_v.CardError, MuteError) as error:
            self._failed(str(error))
            return
        self._failures = 0
        was_there = card.number == self._number
        self._number, self._seen_at, self._lies_there, self._error = card.number, now, True, ""
        if not was_there:
            self._read += 1
            self._emit(lambda at: CardRead(at=at, person=card.number, name=card.name))

    def _not_found(self, now: float) -> None:
        self._lies_there = False
        if self._failures:
            self._tell_unreadable()
        if self._number and now >= self._seen_at + _GONE_S:
            self._number = ""

    def _failed(self, reason: str) -> None:
        self._error = f"card: {reason}"
        self._failures += 1
        if self._failures >= _TRIES:
            self._tell_unreadable()

    def _tell_unreadable(self) -> None:
        self._failures = 0
        self._unreadable += 1
        self._emit(lambda at: CardUnreadable(at=at))

    def _test(self, port: ReaderPort) -> None:
        order, self._order = self._order, ""
        try:
            reply = port.status()
        except MuteError:
            self._tested(order, False, _SILENT)
            raise
        if reply.sw == sam_v.OK:
            self._tested(order, True, f"阅读器正常，已读{self._read}张证 The reader is well; cards read: {self._read}")
        else:
            self._tested(order, False, f"阅读器报告：The reader says: {reply.trouble}")

    def _tested(self, order: str, ok: bool, text: str) -> None:
        self._emit(lambda at: OrderEnded(at=at, order=order, ok=ok, text=text))

    def _no_answer(self, error: MuteError) -> None:
        self._unanswered += 1
        if self._unanswered >= _MUTE_AFTER or self._state != "ready":
            self._error = f"{self._settings.reader}: {error}"
            self._changed("mute")

    def gone(self, error: Exception) -> None:
        self._error = f"{self._settings.reader}: {error}"
        self._number, self._lies_there = "", False
        self._changed("unplugged")

    def between(self) -> None:
        """A test that was ordered fails at once."""
        if self._order:
            order, self._order = self._order, ""
            self._tested(order, False, f"阅读器未连接 The reader is not connected: {self._error}")

    def _changed(self, state: ReaderState) -> None:
        if state != self._state:
            log.info("card reader %s: %s", state, self._error)
            self._state = state
            self._emit(lambda at: ReaderChanged(at=at, state=state))
