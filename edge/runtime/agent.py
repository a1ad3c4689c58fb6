"""The loop of an agent: one thread takes inputs in turn, asks the logic, and has the effects performed."""

import importlib
import logging
import queue
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from edge.runtime import gate, health
from edge.runtime.board import Board, Item
from edge.runtime.board_led import BoardLed
from edge.runtime.care import Care
from edge.runtime.config import Config, device_settings
from edge.runtime.device import (
    Arrived,
    Context,
    DeviceClass,
    Driver,
    Follow,
    Input,
    LinkChanged,
    NotTaken,
    ReportHealth,
    Send,
    Tick,
    make_driver,
)
from edge.runtime.identity import Identity
from edge.runtime.keeper import Keeper, Site
from edge.runtime.log_ring import LogRing
from edge.runtime.orders import Orders
from edge.runtime.outbox import Entry
from edge.runtime.systemd import Supervisor
from edge.runtime.version import VERSION
from wire import codec, topics
from wire.base import Fact
from wire.messages import Action, BoardView, CheckIn, DeviceView, Presence, Relayed, Reply, TakeTicket, UpMessage
from wire.orders import Done, Identify, Order, Restart, SendLog

_RESEND_S = 5.0
_ERROR_PAUSE_S = 1.0  # after an error: what is overdue and fails again and again must not take the whole processor
_NOBODY = Supervisor({})
_NOTHING_TO_SHOW = "此设备没有可亮的东西 This device has nothing to show itself by"

log = logging.getLogger(__name__)


def make_tick(at: float) -> Input:
    return Tick(at=at)


