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
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import fastapi
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from hub import web
from hub.desk import Desk
from hub.domain import commands as c
from hub.enrolment import est
from hub.enrolment.authority import Authority, NoAuthorityError
from hub.enrolment.broker import write_knowledge
from hub.enrolment.deliveries import deliveries
from hub.enrolment.files import PRIVATE, PUBLIC, keep
from hub.enrolment.peers import PeerProtocol
from hub.enrolment.revocations import Revocations
from hub.enrolment.rollover import open_authority
from hub.http import api, devices
from hub.http.applicants import applicants
from hub.http.assets import Books
from hub.http.care import care
from hub.http.claims import claims
from hub.http.device_settings import Settings as DeviceSettings
from hub.http.device_settings import device_settings
from hub.http.identity import Gate
from hub.http.inventory import inventory
from hub.http.orders import orders
from hub.http.releases import releases as all_releases
from hub.http.revocation import revocation
from hub.http.rollouts import rollouts as all_rollouts
from hub.http.screens import screens as all_of_screens
from hub.mqtt.commissioning import Commissioning
from hub.mqtt.gateway import Gateway
from hub.mqtt.observing import Observer
from hub.mqtt.settings_keeper import SettingsKeeper
from hub.pseudonyms import Pseudonyms, fresh_key
from hub.refusals import Refusals
from hub.releases import bundle
from hub.releases.rollouts import Rollouts
from hub.roster import Bound, Roster
from hub.screens.files import Files
from hub.screens.screens import Screens
from hub.settings import Settings, SettingsError
from hub.storage import rollouts as stored
from hub.storage.accounts import Accounts
from hub.storage.assets import Assets, follow
from hub.storage.audit import Audit, of_registry
from hub.storage.content import Content
from hub.storage.database import open_database, open_log
from hub.storage.health import HealthHistory
from hub.storage.orders import OrderBook
from hub.storage.plays import Plays
from hub.storage.position_settings import PositionSettings
from hub.storage.registry import Registry
from hub.storage.releases import Releases
from hub.web.inventory import Inventory
from wire.orders import Done, Order

_TICK_S = 1.0
_TEXT_MAX = 500  # characters that a device may say of an order

log = logging.getLogger(__name__)


class StoppedError(RuntimeError):
    """A part of the hub that must not end has ended: better a restart than half a hub."""


class _Files:
    """What `initialise` lays down under the data directory, and `serve` finds there."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.authority = data / "ca"
        self.broker = data / "broker"
        self.pseudonyms = data / "pseudonyms.key"  # without it nobody is known again
        self.content = data / "content"
        self.releases = data / "releases"
        self.release_key = data / "release.pub"  # of the publisher whose releases are taken; perhaps not there
        self.est = data / "est.pem"
        self.est_key = data / "est-key.pem"

    def session(self, name: str) -> tuple[Path, Path]:
        """That process's own certificate at the broker, and its key."""
        return self._data / f"{name}.pem", self._data / f"{name}-key.pem"


def initialise(settings: Settings, hosts: list[str], names: list[str]) -> str | None:
    """Make what is missing: database, CA, certificates, what the broker must know, the first administrator.

    `hosts`: names and addresses at which devices reach this machine; `names`: of all processes of this hub. Returns the
    administrator's password, the first time and never again. Raises SettingsError, AuthorityError, DatabaseError.
    """
    files = _Files(settings.data)
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"{settings.data} cannot hold a hub's data: {error.strerror}") from error
    try:
        authority = open_authority(files.authority, passphrase_file=settings.ca_passphrase)
    except NoAuthorityError:
        authority = Authority.create(files.authority, passphrase_file=settings.ca_passphrase)
    if not files.pseudonyms.exists():
        keep(files.pseudonyms, fresh_key(), PRIVATE)
    if isinstance(settings.database, Path):
        settings.database.touch(PRIVATE)
    engine = open_database(settings.database)
    registry = Registry(engine)
    _certify(files, authority, registry, hosts, names)
    password = Accounts(engine).first_administrator(datetime.now(UTC))
    engine.dispose()
    return password


def fingerprint(settings: Settings) -> str:
    """Of the CA: what a device's card must say. Raises NoAuthorityError before `initialise`."""
    return open_authority(_Files(settings.data).authority, passphrase_file=settings.ca_passphrase).fingerprint


