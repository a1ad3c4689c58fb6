"""From one authority to the next without leaving a board behind (RFC 7030 §4.1.3, RFC 4210 §4.4).

begin    there is a next one; both are believed, the old one signs. Boards hear of it within hours.
switch   the next one signs; both are believed. Boards renew within hours. Servers show a link, by which boards believe
         them that were away all the time; they still do when all is over, so that such boards come to the queue.
finish   the old one is believed no more. Who still has a certificate of its comes to the queue.

Generations lie in the directory itself and in `2`, `3` …; which is what says `state.json`, which changes in one step.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509

from hub.enrolment import certificates
from hub.enrolment.authority import DEVICE_DAYS, KEY, PASSPHRASE, Authority, AuthorityError
from hub.enrolment.files import PUBLIC, keep

_STATE, _NEW_WITH_OLD, _OLD_WITH_NEW = "state.json", "new-with-old.pem", "old-with-new.pem"


class RollOverError(AuthorityError):
    """Not at this stage; the text says what comes first."""


class Generations(msgspec.Struct, frozen=True):
    """Subdirectories; "" is the directory itself."""

    current: str = ""
    next: str | None = None
    previous: str | None = None
    count: int = 1

    @property
    def stage(self) -> str:
        return "begun" if self.next is not None else "switched" if self.previous is not None else "settled"


def _utc() -> datetime:
    return datetime.now(UTC)


def generations(directory: Path) -> Generations:
    try:
        return msgspec.json.decode((directory / _STATE).read_bytes(), type=Generations)
    except FileNotFoundError:
        return Generations()


def open_authority(
    directory: Path,
    *,
    passphrase_file: Path | None = None,
    device_days: int = DEVICE_DAYS,
    now: Callable[[], datetime] = _utc,
) -> Authority:
    """The one that signs, with what is believed beside it. Raises NoAuthorityError, SealedError."""
    known = generations(directory)

    def of(name: str) -> Authority:
        passphrase = passphrase_file or directory / PASSPHRASE
        return Authority.open(directory / name, passphrase_file=passphrase, device_days=device_days, now=now)

    current = of(known.current)
    other = known.next if known.next is not None else known.previous
    newest = known.current if known.next is None else known.next
    link = directory / newest / (_OLD_WITH_NEW if known.stage == "begun" else _NEW_WITH_OLD)
    links = [x509.load_pem_x509_certificate(link.read_bytes())] if link.exists() else []
    return Authority(
        current.certificate,
        current.key,
        device_days,
        now,
        beside=[] if other is None else [of(other)],
        links=links,
    )


def begin(directory: Path, *, passphrase_file: Path | None = None, now: Callable[[], datetime] = _utc) -> None:
    """Raises RollOverError, AuthorityError."""
    known = generations(directory)
    if known.stage != "settled":
        raise RollOverError(f"a roll-over is {known.stage} already: go on with it")
    name = str(known.count + 1)
    shutil.rmtree(directory / name, ignore_errors=True)  # of a beginning that the power ended: nobody knows of it
    passphrase = passphrase_file or directory / PASSPHRASE
    old = Authority.open(directory / known.current, passphrase_file=passphrase, now=now)
    new = Authority.create(directory / name, passphrase_file=passphrase, now=now)
    keep(directory / name / _NEW_WITH_OLD, certificates.pem(old.vouch(new)), PUBLIC)
    keep(directory / name / _OLD_WITH_NEW, certificates.pem(new.vouch(old)), PUBLIC)
    _note(directory, Generations(known.current, name, None, known.count + 1))


def switch(directory: Path) -> None:
    """Raises RollOverError."""
    known = generations(directory)
    if known.next is None:
        raise RollOverError("begin comes first, and then a day in which boards hear of it")
    _note(directory, Generations(known.next, None, known.current, known.count))


def finish(directory: Path) -> None:
    """The old key is destroyed: nothing that it signed is believed from now on. Raises RollOverError."""
    known = generations(directory)
    if known.previous is None:
        raise RollOverError("switch comes first, and then a day in which boards renew")
    _note(directory, Generations(known.current, None, None, known.count))
    (directory / known.previous / KEY).unlink(missing_ok=True)


def _note(directory: Path, known: Generations) -> None:
    keep(directory / _STATE, msgspec.json.encode(known), PUBLIC)
