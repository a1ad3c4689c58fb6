"""What took long to make, kept by the hash of what it was made from: ${XDG_CACHE_HOME:-~/.cache}/tingxu."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from edge.runtime.disk import sync_directory


def place() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tingxu"


def key(*parts: str | bytes | Path) -> str:
    """SHA-256 of texts, bytes and files; of a folder: of all names, modes and contents in it."""
    total = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            total.update(len(piece).to_bytes(8, "big"))
            total.update(piece)
    return total.hexdigest()


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The file `name` of the cache; `make(path)` writes it where it is not there yet.

    Two who want it at once make it once. Who is cut leaves nothing that looks whole.
    """
    path = place() / name
    with _turn(path):
        if not path.exists():
            unfinished = path.with_name(path.name + ".unfinished")
            unfinished.unlink(missing_ok=True)
            make(unfinished)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(path)
            sync_directory(path.parent)
    path.touch()
    return path


def forget(pattern: str, keep: int) -> None:
    """Of the files that match, all but the `keep` that were used last."""
    found = sorted(place().glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[keep:]:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _turn(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pieces(part: str | bytes | Path) -> Iterable[bytes]:
    if isinstance(part, str):
        yield part.encode()
    elif isinstance(part, bytes):
        yield part
    elif part.is_dir():
        for path in sorted(part.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield from (str(path.relative_to(part)).encode(), b"x" if os.access(path, os.X_OK) else b"")
                yield path.read_bytes()
    else:
        yield part.read_bytes()
