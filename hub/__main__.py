"""`python -m hub init|serve|ca|revoke`: prepare a hub's data directory, run the hub on it, look after its authority."""

import argparse
import ipaddress
import logging
import sys
from pathlib import Path
from typing import Any

import uvloop

from hub import ca, founding, revoke
from hub.enrolment.authority import AuthorityError
from hub.settings import Address, Influx, Settings, SettingsError, Tls, check_name, load_hall
from hub.storage.database import DatabaseError
from hub.storage.health import Keeping

_DAYS_MAX = 36_500  # a hundred years: what is to be kept for ever


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m hub", description="The hub of a service hall.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the hub keeps everything")
    shared.add_argument(
        "--hall", type=Path, action="append", required=True, metavar="FILE", help="a hall file; repeat for more halls"
    )
    shared.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="a PostgreSQL database, for a hub of several processes (default: a file in DIR)",
    )
    shared.add_argument(
        "--ca-passphrase",
        type=Path,
        metavar="FILE",
        help="what the authority's key is encrypted with (default: DIR/ca/ca-passphrase)",
    )
    shared.add_argument("--http", default="127.0.0.1:8000", metavar="HOST:PORT", help="pages and API (%(default)s)")
    shared.add_argument("--est", default="127.0.0.1:8443", metavar="HOST:PORT", help="enrolment, HTTPS (%(default)s)")
    shared.add_argument("--broker", default="127.0.0.1:8883", metavar="HOST:PORT", help="MQTT, TLS (%(default)s)")
    first = commands.add_parser(
        "init",
        parents=[shared],
        help="make database, certificate authority, what the broker must know, and the first administrator",
    )
    first.add_argument(
        "--host",
        action="append",
        metavar="NAME",
        help="a name or address at which devices reach this machine; repeat for more (default: localhost, 127.0.0.1)",
    )
    first.add_argument(
        "--name",
        action="append",
        help="a process of this hub at the broker; repeat for more: hub-1, hub-2, … (default: hub-1)",
    )
    serve = commands.add_parser("serve", parents=[shared], help="run the hub until it is told to stop")
    serve.add_argument("--name", default="hub-1", help="this process at the broker (default: %(default)s)")
    kept = Keeping()
    serve.add_argument(
        "--health-hours",
        type=float,
        default=kept.whole_h,
        metavar="H",
        help="keep every health report of the devices for so long (default: %(default)s)",
    )
    serve.add_argument(
        "--health-days",
        type=int,
        default=kept.days,
        metavar="D",
        help="and the worst of each quarter of an hour for so long (default: %(default)s)",
    )
    serve.add_argument(
        "--audit-days",
        type=int,
        default=kept.audit_days,
        metavar="D",
        help="and who did what to devices for so long (default: %(default)s)",
    )
    serve.add_argument(
        "--sms",
        choices=("file", "console", "http"),
        default="file",
        help="what carries texts to phones: DIR/messages.jsonl, this terminal, a provider (default: %(default)s)",
    )
    serve.add_argument(
        "--sms-provider", type=Path, metavar="FILE", help="how the provider of --sms http is asked, TOML"
    )
    serve.add_argument(
        "--people-days",
        type=int,
        default=180,
        metavar="D",
        help="forget who booked so long after the last that is known of them (default: %(default)s)",
    )
    serve.add_argument("--influx-url", default="", metavar="URL", help="the InfluxDB 2 that metrics are written to")
    serve.add_argument("--influx-org", default="", metavar="ORG", help="its organisation")
    serve.add_argument("--influx-bucket", default="", metavar="BUCKET", help="its bucket")
    serve.add_argument("--influx-token-file", type=Path, metavar="FILE", help="holds a token that may write there")
    serve.add_argument(
        "--webhook-network",
        action="append",
        default=[],
        metavar="NET",
        help="webhooks may go to this network although it is not public, such as 10.20.0.0/16; repeat for more",
    )
    serve.add_argument(
        "--webhook-loopback", action="store_true", help="and to this machine itself, also in the clear: for trials"
    )
    serve.add_argument("--smtp", type=Path, metavar="FILE", help="how mail is sent of alerts, TOML (default: none is)")
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate of pages and API, PEM with its chain")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    serve.add_argument(
        "--proxied", action="store_true", help="a proxy before the hub speaks TLS; pages and API are in the clear here"
    )
    serve.add_argument(
        "--public-url",
        default="",
        metavar="URL",
        help="where citizens' phones reach the pages, for the code on slips (default: none is printed)",
    )
    serve.add_argument(
        "--release-key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="public key of whoever signs releases for boards; repeat for more (also: release.pub in DIR)",
    )
    ca.add(commands.add_parser("ca", help="look after the certificate authority: backup, restore, roll-over"))
    revoke.add(commands.add_parser("revoke", help="shut a device out for good, whether the hub is running or not"))
    return top


