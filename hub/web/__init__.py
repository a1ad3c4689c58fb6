"""The hub's pages: start, log-in, boards, the software caller, the monitor and the settings."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI

from hub.alerts.alerts import Alerts
from hub.appointments.uptake import Uptakes
from hub.cases.handling import Handling
from hub.desk import Desk
from hub.history.history import Asked
from hub.http.device_settings import Settings as DeviceSettings
from hub.http.identity import Gate
from hub.http.routes import attach
from hub.releases.rollouts import Rollouts
from hub.reports.keeping import Keeping
from hub.roster import Roster
from hub.screens.screens import Screens
from hub.storage.accounts import Accounts
from hub.storage.report_exports import ReportExports
from hub.web.alert_rules import alert_rules
from hub.web.alerts import alerts as alert_pages
from hub.web.asset_pages import asset_pages
from hub.web.assets import Assets
from hub.web.board import board
from hub.web.cases import cases as cases_pages
from hub.web.counter import counter
from hub.web.dash import dash
from hub.web.device_settings import device_settings as settings_page
from hub.web.devices import devices
from hub.web.entry import entry
from hub.web.failures import install_failures
from hub.web.hall_now import HallNow
from hub.web.inventory import Inventory
from hub.web.inventory import inventory as inventory_pages
from hub.web.kept_reports import kept_reports
from hub.web.monitor import monitor
from hub.web.people_data import people_data
from hub.web.phone import phone
from hub.web.phone.following import Working
from hub.web.phone.links import Links
from hub.web.phone.visitors import Doors
from hub.web.placing import placing
from hub.web.plan.editor import editor
from hub.web.plan.pages import plan
from hub.web.ratings_report import ratings_report
from hub.web.reception import Reception, reception
from hub.web.report_shown import ReportFiles
from hub.web.screens import screens as screens_page
from hub.web.settings import settings
from hub.web.site import Site
from hub.web.stats import stats
from hub.web.updates import updates
from hub.web.uptake import uptake
from hub.web.wall import wall

__all__ = ["install"]


def install(
    app: FastAPI,
    *,
    desk: Desk,
    roster: Roster,
    accounts: Accounts,
    refusals: Callable[[], list[Any]],
    screens: Screens,
    device_settings: DeviceSettings,
    rollouts: Rollouts,
    inventory: Inventory,
    at_desk: Reception,
    uptakes: Uptakes,
    past: Asked,
    exports: ReportExports,
    links: Links,
    working: Working,
    cases: Handling,
    keeping: Keeping,
    doors: Doors,
    alerts: Alerts,
    secure: bool = False,
    platforms_off: Callable[[str], Sequence[str]] = lambda hall: (),
) -> None:
    """Add the pages to an app that has its problem documents already. `secure`: browsers come over TLS."""
    gate = Gate(accounts, desk.now, secure)
    site = Site(desk, roster, gate, refusals, platforms_off, alerts.opened, alerts.waiting.count, cases.mine)
    now, taken = HallNow(site, inventory, past), ReportFiles(exports)
    routers = (
        *(pages(site) for pages in (entry, board, counter, settings)),
        monitor(site, now.look),
        devices(site, inventory, now),
        inventory_pages(site, inventory),
        asset_pages(site, inventory),
        placing(site, inventory),
        screens_page(site, screens),
        settings_page(site, device_settings),
        updates(site, rollouts),
        reception(site, at_desk),
        uptake(site, uptakes),
        stats(site, past, taken, cases.waiting),
        kept_reports(site, keeping, taken),
        ratings_report(site, past, cases, taken),
        dash(site, now, past),
        wall(site, now, past),
        plan(site, now, screens),
        editor(site, now, screens),
        cases_pages(site, cases),
        alert_pages(site, alerts),
        *alert_rules(site, alerts),
        people_data(site, at_desk.vault, at_desk.erasing),
        *phone(site, links, working, cases, doors, secure),
    )
    attach(app, routers)
    app.mount("/static", Assets())
    install_failures(app, site)
