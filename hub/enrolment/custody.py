"""A copy of the authority that can be put elsewhere: its keys stay encrypted, and the passphrase is not among them."""

import io
import os
import shutil
import tarfile
from pathlib import Path

from hub.enrolment.authority import KEY, PASSPHRASE, AuthorityError, AuthorityExistsError
from hub.enrolment.files import PRIVATE, PUBLIC, keep
from hub.enrolment.rollover import generations, open_authority

_FILES_MAX, _BYTES_MAX = 200, 64 * 1024


class BackupError(AuthorityError):
    """The file is no copy of an authority, or a damaged one."""


def back_up(directory: Path, file: Path, *, passphrase_file: Path | None = None) -> list[str]:
    """Every generation, in one file (tar, mode 0600). The key is opened first, so that the copy is known to be of use.

    Returns what is in it. Raises AuthorityError, FileExistsError.
    """
    open_authority(directory, passphrase_file=passphrase_file)
    found = sorted(one for one in directory.rglob("*") if one.is_file() and _is_kept(one))
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for one in found:
            archive.add(one, str(one.relative_to(directory)), recursive=False)
    return [str(one.relative_to(directory)) for one in found]


def restore(directory: Path, file: Path, *, passphrase_file: Path | None = None) -> None:
    """Into a directory that has no authority; its passphrase must be there already, or be named. Whole, or not at all.

    Raises AuthorityExistsError, BackupError, SealedError, OSError.
    """
    if (directory / KEY).exists() or generations(directory).count > 1:
        raise AuthorityExistsError(f"{directory}: there is an authority here already; move it away first")
    beside = directory.with_name(directory.name + ".restoring")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o700)
    try:
        for name, body in _contents(file):
            (beside / name).parent.mkdir(exist_ok=True, mode=0o700)
            keep(beside / name, body, PRIVATE if name.endswith(KEY) else PUBLIC)
        passphrase = directory / PASSPHRASE
        if passphrase_file is None and passphrase.exists():
            keep(beside / PASSPHRASE, passphrase.read_bytes(), PRIVATE)
        open_authority(beside, passphrase_file=passphrase_file)
        if directory.exists():
            shutil.rmtree(directory)
        beside.rename(directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_kept(path: Path) -> bool:
    return path.name != PASSPHRASE and path.suffix in (".pem", ".json")


def _contents(file: Path) -> list[tuple[str, bytes]]:
    found = []
    try:
        with tarfile.open(fileobj=io.BytesIO(file.read_bytes()), mode="r:") as archive:
            for member in archive.getmembers()[:_FILES_MAX]:
                parts = Path(member.name).parts
                stream = archive.extractfile(member) if member.isreg() and member.size <= _BYTES_MAX else None
                if stream is None or len(parts) > 2 or ".." in parts or member.name.startswith("/"):
                    raise BackupError(f"{file}: holds {member.name!r}, which belongs to no authority")
                found.append((member.name, stream.read()))
    except tarfile.TarError as error:
        raise BackupError(f"{file}: is no copy of an authority: {error}") from error
    return found
