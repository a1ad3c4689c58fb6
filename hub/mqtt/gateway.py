"""Devices ↔ desk: takes what comes up, answers it, and keeps every device's retained view true."""

import asyncio
import contextlib
import logging
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from hub import pinyin
from hub.desk import Desk
from hub.domain import slips, words
from hub.domain.events import ScreensChanged, TicketReserved
from hub.domain.queue import InvalidCommandError
from hub.mqtt import paths, translation
from hub.mqtt.keeping import Keeper
from hub.mqtt.observing import Observer
from hub.mqtt.retained import Retained
from hub.mqtt.session import Arrived, Session
from hub.mqtt.showing import Showing
from hub.roster import Roster, Seat
from hub.screens.screens import Screens
from hub.waiting import Outcome, UnavailableError
from wire import codec, topics
from wire.messages import (
    CheckIn,
    Health,
    Issued,
    Played,
    Printed,
    Rating,
    RatingReasons,
    Relayed,
    Reply,
    TakeTicket,
    UpMessage,
)
from wire.orders import Done, Order

_CALM_S = 0.3  # how often what is not urgent (waiting counts) is brought up to date
_LOOK_S = 10.0  # how often the registry, and the silence of handhelds, are looked at
_AGAIN_S = 1.0  # after a fault
_UNDER_WAY_MAX = 256  # messages of one device; a journal after a long outage comes in a few such portions
_ID_MAX = 100

log = logging.getLogger(__name__)