def certify_again(data: Path, authority: Authority, registry: Registry) -> None:
    """New certificates for hub, enrolment and broker under the names that they have, and what the broker must know:
    the authority has changed. Raises SettingsError before `initialise`."""
    files = _Files(data)
    if not files.est.exists():
        raise SettingsError(f"{files.est}: there is no such file; run init first")
    certificate = x509.load_pem_x509_certificate(files.est.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    sessions = sorted(one.stem for one in data.glob("hub*.pem") if not one.stem.endswith("-key"))
    _certify(files, authority, registry, hosts, sessions)


def _certify(files: _Files, authority: Authority, registry: Registry, hosts: list[str], names: list[str]) -> None:
    write_knowledge(files.broker, authority, hosts, names, registry.revoked_serials(datetime.now(UTC)))
    for name in names:
        for path, content, mode in zip(
            files.session(name), authority.issue_client(name), (PUBLIC, PRIVATE), strict=True
        ):
            keep(path, content, mode)
    certificate, key = authority.issue_server(hosts)
    keep(files.est_key, key, PRIVATE)
    keep(files.est, certificate, PUBLIC)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises AuthorityError when `initialise` was never run or the CA's key does not open, SettingsError when an address
    is taken, DatabaseError when the database cannot be used, StoppedError when a part ends by itself.
    """
    told = _told()
    files = _Files(settings.data)
    authority = open_authority(files.authority, passphrase_file=settings.ca_passphrase)
    pseudonyms = _pseudonyms(files)
    tls = _session_tls(files, settings.name)
    release_keys = _release_keys(files, settings)
    doors = [settings.http.listen(), settings.est.listen()]
    async with contextlib.AsyncExitStack() as closing:  # what is opened first is closed last
        engine = open_database(settings.database)
        closing.callback(engine.dispose)
        registry, accounts = Registry(engine, [follow, of_registry]), Accounts(engine)
        assets = Assets(engine)
        events = open_log(settings.database)
        closing.callback(events.close)
        desk = Desk(settings.halls, events)
        closing.push_async_callback(desk.close)
        await desk.open()
        refusals = Refusals(registry, desk.now)
        closing.push_async_callback(asyncio.to_thread, refusals.flush)
        roster = Roster(settings.halls, lambda: _bound(settings, registry))
        book, history = OrderBook(engine), HealthHistory(engine)
        observer = Observer(history, roster, desk.now, settings.keeping)
        closing.push_async_callback(asyncio.to_thread, observer.close)
        screens = Screens(Content(engine), Plays(engine), Files(files.content), settings.halls)
        of_devices = PositionSettings(engine)
        rollouts = rollouts_of(engine, files.releases, desk, roster)
        await asyncio.to_thread(_sweep, screens, rollouts)
        gateway = Gateway(
            desk,
            roster,
            refusals.count,
            settings.name,
            pseudonyms.of,
            done=_keeps(book, desk),
            screens=screens,
            observer=observer,
            keepers=[
                SettingsKeeper(of_devices, desk.now),
                rollouts,
                Commissioning(roster, assets, desk.now, desk.halls),
            ],
        )
        closing.push_async_callback(gateway.stop)
        await gateway.start(settings.broker.host, settings.broker.port, tls)
        revocations = Revocations(registry, authority, files.broker, desk.now, refusals.count)
        servers = [
            _Server(
                application(
                    desk,
                    accounts,
                    registry,
                    roster,
                    refusals,
                    pseudonyms,
                    screens,
                    book=book,
                    audit=Audit(engine),
                    history=history,
                    order=gateway.order,
                    of_devices=of_devices,
                    reload=gateway.reload,
                    rollouts=rollouts,
                    release_keys=release_keys,
                    revoked=revocations.wake,
                    assets=assets,
                    secure=settings.secure,
                ),
                settings.tls.certificate if settings.tls else None,
                settings.tls.key if settings.tls else None,
            ),
            _Server(
                for_devices(authority, registry, settings, screens, rollouts, assets),
                files.est,
                files.est_key,
                files.broker / "ca.pem",
            ),
        ]
        serving = [asyncio.create_task(server.run_at(door)) for server, door in zip(servers, doors, strict=True)]
        closing.push_async_callback(_end, servers, serving)
        beside = [
            asyncio.create_task(revocations.run(), name="revocations"),
            asyncio.create_task(pass_time(desk, secrets.token_hex(4)), name="passing time"),
            asyncio.create_task(refusals.run(), name="refusals"),
            asyncio.create_task(observer.run(desk.halls), name="health of devices"),
            asyncio.create_task(rollouts.run(gateway.reload), name="rollouts"),
        ]
        closing.callback(_cancel, beside)
        gc.collect()
        gc.freeze()  # all this stays: to look for garbage in it again and again would hold up a press for 50 ms
        await _until(told, [*serving, *beside, *desk.tasks(), *gateway.tasks()])


def application(
    desk: Desk,
    accounts: Accounts,
    registry: Registry,
    roster: Roster,
    refusals: Refusals,
    pseudonyms: Pseudonyms,
    screens: Screens,
    *,
    book: OrderBook,
    audit: Audit,
    history: HealthHistory,
    order: Callable[[str, Order], bool],
    of_devices: PositionSettings,
    reload: Callable[[], Awaitable[None]],
    rollouts: Rollouts,
    assets: Assets,
    release_keys: Sequence[Ed25519PublicKey] = (),
    revoked: Callable[[], None] = lambda: None,
    secure: bool = False,
) -> fastapi.FastAPI:
    """API and pages: all that a hub answers by HTTP but enrolment.

    `order(device, what)` sends it over MQTT; `reload()`: what devices should be has changed; `release_keys`: of the
    publishers whose releases are taken; `revoked()`: somebody was, and the broker should hear of it; `secure`:
    browsers come over TLS.
    """
    app = api.application(refusals.count)
    app.include_router(api.api(desk, accounts, pseudonyms, refusals.count, secure))
    gate = Gate(accounts, desk.now, secure)
    app.include_router(devices.devices(desk, roster, gate))
    app.include_router(claims(desk, roster, registry, gate))
    app.include_router(applicants(desk, roster, registry.applicants, gate))
    app.include_router(revocation(desk, roster, registry, gate, revoked))
    app.include_router(orders(desk, roster, book, audit, order, gate))
    app.include_router(care(desk, roster, history, audit, gate))
    app.include_router(all_of_screens(desk, roster, screens, gate))
    settings = DeviceSettings(desk, roster, of_devices, reload)
    app.include_router(device_settings(settings, gate))
    app.include_router(all_releases(desk, rollouts, release_keys, gate))
    app.include_router(all_rollouts(desk, rollouts, gate))
    books = Books(desk, roster, registry, assets)
    app.include_router(inventory(desk, roster, registry, books, gate, revoked))
    web.install(
        app,
        desk=desk,
        roster=roster,
        accounts=accounts,
        refusals=registry.refusals,
        screens=screens,
        device_settings=settings,
        rollouts=rollouts,
        inventory=Inventory(books, registry.applicants),
        secure=secure,
    )
    return app


def rollouts_of(engine: Engine, folder: Path, desk: Desk, roster: Roster) -> Rollouts:
    """`folder`: of the bundles."""
    files = Files(folder, bundle.SIZE_MAX, look=bundle.look)
    return Rollouts(Releases(engine), stored.Rollouts(engine), files, desk, roster)


def for_devices(
    authority: Authority, registry: Registry, settings: Settings, screens: Screens, rollouts: Rollouts, assets: Assets
) -> fastapi.FastAPI:
    """What devices ask for by HTTPS: enrolment, and content and releases with the certificate that it gave."""
    app = est.est_app(authority, registry, settings.halls, planned=assets.planned)
    app.include_router(deliveries(registry, screens.files, rollouts.files))
    return app


def _keeps(book: OrderBook, desk: Desk) -> Callable[[str, Done], bool]:
    def keep_answer(device: str, said: Done) -> bool:
        text, log, picture = (part.replace("\0", "") for part in (said.text[:_TEXT_MAX], said.log, said.picture))
        return book.ended(said.to, device, at=desk.now(), ok=said.ok, text=text, picture=picture, log=log)

    return keep_answer


def _sweep(screens: Screens, rollouts: Rollouts) -> None:
    screens.files.sweep(one.sha256 for one in screens.content.all_media())
    rollouts.files.sweep(one.sha256 for one in rollouts.releases.all())


def _release_keys(files: _Files, settings: Settings) -> list[Ed25519PublicKey]:
    own = [files.release_key] if files.release_key.exists() else []
    try:
        return bundle.load_keys([*settings.release_keys, *own])
    except (OSError, bundle.KeyFileError) as error:
        raise SettingsError(f"--release-key: {error}") from error


def _pseudonyms(files: _Files) -> Pseudonyms:
    try:
        return Pseudonyms(files.pseudonyms.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{files.pseudonyms}: {error}; if it was never made, run init") from error


def _bound(settings: Settings, registry: Registry) -> Iterable[Bound]:
    for hall in settings.halls:
        for device in registry.devices(hall.hall.id):
            if device.state == "in-service" and device.position:
                yield Bound(device.id, device.hall, device.position)


def _session_tls(files: _Files, name: str) -> ssl.SSLContext:
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
