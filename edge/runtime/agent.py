"""The loop of an agent: one thread takes inputs in turn, asks the logic, and has the effects performed."""

import importlib
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from edge.runtime import health
from edge.runtime.clock import Clock
from edge.runtime.config import Config, device_settings
from edge.runtime.device import (
    Arrived,
    Context,
    DeviceClass,
    Driver,
    Follow,
    Input,
    LinkChanged,
    ReportHealth,
    Send,
    Tick,
    make_driver,
)
from edge.runtime.identity import Identity
from edge.runtime.link import Link
from edge.runtime.outbox import Entry, Outbox
from wire import codec, topics
from wire.messages import Action, Presence, Relayed, Reply, TakeTicket

_RESEND_S = 5.0
VERSION = "0.1.0"

log = logging.getLogger(__name__)


class Agent:
    """One device. `start()` runs it on threads of its own; `driver` may be given by a rehearsal or a test."""

    def __init__(self, device: DeviceClass, config: Config, identity: Identity, driver: Driver | None = None) -> None:
        self._settings = device_settings(config, device.settings)
        self._logic: ModuleType = importlib.import_module(device.logic)
        self.driver = driver or make_driver(device, self._settings)
        self.device, self.device_class = identity.device, device.name
        self._boot = secrets.token_hex(4)
        self._clock = Clock()
        self._started = time.monotonic()
        self._health_s = config.agent.health_s
        self._outbox = Outbox(Path(config.agent.state_dir) / "outbox.journal")
        self._inbox: queue.SimpleQueue[Callable[[float], Input] | tuple[str, bytes] | bool | None] = queue.SimpleQueue()
        self._link = Link(identity, config.hub.broker, self._presence, self._inbox.put, self._arrived)
        self._shown: dict[str, tuple[int, int]] = {}  # topic → (epoch, version) of the newest view
        self._health_sent: dict[str, float] = {}
        self._resend_at = self._health_at = float("inf")
        self._health_count = 0
        self._up = False
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

    def run(self) -> None:
        """Until `stop()`. An error in one input is logged and costs that input alone."""
        self.driver.start(self._inbox.put)
        self._link.start()
        while True:
            try:
                item = self._inbox.get(timeout=self._patience())
            except queue.Empty:
                item = lambda at: Tick(at=at)  # noqa: E731
            if item is None:
                break
            try:
                self._take(item)
            except Exception:
                log.exception("%s: an input could not be handled", self.device)
        self._link.stop()
        self.driver.stop()
        self._outbox.close()

    def _patience(self) -> float:
        wake = self._logic.wake_at(self.state)
        due = min(self._health_at, self._resend_at, float("inf") if wake is None else wake)
        return max(0.0, min(due - self._clock.now(), 3600.0))

    def _take(self, item: Callable[[float], Input] | tuple[str, bytes] | bool) -> None:
        at = self._clock.now()
        if isinstance(item, bool):
            self._up = item
            self._health_at = self._resend_at = at if item else float("inf")
            self._react(LinkChanged(at=at, up=item))
        elif isinstance(item, tuple):
            self._receive(at, *item)
        else:
            self._react(item(at))
        self._due(at)

    def _due(self, at: float) -> None:
        if at >= self._resend_at:
            self._resend_at = at + _RESEND_S
            for entry in self._outbox.pending():
                self._link.publish(entry.kind, entry.body)
        if at >= self._health_at:
            self._report(at)

    def _react(self, event: Input) -> None:
        self.state, effects = self._logic.react(self.state, event)
        for effect in effects:
            self._perform(event.at, effect)

    def _perform(self, at: float, effect: Any) -> None:
        match effect:
            case Send(message, durable):
                body, kind = codec.encode(message), codec.kind_of(message)
                if durable:
                    self._outbox.add(Entry(message.id, kind, body))
                    self._resend_at = min(self._resend_at, at + _RESEND_S) if self._up else float("inf")
                said = message.message if isinstance(message, Relayed) else message
                expires_s = said.expires_s if isinstance(said, Action | TakeTicket) else None
                self._link.publish(kind, body, expires_s)
            case Follow(topic):
                self._link.follow(topic)
            case ReportHealth():
                self._report(at)
            case _:
                self.driver.perform(effect)

    def _arrived(self, topic: str, payload: bytes) -> None:
        self._inbox.put((topic, payload))

    def _receive(self, at: float, topic: str, payload: bytes) -> None:
        kind = topics.last_level(topic)
        try:
            if kind == "reply":
                reply = codec.decode_reply(payload)
                self._answered(at, reply)
                self._react(Arrived(at=self._clock.now(), message=reply))
                return
            message = codec.decode_view(payload) if kind == "view" else codec.decode_board(payload)
        except codec.BadMessageError as error:
            self.bad_messages += 1
            log.warning("%s: %s: %s", self.device, topic, error)
            return
        if (message.epoch, message.version) < self._shown.get(topic, (0, 0)):
            self.stale_views += 1
            return
        self._shown[topic] = (message.epoch, message.version)
        self._react(Arrived(at=at, message=message))

    def _answered(self, at: float, reply: Reply) -> None:
        self._outbox.done(reply.to)
        sent = self._health_sent.pop(reply.to, None)
        if sent is not None and self._clock.measure(sent, reply.at.timestamp(), at):
            self._health_at = self._resend_at = self._clock.now()  # what was due by the wrong clock is due now
            self._react(Tick(at=self._clock.now()))

    def _report(self, at: float) -> None:
        self._health_at = at + self._health_s
        self._health_count += 1
        message = health.report(
            ident=f"{self._boot}-h{self._health_count}",
            at=at,
            uptime_s=time.monotonic() - self._started,
            agent=VERSION,
            outbox=len(self._outbox),
            clock_offset_ms=self._clock.offset_ms,
            facts={**self._logic.facts(self.state), **self.driver.health()},
        )
        self._health_sent = {message.id: at}
        self._link.publish("health", codec.encode(message))

    def _presence(self, online: bool) -> Presence:
        return Presence(online=online, boot=self._boot, device_class=self.device_class, agent=VERSION)
