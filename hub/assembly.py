"""What a hub is made of, put together from its database and its files, and what it answers by HTTP."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import fastapi
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from halls.format import Hall
from hub import web
from hub.alerts.alerts import Alerts
from hub.alerts.smtp import Mailer
from hub.appointments.bookings import Bookings
from hub.appointments.calendar import Calendar, date_of
from hub.appointments.erasing import Erasing
from hub.appointments.series import Series
from hub.appointments.unfinished import Unfinished
from hub.appointments.uptake import Uptakes
from hub.cases.handling import Handling
from hub.desk import Desk
from hub.enrolment import est
from hub.enrolment.authority import Authority
from hub.enrolment.deliveries import deliveries
from hub.history.history import Asked
from hub.http import api, devices
from hub.http.alerts import alerts
from hub.http.annotations import annotations, of_alerts, of_audit, of_log, of_starts
from hub.http.applicants import applicants
from hub.http.appointments import appointments
from hub.http.books import Books
from hub.http.calendar import calendar
from hub.http.care import care
from hub.http.cases import cases
from hub.http.claims import claims
from hub.http.clients import clients
from hub.http.device_figures import device_figures
from hub.http.device_settings import Settings as DeviceSettings
from hub.http.device_settings import device_settings
from hub.http.figures import figures
from hub.http.identity import Gate
from hub.http.inventory import inventory
from hub.http.oauth import oauth
from hub.http.orders import orders
from hub.http.people import people
from hub.http.platform import platform
from hub.http.releases import releases
from hub.http.revocation import revocation
from hub.http.rollouts import rollouts
from hub.http.routes import attach
from hub.http.screens import screens
from hub.http.streams import CountStreams, Streams
from hub.http.uptake import uptake
from hub.http.webhooks import webhooks
from hub.people.messages import Messenger
from hub.people.people import KEPT_DAYS, People
from hub.pseudonyms import Pseudonyms
from hub.refusals import Refusals
from hub.releases import bundle
from hub.releases.rollouts import Rollouts
from hub.reports.keeping import Keeping
from hub.roster import Bound, Roster
from hub.screens.files import Files
from hub.screens.screens import Screens
from hub.storage import rollouts as stored
from hub.storage.accounts import Accounts
from hub.storage.appointments import Appointments
from hub.storage.assets import Assets
from hub.storage.audit import Audit
from hub.storage.clients import Clients
from hub.storage.content import Content
from hub.storage.devices import IN_SERVICE
from hub.storage.followed import registry_of
from hub.storage.hall_days import HallDays
from hub.storage.health import HealthHistory
from hub.storage.hub_starts import HubStarts
from hub.storage.kept_reports import KeptReports
from hub.storage.orders import OrderBook
from hub.storage.overbooking import Overbookings
from hub.storage.plays import Plays
from hub.storage.position_settings import PositionSettings
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.releases import Releases
from hub.storage.report_exports import ReportExports
from hub.storage.uptake import UptakeCounts
from hub.web.desk_slips import DeskSlips
from hub.web.inventory import Inventory
from hub.web.people_words import code_message
from hub.web.phone.links import Links
from hub.web.phone.visitors import Doors
from hub.web.reception import Reception
from hub.webhooks.addresses import Allowed
from hub.webhooks.hooks import hooks_of
from hub.webhooks.sending import Sender
from wire.orders import Order


async def _nothing() -> None: ...


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """What the application has done elsewhere.

    `order(device, what)` sends it over MQTT; False when it cannot. `reload()`: what devices should be has changed.
    `revoked()`: somebody was, and the broker should hear of it. `secure`: browsers come over TLS.
    """

    order: Callable[[str, Order], bool] = lambda device, what: False
    reload: Callable[[], Awaitable[None]] = _nothing
    revoked: Callable[[], None] = lambda: None
    secure: bool = False


class Parts:
    """`content`, `releases`: folders. `release_keys`: of the publishers whose releases are taken. `vault_key`: of
    people's data; `messenger` carries texts to phones; `kept_days`: how long people are remembered. `public_url`: where
    citizens' phones reach the pages; empty: nowhere. `hooks_to`: where webhooks may go beside public addresses.
    `mailer` sends alerts; `name`: of this process. `past`: figures from the log."""

    def __init__(
        self,
        engine: Engine,
        desk: Desk,
        halls: Sequence[Hall],
        pseudonyms: Pseudonyms,
        *,
        content: Path,
        releases: Path,
        release_keys: Sequence[Ed25519PublicKey] = (),
        public_url: str = "",
        vault_key: bytes,
        messenger: Messenger,
        kept_days: int = KEPT_DAYS,
        hooks_to: Allowed = Allowed(),  # noqa: B008 - immutable
        past: Asked,
        mailer: Mailer | None = None,
        name: str = "",
    ) -> None:
        self.engine, self.trouble, self.past = engine, "", past
        self.desk, self.halls, self.pseudonyms, self.release_keys = desk, halls, pseudonyms, release_keys
        self.links = Links(pseudonyms.derived("follow-links"), public_url)
        self.registry, self.accounts, self.streams = registry_of(engine), Accounts(engine), Streams()
        self.clients = Clients(engine, self.accounts.forget)
        self.counts = RefusalCounts(engine)
        self.refusals = Refusals(self.counts, desk.now)
        self.roster = Roster(halls, self.bound)
        self.book, self.audit, self.history = OrderBook(engine), Audit(engine), HealthHistory(engine)
        self.assets, self.of_devices = Assets(engine), PositionSettings(engine)
        self.screens = Screens(Content(engine), Plays(engine), Files(content), halls)
        self.rollouts = rollouts_of(engine, releases, desk, self.roster)
        self.people = of_people = People(engine, pseudonyms, vault_key, messenger, desk.now, code_message, kept_days)
        self.vault, self.codes, self.visits = of_people.vault, of_people.codes, of_people.visits
        self.notices, self.messenger, self.effort = of_people.notices, of_people.messenger, of_people.effort
        self.hall_days, stored_ones = HallDays(engine), Appointments(engine)
        self.calendar, self.unfinished = Calendar(self.hall_days), Unfinished(desk, stored_ones, self.hall_days)
        self.series = Series(stored_ones)
        self.uptakes = Uptakes(desk, UptakeCounts(engine), Overbookings(engine))
        self.bookings = Bookings(desk, stored_ones, self.calendar, self.unfinished)
        self.erasing = Erasing(desk, self.bookings, self._forget)
        self.cases = Handling(engine, desk, self.working, self.accounts, past)
        self.kept = Keeping(desk, past, self.cases.became, self.working, KeptReports(engine))
        self.hooks = hooks_of(engine, desk, vault_key, hooks_to)
        self.alerts = Alerts(
            engine, desk, self.roster, self.registry, vault_key, Sender(hooks_to),
            name=name, mailer=mailer, public_url=public_url, trouble=lambda: self.trouble, day_off=self._day_off,
        )  # fmt: skip

    def _forget(self, person: str, by: str, at: datetime) -> bool:
        return self.vault.erase(person, by=by, now=at)

    def bound(self) -> Iterable[Bound]:
        """Who sits where, by the registry."""
        for hall in self.halls:
            for device in self.registry.devices(hall.hall.id):
                if device.state == IN_SERVICE and device.position:
                    yield Bound(device.id, device.hall, device.position)

    def working(self, hall: str, since: str) -> Callable[[date], bool]:
        """Which days the hall works from `since` on. Reads the database."""
        own = self.hall_days.since(hall, since)
        return lambda day: not date_of(day.isoformat(), own.get(day.isoformat())).closed

    def _day_off(self, hall: str, day: str) -> bool:
        return not self.working(hall, day)(date.fromisoformat(day))

    def metrics_trouble(self, text: str) -> None:
        """Why no metrics can be written now; empty: they can."""
        self.trouble = text

    def sweep(self) -> None:
        """Files that nothing names any more go."""
        self.screens.files.sweep(one.sha256 for one in self.screens.content.all_media())
        self.rollouts.files.sweep(one.sha256 for one in self.rollouts.releases.all())


def rollouts_of(engine: Engine, folder: Path, desk: Desk, roster: Roster) -> Rollouts:
    """`folder`: of the bundles."""
    files = Files(folder, bundle.SIZE_MAX, look=bundle.look)
    return Rollouts(Releases(engine), stored.Rollouts(engine), files, desk, roster)


def application(parts: Parts, ways: Ways = Ways()) -> fastapi.FastAPI:  # noqa: B008 - immutable
    """API and pages: all that a hub answers by HTTP but enrolment."""
    desk, roster, registry = parts.desk, parts.roster, parts.registry
    app = api.application(parts.refusals.count)
    app.add_middleware(CountStreams, streams=parts.streams)
    gate = Gate(parts.accounts, desk.now, ways.secure)
    settings = DeviceSettings(desk, roster, parts.of_devices, ways.reload)
    books = Books(desk, roster, registry, parts.assets)
    past = parts.past
    explained = (
        of_log(past),
        of_audit(desk, parts.audit),
        of_starts(desk, HubStarts(parts.engine)),
        of_alerts(desk, parts.alerts.book),
    )
    slips = DeskSlips(desk, roster, parts.book, ways.order, parts.links.follow_url)
    routers = (
        *api.api(desk, parts.accounts, parts.pseudonyms, parts.refusals.count, ways.secure),
        devices.devices(desk, roster, gate),
        claims(desk, roster, registry, gate),
        applicants(desk, roster, registry.applicants, gate),
        revocation(desk, roster, registry, gate, ways.revoked),
        orders(desk, roster, parts.book, ways.order, gate),
        care(desk, roster, parts.history, parts.audit, gate),
        *screens(desk, roster, parts.screens, gate),
        device_settings(settings, gate),
        releases(desk, parts.rollouts, parts.release_keys, gate),
        rollouts(desk, parts.rollouts, gate),
        *inventory(desk, roster, registry, books, gate, ways.revoked),
        appointments(desk, parts.bookings, parts.pseudonyms, gate),
        people(desk, parts.vault, parts.erasing, parts.pseudonyms, gate),
        calendar(desk, parts.calendar, parts.hall_days, parts.unfinished, gate),
        uptake(parts.uptakes, gate),
        cases(desk, parts.cases, gate),
        clients(desk, parts.clients, gate),
        oauth(parts.clients, desk.now, parts.refusals.count),
        platform(desk, parts.bookings, parts.series, parts.vault, parts.pseudonyms, gate),
        webhooks(desk, parts.hooks, parts.clients, gate),
        figures(desk, past, gate),
        device_figures(desk, roster, parts.history, gate),
        annotations(desk, explained, gate),
        *alerts(desk, parts.alerts, gate),
    )
    attach(app, routers)
    web.install(
        app,
        desk=desk,
        roster=roster,
        accounts=parts.accounts,
        refusals=parts.counts.all,
        screens=parts.screens,
        device_settings=settings,
        rollouts=parts.rollouts,
        inventory=Inventory(books, registry.applicants),
        at_desk=Reception(parts.bookings, parts.vault, parts.pseudonyms, parts.erasing, slips),
        uptakes=parts.uptakes,
        exports=ReportExports(parts.engine),
        links=parts.links,
        working=parts.working,
        cases=parts.cases,
        keeping=parts.kept,
        doors=Doors(
            parts.bookings, parts.pseudonyms, parts.vault, parts.codes, parts.visits, parts.effort, parts.erasing
        ),
        past=past,
        alerts=parts.alerts,
        secure=ways.secure,
        platforms_off=parts.hooks.off,
    )
    return app


def for_devices(parts: Parts, authority: Authority) -> fastapi.FastAPI:
    """What devices ask for by HTTPS: enrolment, and content and releases with the certificate that it gave."""
    app = est.est_app(authority, parts.registry, parts.counts, parts.halls, planned=parts.assets.planned)
    attach(app, [deliveries(parts.registry, parts.counts, parts.screens.files, parts.rollouts.files)])
    return app