def run(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("gmqtt", "alembic", "psycopg", "httpx", "httpcore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        if chosen.command in ("ca", "revoke"):
            return int(chosen.run(chosen))
        settings = Settings(
            data=chosen.data,
            halls=tuple(load_hall(path) for path in chosen.hall),
            http=Address.of(chosen.http),
            est=Address.of(chosen.est),
            broker=Address.of(chosen.broker),
            name=chosen.name if chosen.command == "serve" else "hub-1",
            database_url=chosen.database,
            keeping=_keeping(chosen) if chosen.command == "serve" else Keeping(),
            ca_passphrase=chosen.ca_passphrase,
            tls=_tls(chosen) if chosen.command == "serve" else None,
            release_keys=tuple(chosen.release_key) if chosen.command == "serve" else (),
            public_url=chosen.public_url if chosen.command == "serve" else "",
            proxied=chosen.command == "init" or chosen.proxied,
            smtp=chosen.smtp if chosen.command == "serve" else None,
            influx=_influx(chosen) if chosen.command == "serve" else None,
            **(_webhooks(chosen) if chosen.command == "serve" else {}),
            **(_people(chosen) if chosen.command == "serve" else {}),
        )
        if chosen.command == "init":
            _init(settings, chosen.host or ["localhost", "127.0.0.1"], chosen.name or ["hub-1"])
        else:
            return _serve(settings)
    except (SettingsError, AuthorityError, DatabaseError) as error:
        print(f"hub: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _serve(settings: Settings) -> int:
    from hub import main  # pages and API take a second to load, which the other commands need not wait for

    try:
        uvloop.run(main.serve(settings))
    except main.StoppedError as error:
        logging.getLogger("hub").critical("%s", error, exc_info=error)
        return 1
    return 0


def _keeping(chosen: argparse.Namespace) -> Keeping:
    if not 0 < chosen.health_hours <= 24 * chosen.health_days:
        raise SettingsError("--health-hours must be more than 0, and no longer than --health-days")
    if not 1 <= chosen.audit_days <= _DAYS_MAX or chosen.health_days > _DAYS_MAX:
        raise SettingsError(f"--audit-days must be from 1 to {_DAYS_MAX}, and --health-days no more than that")
    return Keeping(whole_h=chosen.health_hours, days=chosen.health_days, audit_days=chosen.audit_days)


def _people(chosen: argparse.Namespace) -> dict[str, Any]:
    if not 1 <= chosen.people_days <= _DAYS_MAX:
        raise SettingsError(f"--people-days must be from 1 to {_DAYS_MAX}")
    return {"sms": chosen.sms, "sms_provider": chosen.sms_provider, "people_days": chosen.people_days}


def _influx(chosen: argparse.Namespace) -> Influx | None:
    told = (chosen.influx_url, chosen.influx_org, chosen.influx_bucket, chosen.influx_token_file)
    if not any(told):
        return None
    if not all(told):
        raise SettingsError("--influx-url, --influx-org, --influx-bucket, --influx-token-file: give all four or none")
    url, org, bucket, token_file = told
    return Influx(url=url, org=org, bucket=bucket, token_file=token_file)


def _webhooks(chosen: argparse.Namespace) -> dict[str, Any]:
    try:
        networks = tuple(ipaddress.ip_network(one) for one in chosen.webhook_network)
    except ValueError as error:
        raise SettingsError(f"--webhook-network: {error}; give it as 10.20.0.0/16") from error
    return {"webhook_networks": networks, "webhook_loopback": chosen.webhook_loopback}


def _tls(chosen: argparse.Namespace) -> Tls | None:
    if (chosen.tls_cert is None) != (chosen.tls_key is None):
        raise SettingsError("--tls-cert and --tls-key go together: give both or neither")
    return None if chosen.tls_cert is None else Tls(chosen.tls_cert, chosen.tls_key)


def _init(settings: Settings, hosts: list[str], names: list[str]) -> None:
    for name in names:
        check_name(name)
    password = founding.initialise(settings, hosts, names)
    print(f"ca-fingerprint {founding.fingerprint(settings)}")
    if password is not None:
        print("administrator admin")
        print(f"password {password}")
        print("This password is shown once. Keep it, or note it and change it.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(run())