class Agent:
    """One device. `start()` runs it on threads of its own; `driver` may be given by a rehearsal or a test.

    A simulation, which has no threads, gives a `board`, calls `begin`, and `take` with what came into its inbox, or
    with a Tick after `patience`.
    """

    def __init__(
        self,
        device: DeviceClass,
        config: Config,
        identity: Identity,
        driver: Driver | None = None,
        board: Board | None = None,
        supervisor: Supervisor = _NOBODY,
        keepers: Sequence[Keeper] = (),
        ring: LogRing | None = None,
        led: BoardLed | None = None,
    ) -> None:
        board = board or Board(config, identity)
        self._supervisor = supervisor
        self._settings = device_settings(config, device.settings)
        self._logic: ModuleType = importlib.import_module(device.logic)
        self.driver = driver or make_driver(device, self._settings, config.agent.state_dir, config.hub.est)
        self.device, self.device_class, self._well = identity.device, device.name, device.well
        self._view_topic, self._reply_topic = topics.down(self.device, "view"), topics.down(self.device, "reply")
        self._order_topic = topics.down(self.device, "order")
        self._keepers = keepers
        self._kept = {topics.down(self.device, keeper.kind): keeper for keeper in keepers if keeper.kind}
        self._boot, self._clock, self._outbox, self._inbox = board.boot, board.clock, board.outbox, board.inbox
        self._started = self._clock.monotonic()
        self._health_s = config.agent.health_s
        self._state_dir = config.agent.state_dir
        self._tests, self._orders, self._led = device.tests, Orders(device.tests, board.boot, prints=device.prints), led
        self._care = Care(self._orders, lambda: self._logic.busy(self.state), self._wake, ring)
        self._link = board.link(self._presence, self._arrived)
        self._shown: dict[str, tuple[int, int]] = {}  # topic → (epoch, version) of the newest view
        self._health_sent: dict[str, float] = {}
        self._resend_at = self._health_at = float("inf")
        self._health_count = 0
        self._kept_count = 0
        self._renewing = False
        self._parting = ""  # why we go, if we do so on purpose
        self._up = False
        self._pause_s = 0.0
        self.bad_messages = self.stale_views = 0
        self.state: Any = self._logic.start(Context(self.device, self._boot), self._settings)
        self._thread = threading.Thread(target=self.run, name=f"agent {self.device}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop_soon(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._inbox.put(None)

    def stop(self) -> None:
        self.stop_soon()
        if self._thread.is_alive():
            self._thread.join(10)

    def run(self) -> bool:
        """Until `stop()`. True when it ended because a keeper wants it to start anew."""
        self.begin()
        self._supervisor.ready()
        while not self._renewing and (item := self._next()) is not None:
            self.take(item)
            self._tell_supervisor()
        self._parting = "restarts" if self._renewing else "stopped"
        if not self._renewing:  # systemd kills who said that it stops, and goes on living
            self._supervisor.stopping()
        self._end()
        return self._renewing

    def abandon(self) -> None:
        """After `run` raised: let go of what there may be."""
        try:
            self._end()
        except Exception:
            log.exception("%s: what did not start could not be stopped either", self.device)

    def _end(self) -> None:
        self._link.stop()
        if self._led is not None:
            self._led.stop()
        for keeper in self._keepers:
            keeper.stop()
        self.driver.stop()
        self._outbox.close()

    def begin(self) -> None:
        self.driver.start(self._inbox.put)
        site = Site(
            ident=self._kept_ident,
            send=self._kept_send,
            report=self._report,
            wake=self._wake,
            renew=self._renew,
            ailing=lambda: gate.ailing(self._well, {**self._logic.facts(self.state), **self.driver.health()}),
            busy=lambda: self._logic.busy(self.state),
        )
        for keeper in self._keepers:
            keeper.begin(site, self._clock.now())
        self._link.start()

    def _next(self) -> Item:
        try:
            return self._inbox.get(timeout=min(self.patience(), self._supervisor.alive_s))
        except queue.Empty:
            return make_tick

    def _tell_supervisor(self) -> None:
        """Alive is who takes inputs and still looks for the broker."""
        if self._link.is_running():
            self._supervisor.alive()
        left = f", {len(self._outbox)} to deliver" if len(self._outbox) else ""
        self._supervisor.status(("online" if self._up else f"offline: {self._link.error or 'the hub is away'}") + left)

    def patience(self) -> float:
        """How long (s) to wait for something to come in before it is time for a Tick."""
        wake = self._logic.wake_at(self.state)
        kept = [moment for keeper in self._keepers if (moment := keeper.wake_at()) is not None]
        kept += [moment for moment in (wake, self._care.wake_at()) if moment is not None]
        due = min(self._health_at, self._resend_at, *kept)
        return max(self._pause_s, min(due - self._clock.now(), 3600.0))

    def take(self, item: Item) -> None:
        """An error in one input is logged and costs that input alone."""
        try:
            self._take(item)
            self._pause_s = 0.0
        except Exception:
            log.exception("%s: an input could not be handled", self.device)
            self._pause_s = _ERROR_PAUSE_S

    def _take(self, item: Item) -> None:
        at = self._clock.now()
        if isinstance(item, bool):
            self._up = item
            self._health_at = self._resend_at = at if item else float("inf")
            for keeper in self._keepers:
                keeper.linked(at, item)
            self._react(LinkChanged(at=at, up=item))
        elif isinstance(item, tuple):
            self._receive(at, *item)
        elif item is not None:
            self._react(item(at))
        self._due(at)

    def _due(self, at: float) -> None:
        if at >= self._resend_at:
            self._resend_at = at + _RESEND_S if len(self._outbox) else float("inf")
            for entry in self._outbox.pending():
                self._link.publish(entry.kind, entry.body)
        for keeper in self._keepers:
            keeper.tick(at)
        self._tell(at, self._care.tick(at))
        if self._care.restarts:
            self._renew()
        if at >= self._health_at:
            self._report()

    def _kept_ident(self) -> str:
        self._kept_count += 1
        return f"{self._boot}-k{self._kept_count}"

    def _kept_send(self, message: UpMessage) -> bool:
        return self._send(self._clock.now(), message, durable=True)

    def _wake(self) -> None:
        self._inbox.put(make_tick)

    def _renew(self) -> None:
        self._renewing = True

    def _react(self, event: Input) -> None:
        """Performs the effects in turn; those after a durable Send only once that is on disk."""
        self.state, effects = self._logic.react(self.state, event)
        for effect in effects:
            match effect:
                case Send(message, durable):
                    if not self._send(event.at, message, durable):
                        self._react(NotTaken(at=event.at, id=message.id))
                        self._report()
                        return
                case Follow(topic):
                    self._link.follow(topic)
                case ReportHealth():
                    self._report()
                case _:
                    self.driver.perform(effect)

    def _send(self, at: float, message: UpMessage, durable: bool) -> bool:
        """False when it should have been journaled and was not."""
        body, kind = codec.encode(message), codec.kind_of(message)
        taken = not durable or self._journal(at, Entry(message.id, kind, body))
        said = message.message if isinstance(message, Relayed) else message
        self._link.publish(kind, body, said.expires_s if isinstance(said, Action | TakeTicket | CheckIn) else None)
        return taken

    def _journal(self, at: float, entry: Entry) -> bool:
        try:
            self._outbox.add(entry)
        except OSError:
            return False
        self._resend_at = min(self._resend_at, at + _RESEND_S) if self._up else float("inf")
        return True

    def _arrived(self, topic: str, payload: bytes) -> None:
        self._inbox.put((topic, payload))

    def _receive(self, at: float, topic: str, payload: bytes) -> None:
        try:
            if topic == self._reply_topic:
                self._answered(at, codec.decode_reply(payload))
            elif topic == self._order_topic:
                self._ordered(at, codec.decode_order(payload))
            elif topic in self._kept:
                self._kept[topic].take(at, payload)
            elif topic == self._view_topic:
                self._show(at, topic, codec.decode_view(payload))
            elif topic.startswith(topics.BOARDS):
                self._show(at, topic, codec.decode_board(payload))
            else:
                raise codec.BadMessageError("nobody here takes such a message")
        except codec.BadMessageError as error:
            self.bad_messages += 1
            log.warning("%s: %s: %s", self.device, topic, error)

    def _show(self, at: float, topic: str, view: DeviceView | BoardView) -> None:
        if (view.epoch, view.version) < self._shown.get(topic, (0, 0)):
            self.stale_views += 1
            return
        self._shown[topic] = (view.epoch, view.version)
        self._react(Arrived(at=at, message=view))

    def _answered(self, at: float, reply: Reply) -> None:
        """To a health report, by which the clock is set; or to what the logic sent."""
        self._outbox.done(reply.to)
        for keeper in self._keepers:
            keeper.answered(at, reply.to)
        sent = self._health_sent.pop(reply.to, None)
        if sent is None:
            self._react(Arrived(at=at, message=reply))
        elif self._clock.measure(sent, reply.at.timestamp(), at):
            self._health_at = self._resend_at = self._clock.now()  # what was due by the wrong clock is due now
            self._react(Tick(at=self._clock.now()))

    def _ordered(self, at: float, order: Order) -> None:
        if not self._orders.is_new(order):
            return
        log.info("%s: ordered: %s", self.device, codec.kind_of(order))
        refused = self._orders.refused(order, at)
        if refused is not None:
            self._tell(at, [refused])
        elif isinstance(order, Restart | SendLog):
            self._tell(at, self._care.take(order, at))
        else:
            if isinstance(order, Identify):
                self._tell(at, [self._identified(order, at)])
            self._react(Arrived(at=at, message=order))

    def _identified(self, order: Identify, at: float) -> Done:
        """The board's own LED, and what the class has: it is told what to look for."""
        shows = self._logic.here(self.state)
        if self._led is not None and self._led.blink(order.seconds):
            shows = f"{shows}；主板灯闪烁 the board's LED blinks" if shows else "主板灯闪烁 The board's LED blinks"
        return self._orders.done(order.id, at, ok=bool(shows), text=shows or _NOTHING_TO_SHOW)

    def _tell(self, at: float, answers: Sequence[Done]) -> None:
        for one in answers:
            self._send(at, one, durable=False)

    def _report(self) -> str:
        """The report's id."""
        at = self._clock.now()
        self._health_at = at + self._health_s
        self._health_count += 1
        message = health.report(
            ident=f"{self._boot}-h{self._health_count}",
            at=at,
            uptime_s=self._clock.monotonic() - self._started,
            agent=VERSION,
            outbox=len(self._outbox),
            disk=self._state_dir,
            clock_offset_ms=self._clock.offset_ms,
            facts={**self._logic.facts(self.state), **self.driver.health(), **self._facts()},
        )
        self._health_sent = {message.id: at}
        self._link.publish("health", codec.encode(message))
        return message.id

    def _facts(self) -> dict[str, Fact]:
        """The runtime's own part of the report."""
        facts: dict[str, Fact] = {
            "connects": self._link.connects,
            "bad_messages": self.bad_messages,
            "stale_views": self.stale_views,
        }
        for keeper in self._keepers:
            facts |= keeper.facts()
        if self._outbox.damaged:
            facts["journal_damaged"] = self._outbox.damaged
        return {**facts, "journal": self._outbox.error} if self._outbox.error else facts

    def _presence(self, online: bool) -> Presence:
        tests, why = (self._tests, "") if online else ({}, self._parting)
        return Presence(
            online=online, boot=self._boot, device_class=self.device_class, agent=VERSION, why=why, tests=tests
        )
