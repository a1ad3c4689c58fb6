"""A release as one file: a plain tar with a manifest first. The same sources give the same bytes, and so the same hash.

Not compressed: no version of a compressor has a say in the hash, and nothing unpacks to more than was sent.
"""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable
from pathlib import Path

from edge.runtime.releases import FORMAT, LAUNCHER, MANIFEST, NAME

_PARTS = ("edge", "wire")
_VERSION = "edge/runtime/version.py"
_VERSION_LINE = re.compile(r'^VERSION = "[^"\n]*"$', re.MULTILINE)
_LEFT_OUT = {"__pycache__"}
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)\s*\\?$")  # one without a marker: those of one machine are its own
_WHEEL = re.compile(r"([A-Za-z0-9_.]+)-([^-]+)-py3-none-any\.whl\Z")
_EPOCH = 0


class BundleError(ValueError):
    """It cannot be built, or is not whole; the text says what to do."""


def build(root: Path, name: str = "", wheels: Iterable[Path] = ()) -> bytes:
    """The release of the sources under `root` (with `edge/`, `wire/`, `locks/`), as version `name`; "": as they say.

    `wheels`: packages, pure Python, that shall go before those of the board. Raises BundleError, OSError.
    """
    files = {str(path.relative_to(root)): path.read_bytes() for part in _PARTS for path in _sources(root / part)}
    said = files[_VERSION].decode("utf-8")
    name = name or _version(said)
    if not NAME.match(name):
        raise BundleError(f"{name!r} is no version: name it like 0.2.0, or 0.2.0-rc1")
    files[_VERSION] = _VERSION_LINE.sub(f'VERSION = "{name}"', said).encode()
    carried = {}
    for wheel in wheels:
        found = _WHEEL.match(wheel.name)
        if found is None:
            raise BundleError(f"{wheel.name}: only wheels of pure Python (…-py3-none-any.whl) can go over the air")
        files[f"wheels/{wheel.name}"] = wheel.read_bytes()
        carried[_canonical(found[1])] = found[2]
    manifest = {
        "format": FORMAT,
        "name": name,
        "launcher": LAUNCHER,
        "packages": packages(root / "locks", carried),
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())},
    }
    first = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    return _tar([(MANIFEST, first), *sorted(files.items())])


def packages(locks: Path, carried: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """Device class → package → version, from the locks of the classes; without what the release carries itself."""
    found = {}
    for folder in sorted((locks.parent / "edge").glob("*/__init__.py")):
        lock = locks / f"{folder.parent.name.replace('_', '-')}.txt"
        if lock.exists():
            pins = (_PIN.match(line) for line in lock.read_text("utf-8").splitlines())
            found[folder.parent.name] = {pin[1]: pin[2] for pin in pins if pin and _canonical(pin[1]) not in carried}
    return found


def _sources(top: Path) -> list[Path]:
    return [
        path
        for path in sorted(top.rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and not _LEFT_OUT & set(path.parts)
    ]


def _version(text: str) -> str:
    found = _VERSION_LINE.search(text)
    if found is None:
        raise BundleError(f"{_VERSION} does not say VERSION = …")
    return found[0].partition('"')[2].rstrip('"')


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _tar(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.USTAR_FORMAT) as bundle:
        for path, content in members:
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(content), _EPOCH, 0o644
            bundle.addfile(member, io.BytesIO(content))
    return out.getvalue()
