"""What the MQTT broker must know of the hub's devices: whom it believes, who is revoked, who may touch which topic."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from hub.enrolment.authority import Authority
from hub.enrolment.files import PUBLIC, SHARED, keep
from wire.topics import HUB, PREFIX, is_name

CA, CERTIFICATE, KEY, CRL, ACL = "ca.pem", "broker.pem", "broker-key.pem", "crl.pem", "acl"
RESTART = "restart"  # changes whenever the broker must start anew to see what changed
_DENIED = "\n# Revoked:\n"


def write_knowledge(
    directory: Path,
    authority: Authority,
    hosts: list[str],
    hub_names: list[str],
    revoked: Iterable[str] = (),
) -> None:
    """Lay down CA, broker certificate and key, CRL and ACL in `directory`; the broker reads them when it starts.

    `hosts`: DNS names and addresses at which devices reach the broker. `hub_names`: common names of the hub's own
    sessions. `revoked`: serials, hex. The key can be read by the directory's group: give the directory to the group of
    the broker's user, set-group-id. Raises NameRefusedError.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o750)
    certificate, key = authority.issue_server(hosts)
    keep(directory / CA, authority.ca_pem, PUBLIC)
    keep(directory / KEY, key, SHARED)
    keep(directory / CERTIFICATE, certificate, PUBLIC)
    write_acl(directory, hub_names)
    serials = list(revoked)
    write_crl(directory, authority, serials)
    order_restart(directory, serials)


def write_acl(directory: Path, hub_names: list[str]) -> None:
    keep(directory / ACL, acl(hub_names).encode(), SHARED)


def write_crl(directory: Path, authority: Authority, revoked: Iterable[str]) -> None:
    """The broker must be restarted to see it: a session that is open survives a reload."""
    keep(directory / CRL, authority.crl(revoked), PUBLIC)


def acl(hub_names: list[str]) -> str:
    """Mosquitto's ACL file. %u is the common name of the client's certificate; a pattern counts for everybody."""
    for name in hub_names:
        if not is_name(name):
            raise ValueError(f"{name!r} cannot be a user of the broker: use 1 to 64 of a-z, 0-9 and '-'")
    everybody = [
        f"pattern write {PREFIX}/up/%u/#",
        f"pattern read {PREFIX}/down/%u/#",
        f"pattern write {PREFIX}/presence/%u",
        f"pattern read {PREFIX}/presence/{HUB}",
        f"pattern read {PREFIX}/board/#",
    ]
    own = [f"user {name}\ntopic readwrite {PREFIX}/#\ntopic read $SYS/#" for name in hub_names]
    return "\n\n".join(["# Written by the hub; changes are lost.", *own, "\n".join(everybody)]) + "\n"


def deny(rules: str, devices: Iterable[str]) -> str:
    """The same ACL file, with these devices and no others shut out of every topic (their own rule goes first)."""
    names = [name for name in sorted(devices) if is_name(name)]
    head = rules.partition(_DENIED)[0]
    return head + _DENIED + "".join(f"\nuser {name}\ntopic deny #\n" for name in names) if names else head


def told(directory: Path) -> list[str]:
    """Serials that the broker was last told of by a restart."""
    try:
        found: list[str] = json.loads((directory / RESTART).read_text("utf-8"))["revoked"]
    except (FileNotFoundError, ValueError, KeyError):
        return []
    return found


def order_restart(directory: Path, revoked: list[str]) -> None:
    """`RESTART` changes when the broker must start anew, and only then: its service is watched (provisioning/broker).

    A serial that ran out is no reason; a new certificate or authority of the broker's own is.
    """
    known = told(directory)
    serials = sorted({*known, *revoked}) if set(revoked) - set(known) else known
    files = hashlib.sha256(b"".join((directory / name).read_bytes() for name in (CA, CERTIFICATE))).hexdigest()
    body = json.dumps({"revoked": serials, "files": files}).encode()
    path = directory / RESTART
    if not path.exists() or path.read_bytes() != body:
        keep(path, body, PUBLIC)
