"""An Onbon BX card as a window display: text goes into its RAM, again and again, and it must acknowledge each time."""

import math
import socket
import time

from msgspec.structs import replace

from edge.led_window import card_text, timeline
from edge.led_window.card_line import Line, SerialLine, SocketLine, drain
from edge.led_window.frame_clock import ClockedDisplay, Report
from edge.led_window.scene import Brightness, Refresh, Show
from edge.led_window.settings import Settings
from edge.protocols import onbon_bx
from edge.protocols.onbon_bx import Answer, Packet, Reader
from edge.runtime.device import Effect
from wire.base import Fact

_TRIES = 3
_PACE_S = 1.0  # between two changes of an area: the manual's 动态区刷新率 (§2.1)
_PING_S = 10.0
_EARLY_S = 0.001
_MUTE = "控制卡无应答：查电源、接线（A/B 是否接反）、屏号、波特率 / no answer: check power, wires, screen number, baud"
_REFUSED = "控制卡拒绝 the card refuses: "
_HINT = "查接口与接线 / check the port and the cable"


class SerialCardWindow(ClockedDisplay):
    def __init__(self, settings: Settings) -> None:
        super().__init__(Card(settings, SerialLine(settings.card.port, settings.card.baud)))


class TcpCardWindow(ClockedDisplay):
    def __init__(self, settings: Settings) -> None:
        card = settings.card
        super().__init__(Card(settings, SocketLine(card.host, card.net_port, socket.SOCK_STREAM, card.reply_s)))


class UdpCardWindow(ClockedDisplay):
    def __init__(self, settings: Settings) -> None:
        card = settings.card
        super().__init__(Card(settings, SocketLine(card.host, card.net_port, socket.SOCK_DGRAM, card.reply_s)))


class CardError(Exception):
    """What is wrong between us and the card, in words."""


class Card:
    """One card at the end of a line. It answers every question, or is asked again, or is reported."""

    def __init__(self, settings: Settings, line: Line) -> None:
        self._settings, self._line = settings, line
        self._motion = replace(settings.motion, blink_half_s=max(_PACE_S, settings.blink_half_s))
        self._report: Report = lambda _: None
        self._reader = Reader()
        self._open = False
        self._show: Show | None = None
        self._since = 0.0
        self._brightness = settings.contrast
        self._told: int | None = None  # the brightness that the card acknowledged
        self._shown: card_text.Words | None = None  # what it acknowledged as shown
        self._content = card_text.content(card_text.Words("", "red", False), settings)
        self._shown_at = self._asked_at = -math.inf
        self._frames = self._answers = self._retries = 0

    def open(self, report: Report) -> None:
        self._report = report
        self._refresh()

    def take(self, effect: Effect, now: float) -> None:
        match effect:
            case Show():
                self._show, self._since = effect, now
            case Brightness(level):
                self._brightness = level
            case Refresh():
                self._refresh()

    def frame(self, now: float) -> float:
        if not self._open or self._show is None:
            return math.inf
        words, until_s = self._words(self._show, now - self._since + _EARLY_S)
        try:
            return self._brought(words, self._since + until_s, now)
        except (OSError, CardError) as failure:
            hint = "" if isinstance(failure, CardError) else f"; {_HINT}"
            self.close()
            self._report(f"{self._line.name}: {failure}{hint}")
            return math.inf

    def health(self) -> dict[str, Fact]:
        facts: dict[str, Fact] = {
            "frames": self._frames,
            "answers": self._answers,
            "retries": self._retries,
            "noise": self._reader.dropped,
        }
        if told := card_text.complaint(self._content):
            facts["glyphs"] = told
        return facts

    def close(self) -> None:
        self._line.close()
        self._open = False

    def _refresh(self) -> None:
        """Say everything again; a card that lost its supply has forgotten it."""
        self._shown, self._told = None, None
        if self._open:
            return
        try:
            self._line.open()
            self._open = True
        except OSError as failure:
            self.close()
            self._report(f"{self._line.name}: {failure}; {_HINT}")

    def _words(self, show: Show, elapsed_s: float) -> tuple[card_text.Words, float]:
        if show.pattern:
            return card_text.pattern(elapsed_s, self._settings)
        show = replace(show, pages=tuple(card_text.plain(page, self._settings) for page in show.pages))
        size = card_text.size(self._settings)
        turn = timeline.page_turn(show, elapsed_s, self._motion, size)
        lit, lit_until_s = timeline.lit_until(show, elapsed_s, self._motion)
        words = card_text.words(turn.page, self._settings)
        return (words if lit else replace(words, text=" ", moving=False)), min(turn.until_s, lit_until_s)

    def _brought(self, words: card_text.Words, until: float, now: float) -> float:
        """Returns when something is to be done next."""
        if words != self._shown:
            if now < self._shown_at + _PACE_S:
                return self._shown_at + _PACE_S
            self._content = card_text.content(words, self._settings)
            self._ask(onbon_bx.show([card_text.area(words, self._content, self._settings)]), now)
            self._shown, self._shown_at = words, now
            self._frames += 1
        if self._told != self._brightness:
            self._ask(onbon_bx.brightness(self._brightness >> 4), now)
            self._told = self._brightness
        if now >= self._asked_at + _PING_S:
            self._ask(onbon_bx.PING, now)
        return min(until, self._asked_at + _PING_S)

    def _ask(self, data: bytes, now: float) -> None:
        """Returns when the card has acknowledged. Raises OSError or CardError."""
        frame = onbon_bx.frame(Packet(self._settings.card.screen, data, dynamic=True))
        answer: Answer | None = None
        for count in range(_TRIES):
            self._retries += count > 0
            answer = self._asked(frame, last=count == _TRIES - 1)
            if answer is not None and answer.error not in (onbon_bx.BUSY, onbon_bx.BAD_CHECKSUM):
                break
        if answer is None or not answer.ok:
            raise CardError(
                _MUTE if answer is None else _REFUSED + onbon_bx.ERRORS.get(answer.error, str(answer.error))
            )
        self._answers += 1
        self._asked_at = now
        self._report("")

    def _asked(self, frame: bytes, last: bool) -> Answer | None:
        """What the card says to it; None if nothing. A connection that the card has ended is made again."""
        try:
            self._reader.feed(drain(self._line))
            self._line.send(frame)
            return self._answer()
        except OSError:
            if last:
                raise
            self._line.close()
            self._line.open()
            return None

    def _answer(self) -> Answer | None:
        until = time.monotonic() + self._settings.card.reply_s
        while (left_s := until - time.monotonic()) > 0:
            for packet in self._reader.feed(self._line.receive(left_s)):
                answer = onbon_bx.answer(packet.data)
                if answer is not None and packet.screen == onbon_bx.HOST:
                    return answer
        return None
