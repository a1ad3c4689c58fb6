"""`python -m hub revoke …`: a device shut out from the command line, whether a hub is running or not."""

import argparse
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

from hub.enrolment.revocations import Revocations
from hub.enrolment.rollover import open_authority
from hub.settings import SettingsError
from hub.storage.database import open_database
from hub.storage.devices import REVOKED, Device
from hub.storage.followed import registry_of
from hub.storage.refusal_counts import RefusalCounts
from hub.storage.registry import Registry

_WHY_MAX = 200  # characters, as by the API
_RESTART = (
    "The broker's own unit restarts it now. Where there is none (tingxu-broker-restart.path), restart it yourself."
)
_NOT_TOLD = (
    "The broker could not be told, so an open session goes on: see above, put it right, and say this again. "
    "A hub that runs tries every two seconds."
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("hall", metavar="HALL", help="id of its hall")
    parser.add_argument("device", metavar="DEVICE-OR-POSITION", help="its name, or the position that it is at")
    parser.add_argument("--why", required=True, metavar="TEXT", help="for the audit: stolen, lost, …")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the hub keeps everything")
    parser.add_argument("--database", default="", metavar="URL", help="a PostgreSQL database (default: a file in DIR)")
    parser.add_argument(
        "--ca-passphrase", type=Path, metavar="FILE", help="passphrase of the key (default: DIR/ca/ca-passphrase)"
    )
    parser.set_defaults(run=_revoke)


def _revoke(chosen: argparse.Namespace) -> int:
    """0: done; 1: it is revoked, and the broker does not know. Raises SettingsError, AuthorityError, DatabaseError, and
    then nothing has changed."""
    why = _reason(chosen.why)
    _check_user(chosen.data)
    authority = open_authority(chosen.data / "ca", passphrase_file=chosen.ca_passphrase)
    engine = open_database(chosen.database or _file(chosen.data))
    try:
        registry = registry_of(engine)
        device = _found(registry, chosen.hall, chosen.device)
        now = datetime.now(UTC)
        registry.revoke(device.id, at=now, by=f"command line ({_user(os.getuid())})", why=why)
        print(_said(device))

        def count(door: str, code: str) -> None:
            RefusalCounts(engine).count(door, code, now)

        # As a running hub does, and whether or not one is about to: what the database says is brought to the broker.
        done = Revocations(registry, authority, chosen.data / "broker", lambda: now, count).publish()
    finally:
        engine.dispose()
    print(_RESTART if done else _NOT_TOLD)
    return 0 if done else 1


def _found(registry: Registry, hall: str, name: str) -> Device:
    """By its name, or by its position when it is in service there. Raises SettingsError."""
    device = registry.device(name) or registry.device_at(hall, name)
    if device is None:
        known = "" if registry.devices(hall) else f"; no device has ever come in at a hall of the id {hall!r}"
        raise SettingsError(
            f"no device is called {name!r}, and none is in service at a position {name!r} of the hall {hall}{known}"
        )
    if device.hall != hall:
        raise SettingsError(f"{device.id} is a device of the hall {device.hall}, not of {hall}")
    return device


def _said(device: Device) -> str:
    if device.state == REVOKED:
        return f"{device.id} was revoked before; the broker is told again"
    return f"revoked {device.id} at {device.position or 'no position'}"


def _reason(text: str) -> str:
    why = text.strip()
    if not 1 <= len(why) <= _WHY_MAX or not why.isprintable():
        raise SettingsError(f"--why is 1 to {_WHY_MAX} characters on one line: it is what the audit will say")
    return why


def _file(data: Path) -> Path:
    if not (data / "hub.db").is_file():
        raise SettingsError(
            f"{data / 'hub.db'}: there is no such file; where the hub has PostgreSQL, give --database URL"
        )
    return data / "hub.db"


def _check_user(data: Path) -> None:
    """What another user would write there, the hub could not read any more."""
    try:
        owner = data.stat().st_uid
    except OSError as error:
        raise SettingsError(f"{data} is no hub's data directory: {error.strerror}") from error
    if owner != os.geteuid():
        raise SettingsError(f"{data} is of {_user(owner)}: run this as that user (runuser -u {_user(owner)} -- …)")


def _user(id: int) -> str:
    try:
        return pwd.getpwuid(id).pw_name
    except KeyError:
        return str(id)
