"""The composition root: the only place where the hub's parts meet."""

import asyncio
import contextlib
import gc
import itertools
import logging
import secrets
import signal
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fastapi
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.alerts import smtp
from hub.appointments.telling import Telling
from hub.assembly import Parts, Ways, application, for_devices
from hub.desk import Desk
from hub.domain import commands as c
from hub.enrolment.peers import PeerProtocol
from hub.enrolment.revocations import Revocations
from hub.enrolment.rollover import open_authority
from hub.founding import Files
from hub.history.history import History, history_of
from hub.metrics.influx import Influx, Target
from hub.metrics.own import Own
from hub.metrics.writer import Metrics
from hub.mqtt.commissioning import Commissioning
from hub.mqtt.gateway import Gateway
from hub.mqtt.observing import Observer
from hub.mqtt.settings_keeper import SettingsKeeper
from hub.people.carriers import messenger_of
from hub.people.messages import Messenger
from hub.people.people import OtherKeyError
from hub.people.provider import ProviderError
from hub.people.sealing import Keys
from hub.pseudonyms import Pseudonyms
from hub.releases import bundle
from hub.settings import Settings, SettingsError
from hub.storage.database import open_database, open_log
from hub.storage.hub_starts import HubStarts
from hub.storage.metrics import MetricsBook
from hub.storage.orders import OrderBook
from hub.webhooks.addresses import Allowed
from wire.orders import Done

_TICK_S = 1.0
_TEXT_MAX = 500  # characters that a device may say of an order

log = logging.getLogger(__name__)


