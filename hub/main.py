"""The composition root: the only place where the hub's parts meet."""

import asyncio
import contextlib
import itertools
import logging
import secrets
import signal
import ssl
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import fastapi
import uvicorn

from hub import web
from hub.desk import Desk
from hub.domain import commands as c
from hub.enrolment import est
from hub.enrolment.authority import Authority, NoAuthorityError
from hub.enrolment.broker import write_knowledge
from hub.enrolment.files import PRIVATE, PUBLIC, keep
from hub.http import api, devices
from hub.http.identity import Gate
from hub.mqtt.gateway import Gateway
from hub.refusals import Refusals
from hub.roster import Bound, Roster
from hub.settings import Settings
from hub.storage.accounts import Accounts
from hub.storage.database import open_database
from hub.storage.event_log import EventLog
from hub.storage.registry import Registry

_TICK_S = 1.0

log = logging.getLogger(__name__)


class _Files:
    """What `initialise` lays down under the data directory, and `serve` finds there."""

    def __init__(self, data: Path) -> None:
        self.authority = data / "ca"
        self.broker = data / "broker"
        self.session = data / "hub.pem"  # the hub's own certificate at the broker, and its key
        self.session_key = data / "hub-key.pem"
        self.est = data / "est.pem"
        self.est_key = data / "est-key.pem"


def initialise(settings: Settings, hosts: list[str]) -> str | None:
    """Make what is missing: database, CA, certificates, what the broker must know, the first administrator.

    `hosts`: names and addresses at which devices reach this machine. Returns the administrator's password, the first
    time and never again.
    """
    files = _Files(settings.data)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        authority = Authority.open(files.authority)
    except NoAuthorityError:
        authority = Authority.create(files.authority)
    settings.database.touch(PRIVATE)
    engine = open_database(settings.database)
    registry = Registry(engine)
    write_knowledge(files.broker, authority, hosts, [settings.name], registry.revoked_serials(datetime.now(UTC)))
    certificate, key = authority.issue_client(settings.name)
    keep(files.session_key, key, PRIVATE)
    keep(files.session, certificate, PUBLIC)
    certificate, key = authority.issue_server(hosts)
    keep(files.est_key, key, PRIVATE)
    keep(files.est, certificate, PUBLIC)
    password = Accounts(engine).first_administrator(datetime.now(UTC))
    engine.dispose()
    return password


def fingerprint(settings: Settings) -> str:
    """Of the CA: what a device's card must say. Raises NoAuthorityError before `initialise`."""
    return Authority.open(_Files(settings.data).authority).fingerprint


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises AuthorityError when `initialise` was never run or the CA's key does not open, SettingsError when an address
    is taken.
    """
    files = _Files(settings.data)
    authority = Authority.open(files.authority)
    doors = [settings.http.listen(), settings.est.listen()]
    engine = open_database(settings.database)
    registry, accounts = Registry(engine), Accounts(engine)
    events = EventLog(settings.database)
    desk = Desk(settings.halls, events)
    refusals = Refusals(registry, desk.now)
    roster = Roster(settings.halls, lambda: _bound(settings, registry))
    gateway = Gateway(desk, roster, refusals.count, settings.name)
    await desk.open()
    await gateway.start(settings.broker.host, settings.broker.port, _session_tls(files))
    tasks = [asyncio.create_task(_passing_time(desk)), asyncio.create_task(refusals.run())]
    servers = [
        _Server(application(desk, accounts, registry, roster, refusals)),
        _Server(est.est_app(authority, registry, settings.halls), files.est, files.est_key),
    ]
    try:
        running = [asyncio.create_task(server.serve([door])) for server, door in zip(servers, doors, strict=True)]
        await _until_told(running, servers)
    finally:
        for task in tasks:
            task.cancel()
        await gateway.stop()
        await desk.close()
        events.close()
        await asyncio.to_thread(refusals.flush)
        engine.dispose()


def application(
    desk: Desk, accounts: Accounts, registry: Registry, roster: Roster, refusals: Refusals
) -> fastapi.FastAPI:
    """API and pages: all that a hub answers by HTTP but enrolment."""
    app = api.application(refusals.count)
    app.include_router(api.api(desk, accounts, refusals.count))
    app.include_router(devices.devices(desk, roster, registry, Gate(accounts, desk.now)))
    web.install(app, desk=desk, roster=roster, accounts=accounts, refusals=registry.refusals)
    return app


def _bound(settings: Settings, registry: Registry) -> Iterable[Bound]:
    for hall in settings.halls:
        for device in registry.devices(hall.hall.id):
            if device.state == "in-service" and device.position:
                yield Bound(device.id, device.hall, device.position)


def _session_tls(files: _Files) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(files.broker / "ca.pem"))
    context.load_cert_chain(files.session, files.session_key)
    return context


async def _passing_time(desk: Desk) -> None:
    """What nobody presses for: midnight, prints of which nothing is heard, ratings that nobody gives."""
    boot, counts = secrets.token_hex(4), itertools.count()
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
    """One of two servers in one process: signals belong to `_until_told`."""

    def __init__(self, app: fastapi.FastAPI, cert: Path | None = None, key: Path | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ssl_certfile=cert,
                ssl_keyfile=key,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_told(running: list["asyncio.Task[None]"], servers: list[_Server]) -> None:
    """Until a signal comes, or one of the servers ends by itself."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*running, return_exceptions=True)