class Gateway:
    """`count(door, code)` is told of everything that is turned away; `pseudonym` of an identity number is what the log
    may know of a person, and without one it knows nothing.

    `session` makes the one with the broker; `clock`: seconds, never set back. `done(device, answer)` keeps what a
    device says of an order, in a thread; False: nobody gave that one. `screens`: what these play.
    `keepers`: of settings, releases, whatever else devices are told to be.
    """

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        count: Callable[[str, str], None],
        name: str = "hub-1",
        pseudonym: Callable[[str], str] = lambda number: "",
        session: Callable[[str, Arrived, Callable[[], None]], Session] = Session,
        clock: Callable[[], float] = monotonic,
        done: Callable[[str, Done], bool] = lambda device, answer: False,
        screens: Screens | None = None,
        keepers: Sequence[Keeper] = (),
        observer: Observer | None = None,
        follow: Callable[[str, str, str], str] = lambda hall, day, number: "",
    ) -> None:
        """`follow(hall, day, number)`: where a phone follows that ticket, for its slip; empty: nowhere."""
        self._observer, self._follow_url = observer, follow
        self._screens, self._keepers = screens, keepers
        self._keeper_of = {kind: keeper for keeper in keepers for kind in keeper.takes}
        self._kept_kinds = {keeper.kind for keeper in keepers if keeper.kind}
        self._outdated = False  # another process may know something newer of what keepers keep
        self._desk, self._roster, self._count, self._pseudonym = desk, roster, count, pseudonym
        self._done, self._name = done, name
        self._session = session(name, self._arrived, self._connected)
        self._retained = Retained(clock)
        self._showing = Showing(desk, roster, self._session, self._retained, screens, keepers)
        self._calm_s = _CALM_S + _apart_s(name)
        self._under_way: Counter[str] = Counter()  # device → messages that are being dealt with
        self._followed = 0  # position up to which events were shown
        self._calm = asyncio.Event()
        self._asking_registry = asyncio.Lock()
        self._asked_at = float("-inf")
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        self._roster.seat_all(await asyncio.to_thread(self._roster.bound))
        await self._showing.load_screens(self._desk.halls())
        await self.reload()
        self._followed = self._desk.position
        self._tasks = [
            asyncio.create_task(self._session.run(host, port, tls), name="broker session"),
            asyncio.create_task(_for_ever(self._follow), name="urgent views"),
            asyncio.create_task(_for_ever(self._refresh), name="calm views"),
            asyncio.create_task(_for_ever(self._look_around), name="who sits where"),
        ]

    async def stop(self) -> None:
        await self._session.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_up(self) -> bool:
        """Its session with the broker."""
        return self._session.is_up

    def tasks(self) -> list["asyncio.Task[None]"]:
        """What must not end before `stop()`."""
        return self._tasks

    # Up.

    async def _arrived(self, topic: str, payload: bytes, mine: bool = True) -> None:
        """`mine`: no other process of the hub got it."""
        if topic.startswith(f"{topics.PREFIX}/presence/"):
            await self._present(topics.last_level(topic), payload)
            return
        if topic.startswith((f"{topics.PREFIX}/down/", topics.BOARDS)):
            self._heard(topic, payload)
            return
        try:
            up = topics.parse_up(topic)
        except topics.BadTopicError:
            self._count("mqtt", "bad-topic")
            return
        if self._under_way[up.device] >= _UNDER_WAY_MAX:  # what is journaled comes again
            self._count("mqtt", "too-many")
            return
        self._under_way[up.device] += 1
        try:
            await self._take(up, payload, mine)
        except Exception:
            self._count("mqtt", "failed")
            raise
        finally:
            self._under_way[up.device] -= 1
            if not self._under_way[up.device]:
                del self._under_way[up.device]

    async def _take(self, up: topics.UpTopic, payload: bytes, mine: bool) -> None:
        try:
            message = codec.decode_up(up.kind, payload)
            if not 0 < len(message.id) <= _ID_MAX:
                raise codec.BadMessageError(f"an id has 1 to {_ID_MAX} characters, not {len(message.id)}")
        except codec.BadMessageError as error:
            if mine:
                self._count("mqtt", "bad-message")
            log.info("%s: %s: %s", up.device, up.kind, error)
            return
        seat = await self._seat(up.device)
        if seat is not None and isinstance(message, Health):
            self._healthy(seat, up.device, message)
            await self._choose_paths(seat)
        if not mine:
            return
        if seat is None:
            self._count("mqtt", "no-position")
            self._reply(up.device, message.id, code="no-position", text="设备未分配点位")
        elif isinstance(message, Health):
            if self._observer is not None:
                self._observer.healthy(seat, message)
            self._reply(up.device, message.id)
        elif isinstance(message, Done):
            if not await asyncio.to_thread(self._done, up.device, message):
                self._count("mqtt", "unknown-order")
        elif type(message) in self._keeper_of:
            code = await self._keeper_of[type(message)].take(seat, up.device, message)
            self._reply(up.device, message.id, code=code)
        elif isinstance(message, Played):
            await self._keep_plays(seat, up.device, message)
        else:
            await self._act(seat, up.device, message)

    async def _act(self, seat: Seat, device: str, message: UpMessage) -> None:
        try:
            who, what = translation.speaker(self._roster, seat, message)
            command = translation.command(who, device, message.id, what, self._desk.now(), self._pseudonym)
            outcome = await self._desk.handle(seat.hall, command)
        except translation.NotItsBusinessError as error:
            self._count("mqtt", error.code)
            self._reply(device, message.id, code=error.code, text=str(error))
        except InvalidCommandError as error:
            self._count("mqtt", error.code)
            self._reply(device, message.id, code=error.code, text=words.refusal(error.code).zh)
        except translation.ClockUnknownError:
            self._count("mqtt", "clock-unknown")  # it comes again, after a health report
        except UnavailableError:
            self._count("mqtt", "unavailable")
            if not _helps_itself(message):
                self._reply(device, message.id, code="unavailable", text="系统繁忙，请稍后再按")
        else:
            self._answer(seat, device, message, outcome)

    async def _keep_plays(self, seat: Seat, device: str, batch: Played) -> None:
        """Proof of play is no matter of the queue's: it has a table of its own. Not answered, it comes again."""
        if self._screens is None or seat.position.device_class != "signage_player":
            self._count("mqtt", "wrong-class")
            self._reply(device, batch.id, code="wrong-class", text=f"点位{seat.position.id}不是屏幕")
            return
        try:
            now = self._desk.now()
            await asyncio.to_thread(self._screens.played, seat.hall, seat.position, device, batch, now)
        except SQLAlchemyError:
            self._count("mqtt", "unavailable")
            log.exception("what %s played cannot be kept now", seat.position.id)
        else:
            self._reply(device, batch.id)

    def _answer(self, seat: Seat, device: str, message: UpMessage, outcome: Outcome) -> None:
        refused = outcome.refused
        if refused is not None:
            told = words.refusal(refused.code, refused.detail)
            text = told.both if isinstance(message, TakeTicket | CheckIn) else told.zh  # a keypad's display is small
            self._reply(device, message.id, code=refused.code, text=text)
            return
        reserved = next((event for event in outcome.events if isinstance(event, TicketReserved)), None)
        slip = None
        if reserved is not None:
            today = self._desk.today(seat.hall)
            follow_url = self._follow_url(seat.hall, today.day, reserved.number)
            slip = slips.slip(today, reserved, self._desk.zone(seat.hall), follow_url)
        reply = Reply(to=message.id, ok=True, at=self._desk.now(), slip=slip)
        self._session.publish(topics.down(device, "reply"), codec.encode(reply))

    def _reply(self, device: str, to: str, *, code: str = "", text: str = "") -> None:
        reply = Reply(to=to, ok=not code, at=self._desk.now(), code=code, text=text)
        self._session.publish(topics.down(device, "reply"), codec.encode(reply))

    async def _present(self, device: str, payload: bytes) -> None:
        try:
            presence = codec.decode_presence(payload)
        except codec.BadMessageError:
            self._count("mqtt", "bad-message")
            return
        if device == topics.HUB:
            if not presence.online:  # the last will of an earlier connection, or of another hub
                self._session.announce()
            return
        await self._ask_registry()  # it may have been moved to another place
        self._roster.present(device, presence, self._desk.now())
        seat = self._roster.seat(device)
        if seat is None:
            return
        if self._observer is not None:
            self._observer.present(seat, device, presence)
        if seat.position.device_class == "signage_player":
            self._calm.set()  # another one may have to announce
        await self._choose_paths(seat)

    async def _choose_paths(self, repeater: Seat) -> None:
        """Something is new of a repeater: the handhelds in its reach may be better served by another one."""
        for _, handheld in self._roster.handhelds(repeater):
            state, at = self._desk.today(repeater.hall), self._desk.now()
            command = paths.command(state, self._roster, handheld, at, self._name)
            if command is not None:
                with contextlib.suppress(UnavailableError):  # then with the next report
                    await self._desk.handle(repeater.hall, command)

    def _healthy(self, seat: Seat, device: str, message: Health) -> None:
        had_sound = seat.facts.get("sound")
        self._roster.healthy(device, message, self._desk.now())
        if seat.facts.get("sound") != had_sound:
            self._calm.set()

    async def _seat(self, device: str) -> Seat | None:
        """The device's seat; one that is new here may just have enrolled, so the registry is asked once more."""
        seat = self._roster.seat(device)
        if seat is None:
            await self._ask_registry()
            seat = self._roster.seat(device)
        return seat

    async def _ask_registry(self) -> None:
        """Learn who sits where now. However many want to know at the same time, one question answers them all."""
        clock = asyncio.get_running_loop().time
        wanted_at = clock()
        async with self._asking_registry:
            if self._asked_at >= wanted_at:
                return
            asked_at = clock()
            if self._roster.seat_all(await asyncio.to_thread(self._roster.bound)):
                self._calm.set()
            self._asked_at = asked_at

    async def _look_around(self) -> None:
        """Devices that were moved or revoked, handhelds that fell silent: nobody tells of these."""
        await asyncio.sleep(_LOOK_S)
        await self._ask_registry()
        await self._showing.load_screens(self._desk.halls())  # another process may have died before it told the log
        await self.reload()
        self._roster.pass_time(self._desk.now())
        for hall in self._desk.halls():
            for seat in self._roster.seats(hall):
                if seat.position.kind == "repeater":
                    await self._choose_paths(seat)
        self._calm.set()  # hours begin and end without an event

    # Down.

    async def reload(self) -> None:
        """What devices should be may have changed: tell them soon."""
        self._outdated = False
        changed = [await keeper.load() for keeper in self._keepers]
        if any(changed):
            self._calm.set()

    def order(self, device: str, order: Order) -> bool:
        """False when it could not be sent. A device that is away never gets it: its session ends with its link."""
        return self._session.publish(topics.down(device, "order"), codec.encode(order), expires_s=order.expires_s)

    def _connected(self) -> None:
        """A broker may have forgotten everything: say it all again, and hear anew who is there."""
        self._roster.all_unseen(self._desk.now())
        self._retained.clear()
        self._outdated = True
        self._calm.set()

    async def _follow(self) -> None:
        """At once: whatever concerns the counters that an event names. What another process appended is its to show;
        should it not live to do so, the next calm round does."""
        recorded = await self._desk.since(self._followed)
        self._followed = recorded[-1].position
        self._calm.set()
        ours = [one for one in recorded if not self._desk.is_others(one.position)]
        for hall in {one.hall for one in ours}:
            counters = {getattr(one.event, "counter", "") for one in ours if one.hall == hall} - {""}
            self._showing.show_counters(hall, counters)
        await self._showing.show_screens({one.hall for one in recorded if isinstance(one.event, ScreensChanged)})

    async def _refresh(self) -> None:
        """Soon after a change: everything that differs from what was published."""
        await self._calm.wait()
        await asyncio.sleep(self._calm_s)
        self._calm.clear()
        if self._outdated:
            await self.reload()
        await asyncio.to_thread(pinyin.learn, self._service_names())
        left = [hall for hall in self._desk.halls() if not await self._showing.show_all(hall)]
        if left and self._session.is_up:  # else all is said again when it is
            self._calm.set()

    def _service_names(self) -> list[str]:
        return [service.name for hall in self._desk.halls() for service in self._desk.today(hall).hall.service]

    def _heard(self, topic: str, payload: bytes) -> None:
        """Another process of the hub published a view; or an earlier life of ours did."""
        try:
            view = codec.decode_retained(topic, payload)
        except codec.BadMessageError:
            self._count("mqtt", "bad-message")
            return
        if topics.last_level(topic) in self._kept_kinds:
            self._outdated = True  # it is not in the log: ask the database, before saying anything else
            self._calm.set()
        if self._retained.heard(topic, view):
            self._calm.set()


def _apart_s(name: str) -> float:
    """So that the calm rounds of hub-1, hub-2, … are not at the same moment, and each hears what the one before did."""
    number = name.rpartition("-")[2]
    return 0.05 * (int(number) - 1) % 0.25 if number.isascii() and number.isdigit() else 0.0


def _helps_itself(message: UpMessage) -> bool:
    """Whether the device goes on without an answer: it holds it on disk until then, or gives a number of its own."""
    inner = message.message if isinstance(message, Relayed) else message
    return isinstance(inner, Printed | Issued | Rating | RatingReasons | TakeTicket | CheckIn)


async def _for_ever(step: Callable[[], Awaitable[None]]) -> None:
    """A fault in one round is told, and is not the end of what all devices depend on."""
    while True:
        try:
            await step()
        except Exception:
            log.exception("going on after a fault")
            await asyncio.sleep(_AGAIN_S)
