"""Devices ↔ desk: takes what comes up, answers it, and keeps every device's retained view true."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.desk import Desk, Outcome, UnavailableError
from hub.domain import projection, words
from hub.domain.events import TicketReserved
from hub.domain.queue import InvalidCommandError
from hub.mqtt import translation, views
from hub.mqtt.session import Session
from hub.roster import Roster, Seat
from wire import codec, topics
from wire.messages import (
    Action,
    BoardView,
    DeviceView,
    Health,
    Issued,
    Message,
    Printed,
    Rating,
    Relayed,
    Reply,
    UpMessage,
)

_CALM_S = 0.3  # how often what is not urgent (waiting counts) is brought up to date
_ECHO = timedelta(seconds=1.5)  # two repeaters hear one frame within this
_URGENT = ("led_window", "caller", "evaluator", "repeater", "signage_player", "ticket_printer")

log = logging.getLogger(__name__)


class Gateway:
    """`count(door, code)` is told of everything that is turned away."""

    def __init__(self, desk: Desk, roster: Roster, count: Callable[[str, str], None], name: str = "hub-1") -> None:
        self._desk, self._roster, self._count = desk, roster, count
        self._session = Session(name, self._arrived, self._connected)
        self._published: dict[str, DeviceView | BoardView] = {}
        self._heard: dict[str, tuple[str, object, datetime]] = {}  # handheld → by whom, what, when
        self._calm = asyncio.Event()
        self._asking_registry = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        self._roster.seat_all(await asyncio.to_thread(self._roster.bound))
        self._tasks = [
            asyncio.create_task(self._session.run(host, port, tls), name="broker session"),
            asyncio.create_task(self._follow(), name="urgent views"),
            asyncio.create_task(self._refresh(), name="calm views"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._session.close()

    # Up.

    async def _arrived(self, topic: str, payload: bytes) -> None:
        if topic.startswith(f"{topics.PREFIX}/presence/"):
            await self._present(topics.last_level(topic), payload)
            return
        try:
            up = topics.parse_up(topic)
            message = codec.decode_up(up.kind, payload)
        except topics.BadTopicError:
            self._count("mqtt", "bad-topic")
            return
        except codec.BadMessageError as error:
            self._count("mqtt", "bad-message")
            log.info("%s: %s", topic, error)
            return
        seat = await self._seat(up.device)
        if seat is None:
            self._count("mqtt", "no-position")
            self._reply(up.device, message.id, code="no-position", text="设备未分配点位")
        elif isinstance(message, Health):
            self._roster.healthy(up.device, message, self._desk.now())
            self._reply(up.device, message.id)
        else:
            await self._act(seat, up.device, message)

    async def _act(self, seat: Seat, device: str, message: UpMessage) -> None:
        try:
            who, what = translation.speaker(self._roster, seat, message)
            if who is not seat and self._echo(who, device, what):
                self._count("mqtt", "heard-twice")
                self._reply(device, message.id)
                return
            command = translation.command(who, device, message.id, what, self._desk.now())
            outcome = await self._desk.handle(seat.hall, command)
        except (translation.NotItsBusinessError, InvalidCommandError) as error:
            self._count("mqtt", error.code)
            self._reply(device, message.id, code=error.code, text=str(error))
        except UnavailableError:
            self._count("mqtt", "unavailable")
            if not _is_journaled(message):  # the device keeps what it journaled, and sends it again
                self._reply(device, message.id, code="unavailable", text="系统繁忙，请稍后再按")
        else:
            self._answer(seat, device, message, outcome)

    def _echo(self, handheld: Seat, repeater: str, message: Message) -> bool:
        """Whether another repeater has just passed on the same press of the same handheld."""
        content = (message.verb, message.argument) if isinstance(message, Action) else codec.kind_of(message)
        now = self._desk.now()
        before = self._heard.get(handheld.position.id)
        if before is not None and before[0] != repeater and before[1] == content and now - before[2] < _ECHO:
            return True
        self._heard[handheld.position.id] = (repeater, content, now)
        return False

    def _answer(self, seat: Seat, device: str, message: UpMessage, outcome: Outcome) -> None:
        refused = outcome.refused
        if refused is not None:
            text = words.refusal(refused.code, refused.detail).zh
            self._reply(device, message.id, code=refused.code, text=text)
            return
        reserved = next((event for event in outcome.events if isinstance(event, TicketReserved)), None)
        slip = None
        if reserved is not None:
            slip = views.slip(self._desk.today(seat.hall), reserved, self._desk.zone(seat.hall))
        reply = Reply(to=message.id, ok=True, at=self._desk.now(), slip=slip)
        self._session.publish(topics.down(device, "reply"), codec.encode(reply))

    def _reply(self, device: str, to: str, *, code: str = "", text: str = "") -> None:
        reply = Reply(to=to, ok=not code, at=self._desk.now(), code=code, text=text)
        self._session.publish(topics.down(device, "reply"), codec.encode(reply))

    async def _present(self, device: str, payload: bytes) -> None:
        if device == topics.HUB:
            return
        try:
            presence = codec.decode_presence(payload)
        except codec.BadMessageError:
            self._count("mqtt", "bad-message")
            return
        seat = await self._seat(device)
        if seat is not None:
            self._roster.present(device, presence, self._desk.now())

    async def _seat(self, device: str) -> Seat | None:
        """The device's seat; one that is new here may just have enrolled, so the registry is asked once more."""
        seat = self._roster.seat(device)
        if seat is not None:
            return seat
        async with self._asking_registry:  # one after another, or an older answer would replace a newer one
            seat = self._roster.seat(device)
            if seat is None:
                self._roster.seat_all(await asyncio.to_thread(self._roster.bound))
                seat = self._roster.seat(device)
        if seat is not None:
            self._calm.set()
        return seat

    # Down.

    def _connected(self) -> None:
        """A broker may have forgotten everything: say it all again."""
        self._published.clear()
        self._calm.set()

    async def _follow(self) -> None:
        """At once: whatever concerns the counters that an event names."""
        position = self._desk.position
        while True:
            recorded = await self._desk.since(position)
            position = recorded[-1].position
            for hall in {one.hall for one in recorded}:
                counters = {getattr(one.event, "counter", "") for one in recorded if one.hall == hall} - {""}
                self._show_counters(hall, counters)
            self._calm.set()

    async def _refresh(self) -> None:
        """Soon after a change: everything that differs from what was published."""
        while True:
            await self._calm.wait()
            await asyncio.sleep(_CALM_S)
            self._calm.clear()
            left = [hall for hall in self._desk.halls() if not self._show_all(hall)]
            if left:
                self._calm.set()

    def _show_counters(self, hall: str, counters: Iterable[str]) -> None:
        concerned = set(counters)
        if not concerned:
            return
        seats = [seat for seat in self._roster.seats(hall) if seat.position.counter in concerned]
        for seat in sorted(seats, key=lambda seat: _URGENT.index(seat.position.device_class)):
            if seat.position.wireless:
                for repeater in seat.position.wireless.repeaters:
                    self._show_seat(self._roster.at(hall, repeater))
            else:
                self._show_seat(seat)
        self._show_boards(hall, {c.area for c in self._desk.today(hall).hall.counter if c.id in concerned})

    def _show_all(self, hall: str) -> bool:
        """False when something could not be handed over."""
        done = [self._show_seat(seat) for seat in self._roster.seats(hall)]
        done.append(self._show_boards(hall, None))
        return all(done)

    def _show_seat(self, seat: Seat | None) -> bool:
        if seat is None or not seat.device or seat.position.wireless:
            return True
        view = views.view(self._desk.today(seat.hall), self._roster, seat)
        return view is None or self._show(topics.down(seat.device, "view"), view)

    def _show_boards(self, hall: str, areas: set[str] | None) -> bool:
        state = self._desk.today(hall)
        whole = True
        for area in state.hall.area:
            if areas is None or area.id in areas:
                board = projection.board(state, area, epoch=0, version=0)
                whole = self._show(topics.board(hall, area.id), board) and whole
        return whole

    def _show(self, topic: str, view: DeviceView | BoardView) -> bool:
        """Publish what changed, with the log's position as its version. False: not handed over, try again."""
        if self._published.get(topic) == view:
            return True
        stamped = replace(view, epoch=self._desk.epoch, version=self._desk.position)
        if not self._session.publish(topic, codec.encode(stamped), retain=True):
            return False
        self._published[topic] = view
        return True


def _is_journaled(message: UpMessage) -> bool:
    """Whether the device holds it on disk until it is answered."""
    inner = message.message if isinstance(message, Relayed) else message
    return isinstance(inner, Printed | Issued | Rating)