class StoppedError(RuntimeError):
    """A part of the hub that must not end has ended: better a restart than half a hub."""


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises AuthorityError when `initialise` was never run or the CA's key does not open, SettingsError when an address
    is taken, DatabaseError when the database cannot be used, StoppedError when a part ends by itself.
    """
    told = _told()
    files = Files(settings.data)
    authority = open_authority(files.authority, passphrase_file=settings.ca_passphrase)
    pseudonyms = _pseudonyms(files)
    vault_key, messenger = _vault_key(files), _messenger(files, settings)
    tls = _session_tls(files, settings.name)
    release_keys = _release_keys(files, settings)
    target = _target(settings)
    mailer = _mailer(settings)
    doors = [settings.http.listen(), settings.est.listen()]
    async with contextlib.AsyncExitStack() as closing:  # what is opened first is closed last
        engine = open_database(settings.database)
        closing.callback(engine.dispose)
        events = open_log(settings.database)
        closing.callback(events.close)
        desk = Desk(settings.halls, events)
        closing.push_async_callback(desk.close)
        await desk.open()
        past = _past(settings, files, desk, closing)
        try:
            parts = Parts(
                engine,
                desk,
                settings.halls,
                pseudonyms,
                content=files.content,
                releases=files.releases,
                release_keys=release_keys,
                public_url=settings.public_url,
                vault_key=vault_key,
                messenger=messenger,
                kept_days=settings.people_days,
                hooks_to=Allowed(settings.webhook_networks, settings.webhook_loopback),
                past=past,
                mailer=mailer,
                name=settings.name,
            )
        except OtherKeyError as error:
            raise SettingsError(f"{files.vault}: {error}; put the one back that belongs to this database") from error
        closing.push_async_callback(parts.people.outbox.close)
        closing.push_async_callback(parts.hooks.close)
        closing.push_async_callback(parts.alerts.close)
        refusals, roster = parts.refusals, parts.roster
        closing.push_async_callback(asyncio.to_thread, refusals.flush)
        metrics = _metrics(settings, target, parts, lambda: gateway.is_up, closing) if target else ()
        observer = Observer(parts.history, parts.audit, roster, desk.now, settings.keeping)
        closing.push_async_callback(asyncio.to_thread, observer.close)
        await asyncio.to_thread(parts.sweep)
        await asyncio.to_thread(HubStarts(engine).began, settings.name, desk.epoch, desk.now())
        gateway = Gateway(
            desk,
            roster,
            refusals.count,
            settings.name,
            pseudonyms.of,
            done=_keeps(parts.book, desk),
            screens=parts.screens,
            observer=observer,
            follow=parts.links.follow_url,
            keepers=[
                SettingsKeeper(parts.of_devices, desk.now),
                parts.rollouts,
                Commissioning(roster, parts.assets, desk.now, desk.halls),
            ],
        )
        closing.push_async_callback(gateway.stop)
        await gateway.start(settings.broker.host, settings.broker.port, tls)
        revocations = Revocations(parts.registry, authority, files.broker, desk.now, refusals.count)
        ways = Ways(order=gateway.order, reload=gateway.reload, revoked=revocations.wake, secure=settings.secure)
        of_pages = (settings.tls.certificate, settings.tls.key) if settings.tls else (None, None)
        servers = [
            _Server(application(parts, ways), *of_pages),
            _Server(for_devices(parts, authority), files.est, files.est_key, files.broker / "ca.pem"),
        ]
        serving = [asyncio.create_task(server.run_at(door)) for server, door in zip(servers, doors, strict=True)]
        closing.push_async_callback(_end, servers, serving)
        beside = [
            asyncio.create_task(revocations.run(), name="revocations"),
            asyncio.create_task(pass_time(desk, secrets.token_hex(4)), name="passing time"),
            asyncio.create_task(refusals.run(), name="refusals"),
            asyncio.create_task(observer.run(desk.halls), name="health of devices"),
            asyncio.create_task(parts.rollouts.run(gateway.reload), name="rollouts"),
            asyncio.create_task(parts.people.outbox.run(), name="messages"),
            asyncio.create_task(parts.people.run(), name="people's data"),
            asyncio.create_task(parts.unfinished.run(), name="appointments being changed"),
            asyncio.create_task(Telling(desk, parts.notices.tell).run(), name="notices to people"),
            asyncio.create_task(parts.cases.reader.run(), name="cases of negative ratings"),
            asyncio.create_task(parts.cases.run(), name="old cases"),
            asyncio.create_task(parts.kept.run(), name="reports that wait"),
            asyncio.create_task(parts.hooks.reader.run(), name="changes for webhooks"),
            asyncio.create_task(parts.hooks.courier.run(), name="webhooks"),
            asyncio.create_task(parts.hooks.run(), name="state of webhooks"),
            asyncio.create_task(past.run(), name="figures of the past"),
            asyncio.create_task(parts.alerts.watcher.run(), name="alerts"),
            asyncio.create_task(parts.alerts.courier.run(), name="messages of alerts"),
        ]
        beside += [asyncio.create_task(work(), name="metrics") for work in metrics]
        closing.callback(_cancel, beside)
        gc.collect()
        gc.freeze()  # all this stays: to look for garbage in it again and again would hold up a press for 50 ms
        await _until(told, [*serving, *beside, *desk.tasks(), *gateway.tasks()])


def _target(settings: Settings) -> Target | None:
    if (where := settings.influx) is None:
        return None
    return Target(url=where.url, org=where.org, bucket=where.bucket, token=where.token())


def _mailer(settings: Settings) -> smtp.Mailer | None:
    if settings.smtp is None:
        return None
    try:
        return smtp.load(settings.smtp)
    except smtp.SmtpFileError as error:
        raise SettingsError(f"--smtp: {error}") from error


def _metrics(
    settings: Settings, target: Target, parts: Parts, is_up: Callable[[], bool], closing: contextlib.AsyncExitStack
) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """What is to run. With a log of its own to read: the desk's belongs to the desk's thread."""
    events = open_log(settings.database)
    closing.callback(events.close)
    influx = Influx(target)
    closing.callback(influx.close)
    book = MetricsBook(parts.engine, target.name)
    parts.history.follow(book.follow)
    who, desk, count = settings.name, parts.desk, parts.refusals.count
    metrics = Metrics(settings.halls, events, book, influx, who=who, now=desk.now, count=count)
    closing.push_async_callback(metrics.close)
    own = Own(
        who,
        desk,
        parts.roster,
        book,
        is_up=is_up,
        streams=lambda: parts.streams.open,
        refusals=parts.counts.all,
        unread=lambda: len(parts.past.unread()),
        writes=lambda: metrics.writes,
    )
    return [partial(metrics.run, parts.metrics_trouble), own.run]


def _past(settings: Settings, files: Files, desk: Desk, closing: contextlib.AsyncExitStack) -> History:
    """With a log of its own, too."""
    events = open_log(settings.database)
    closing.callback(events.close)
    past = history_of(settings.halls, events, files.history, desk.now, database=settings.database)
    closing.push_async_callback(past.close)
    return past


def _keeps(book: OrderBook, desk: Desk) -> Callable[[str, Done], bool]:
    def keep_answer(device: str, said: Done) -> bool:
        text, log, picture = (part.replace("\0", "") for part in (said.text[:_TEXT_MAX], said.log, said.picture))
        return book.ended(said.to, device, at=desk.now(), ok=said.ok, text=text, picture=picture, log=log)

    return keep_answer


def _release_keys(files: Files, settings: Settings) -> list[Ed25519PublicKey]:
    own = [files.release_key] if files.release_key.exists() else []
    try:
        return bundle.load_keys([*settings.release_keys, *own])
    except (OSError, bundle.KeyFileError) as error:
        raise SettingsError(f"--release-key: {error}") from error


def _pseudonyms(files: Files) -> Pseudonyms:
    try:
        return Pseudonyms(files.pseudonyms.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{files.pseudonyms}: {error}; if it was never made, run init") from error


def _vault_key(files: Files) -> bytes:
    try:
        Keys(key := files.vault.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{files.vault}: {error}; if it was never made, run init") from error
    return key


def _messenger(files: Files, settings: Settings) -> Messenger:
    try:
        return messenger_of(settings.sms, kept=files.messages, provider=settings.sms_provider)
    except ProviderError as error:
        raise SettingsError(f"--sms-provider: {error}") from error


def _session_tls(files: Files, name: str) -> ssl.SSLContext:
    certificate, key = files.session(name)
    if not (certificate.is_file() and key.is_file()):
        raise SettingsError(f"{certificate}: not there, so the broker does not know {name!r}: give that --name to init")
    context = ssl.create_default_context(cafile=str(files.broker / "ca.pem"))
    context.load_cert_chain(certificate, key)
    return context


async def pass_time(desk: Desk, boot: str) -> None:
    """What nobody presses for: midnight, prints of which nothing is heard, ratings that nobody gives.

    `boot`: new with every start of the hub, for the commands' ids.
    """
    counts = itertools.count()
    while True:
        await asyncio.sleep(_TICK_S)
        for hall in desk.halls():
            try:
                await desk.turn_day(hall)
                ident = f"hub/settle/{boot}-{next(counts)}"
                await desk.handle(hall, c.Settle(id=ident, at=desk.now(), by="hub", source="hub"))
            except Exception:
                log.exception("%s: what was due could not be done; trying again", hall)


class _Server(uvicorn.Server):
    """One of two servers in one process: signals belong to `_told`. `peers`: authority of those who show a certificate,
    as a PEM file; without it nobody is asked for one."""

    def __init__(
        self, app: fastapi.FastAPI, cert: Path | None = None, key: Path | None = None, peers: Path | None = None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ssl_certfile=cert,
                ssl_keyfile=key,
                ssl_ca_certs=str(peers) if peers else None,
                ssl_cert_reqs=ssl.CERT_OPTIONAL if peers else ssl.CERT_NONE,
                http=PeerProtocol if peers else "auto",
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    async def run_at(self, door: socket.socket) -> None:
        try:
            await self.serve([door])
        except SystemExit as error:  # uvicorn would take the whole process with it, past everything that is open
            raise StoppedError(f"the server at {door.getsockname()} could not start") from error

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _told() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; a second one does what it does to any process."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell() -> None:
        told.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    return told


async def _until(told: asyncio.Event, tasks: list["asyncio.Task[None]"]) -> None:
    """Until a signal comes. Raises StoppedError when one of the tasks ends before."""
    waiting = asyncio.create_task(told.wait())
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done - {waiting} if not told.is_set() else ():
        raise StoppedError(f"{task.get_name()!r} ended by itself") from task.exception()


async def _end(servers: list[_Server], serving: list["asyncio.Task[None]"]) -> None:
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving, return_exceptions=True)


def _cancel(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
