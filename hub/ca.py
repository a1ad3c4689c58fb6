"""`python -m hub ca …`: the certificate authority copied, put back, looked at, rolled over."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from hub import founding
from hub.enrolment import custody, rollover
from hub.enrolment.authority import Authority
from hub.storage.database import open_database
from hub.storage.registry import Registry

_RESTART = "Restart the hub now (systemctl restart tingxu-hub); the broker is restarted by its own unit."


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="ca_command", required=True, metavar="WHAT")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the hub keeps everything")
    shared.add_argument("--database", default="", metavar="URL", help="a PostgreSQL database (default: a file in DIR)")
    shared.add_argument(
        "--ca-passphrase", type=Path, metavar="FILE", help="passphrase of the key (default: DIR/ca/ca-passphrase)"
    )
    copy = commands.add_parser("backup", parents=[shared], help="copy the authority, its keys encrypted, to a file")
    copy.add_argument("file", type=Path, metavar="FILE")
    copy.set_defaults(run=_backup)
    back = commands.add_parser("restore", parents=[shared], help="put such a copy back where there is no authority")
    back.add_argument("file", type=Path, metavar="FILE")
    back.set_defaults(run=_restore)
    commands.add_parser("status", parents=[shared], help="who signs, who is believed, until when").set_defaults(
        run=_status
    )
    over = commands.add_parser("roll-over", parents=[shared], help="from this authority to the next, in three steps")
    over.add_argument("step", choices=("begin", "switch", "finish"))
    over.add_argument("--leave", action="store_true", help="finish though some boards will have to ask to come in anew")
    over.set_defaults(run=_roll_over)


def _backup(chosen: argparse.Namespace) -> int:
    try:
        files = custody.back_up(chosen.data / "ca", chosen.file, passphrase_file=chosen.ca_passphrase)
    except FileExistsError as error:
        print(f"hub: {chosen.file}: is there already ({error.strerror}); give another name")
        return 2
    print(f"{chosen.file}: {', '.join(files)}")
    print(f"The passphrase is not in it. Keep it apart from the copy: {_passphrase(chosen)}")
    return 0


def _restore(chosen: argparse.Namespace) -> int:
    custody.restore(chosen.data / "ca", chosen.file, passphrase_file=chosen.ca_passphrase)
    print(f"ca-fingerprint {_authority(chosen).fingerprint}")
    print("Run init now with the names that devices reach this machine by.")
    return 0


def _status(chosen: argparse.Namespace) -> int:
    authority, now = _authority(chosen), datetime.now(UTC)
    print(f"stage {rollover.generations(chosen.data / 'ca').stage}")
    registry, dispose = _registry(chosen)
    for what, one in (("signs", authority), *(("believed", other) for other in authority.beside)):
        until = one.certificate.not_valid_after_utc
        count = len(registry.left_behind(one.key_id, now))
        print(f"{what} {one.fingerprint} until {until:%Y-%m-%d}, {count} devices")
    dispose()
    listed = x509.load_pem_x509_crl((chosen.data / "broker" / "crl.pem").read_bytes())
    print(f"revocation list of {listed.last_update_utc:%Y-%m-%d}, until {listed.next_update_utc:%Y-%m-%d}")
    return 0


def _roll_over(chosen: argparse.Namespace) -> int:
    directory = chosen.data / "ca"
    registry, dispose = _registry(chosen)
    try:
        if chosen.step == "begin":
            rollover.begin(directory, passphrase_file=chosen.ca_passphrase)
        elif chosen.step == "switch":
            rollover.switch(directory)
        elif not _finish(chosen, registry):
            return 3
        founding.certify_again(chosen.data, _authority(chosen), registry)
    finally:
        dispose()
    print(_NEXT[chosen.step])
    print(_RESTART)
    return 0


_NEXT = {
    "begin": "Both authorities are believed. Boards hear of it within a day of being online; then: roll-over switch.",
    "switch": "The new authority signs. Boards renew within a day of being online; then: roll-over finish.",
    "finish": "The old authority is gone. Cards that name its fingerprint must be written anew.",
}


def _finish(chosen: argparse.Namespace, registry: Registry) -> bool:
    """False: boards would be locked out, and nobody said that they may be."""
    previous = next(iter(_authority(chosen).beside), None)
    now = datetime.now(UTC)
    stage = rollover.generations(chosen.data / "ca").stage
    behind = registry.left_behind(previous.key_id, now) if previous is not None and stage == "switched" else []
    if behind and not chosen.leave:
        for device in behind:
            print(f"{device.hall} {device.position or '-'} {device.id}")
        print(f"{len(behind)} devices have no certificate of the new authority: let them come online, or say --leave")
        return False
    if previous is not None and stage == "switched":
        registry.retire(previous.key_id, now)  # first: else a board would get the same useless certificate again
    rollover.finish(chosen.data / "ca")
    return True


def _authority(chosen: argparse.Namespace) -> Authority:
    return rollover.open_authority(chosen.data / "ca", passphrase_file=chosen.ca_passphrase)


def _passphrase(chosen: argparse.Namespace) -> Path:
    return Path(chosen.ca_passphrase or chosen.data / "ca" / "ca-passphrase")


def _registry(chosen: argparse.Namespace) -> tuple[Registry, Callable[[], None]]:
    engine = open_database(chosen.database or chosen.data / "hub.db")
    return Registry(engine), engine.dispose
