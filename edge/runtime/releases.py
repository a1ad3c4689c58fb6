"""Releases of this software on a board's disk: unpacked whole, known by their manifest, one of them the good one.

{name}/             a release: `release.json`, `edge/`, `wire/`, `wheels/`
{name}.new/         one that is being unpacked
{sha256}.part       a bundle that is coming
state.json          which is good, which is on trial; the launcher (`provisioning/board/launch.py`) goes by it
"""

import contextlib
import hashlib
import importlib.metadata
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from edge.runtime import signature
from edge.runtime.disk import Disk, File, sync_directory, write_whole
from edge.runtime.download import Part
from wire.base import Digest
from wire.upkeep import Release

FORMAT = 1
LAUNCHER = 1  # what a manifest may ask of the launcher at the most
NAME = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}([.+-][0-9A-Za-z.+-]{1,32})?\Z")
MANIFEST = "release.json"
_STATE = "state.json"
_MEMBER = re.compile(r"(edge|wire|wheels)(/[0-9A-Za-z_][0-9A-Za-z_.+-]*){1,8}\Z")
_MANIFEST_MAX = 1 << 20
_MEMBERS_MAX = 4000
_FREE_MIN = 16 << 20  # bytes that stay free: the journal is on the same disk
_CHUNK = 1 << 18


class RefusedError(ValueError):
    """This release cannot run on this board; the text, in both languages, says why and what to do."""


class NoRoomError(OSError):
    """The disk is too full for it; the text says what to do. It may have room later."""


class Manifest(msgspec.Struct, frozen=True):
    """`packages`: device class → distribution → version that must be installed; `files`: path → SHA-256, hex."""

    format: int
    name: str
    launcher: int
    packages: dict[str, dict[str, str]]
    files: dict[str, Digest]


class Returned(msgspec.Struct, frozen=True):
    """The last release that did not prove itself."""

    name: str
    revision: int
    why: str


class State(msgspec.Struct, frozen=True):
    """As in state.json. `good` "": the factory's. `tries`: starts of the trial so far, counted by the launcher."""

    good: str = ""
    trial: str | None = None
    tries: int = 0
    revision: int = 0  # of the order that `trial`, or else `good`, came by
    ailing: tuple[str, ...] = ()  # what of the hardware was out of order before the trial
    returned: Returned | None = None


class Releases:
    """`folder`: of this board's updates; `factory`: what came with the card; `key`: the publisher's public key.

    Belongs to one thread at a time. `free`: bytes that the disk has left. Raises OSError.
    """

    def __init__(self, folder: Path, factory: Path, key: Path, free: Callable[[], int] | None = None) -> None:
        self._folder, self._factory, self._key = folder, factory, key
        self._free = free or (lambda: shutil.disk_usage(folder).free)

    # State.

    def state(self) -> State:
        """What cannot be read is as if it were not there: the launcher takes the factory's release then."""
        try:
            return msgspec.json.decode((self._folder / _STATE).read_bytes(), type=State)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return State()

    def save(self, state: State) -> None:
        """On disk when it returns, or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._folder / _STATE, msgspec.json.encode(state))

    def has(self, name: str) -> bool:
        return (self._folder / name / MANIFEST).exists() or (self._factory / name).is_dir()

    def is_factory(self, name: str) -> bool:
        return (self._factory / name).is_dir()

    def sha256(self, name: str) -> str:
        """Of the bundle that it was unpacked from; "" where that is not known."""
        try:
            return (self._folder / name / "bundle").read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    # Coming.

    def part(self, release: Release) -> Part[Release]:
        """What has come of it so far."""
        return Part(self._folder / f"{release.sha256}.part", release, Disk())

    def make_room(self, release: Release, coming: int) -> None:
        """For the bundle and what is in it: `coming` bytes have yet to come. Other parts go. Raises NoRoomError."""
        for other in self._folder.glob("*.part"):
            if other.stem != release.sha256:
                other.unlink(missing_ok=True)
        need, free = coming + release.size + _FREE_MIN, self._free()
        if need > free:
            raise NoRoomError(
                f"存储空间不足：需要{_mb(need)} MB，只有{_mb(free)} MB，请清理设备存储 "
                f"{_mb(need)} MB are needed and {_mb(free)} MB are free: make room on this board's data partition"
            )

    def unpack(self, part: Part[Release], device_class: str) -> None:
        """A whole part becomes a release that can be tried. Raises RefusedError; nothing is left of what is refused.

        Signature and hash first: not one byte of what is not the publisher's is looked at.
        """
        release = part.item
        if not part.is_right:
            part.drop()
            raise RefusedError("下载的内容与校验和不符 What came is not what its hash says: order it again")
        try:
            signature.check(release.sha256, release.signature, self._key)
        except signature.SignatureError as error:
            part.drop()
            raise RefusedError(f"签名无效，未安装 Not installed: {error}") from error
        part.settle()
        fresh = self._folder / f"{release.name}.new"
        try:
            self._forget(fresh)
            with part.path.open("rb") as file:
                _unpack(file, fresh, release, device_class)
            (fresh / "bundle").write_text(release.sha256, "ascii")
            _sync_tree(fresh)
            self._forget(self._folder / release.name)
            fresh.rename(self._folder / release.name)
            sync_directory(self._folder)
        except RefusedError:
            part.drop()
            raise
        finally:
            self._forget(fresh)
        part.drop()

    # Trial.

    def try_out(self, release: Release, ailing: Iterable[str] = ()) -> None:
        """The launcher starts it next. `ailing`: what of the hardware is out of order already."""
        state = self.state()
        self.save(State(state.good, release.name, 0, release.revision, tuple(ailing), state.returned))

    def commit(self, name: str) -> None:
        """It has proved itself. The one before stays beside it; older ones go."""
        state = self.state()
        self.save(State(good=name, revision=state.revision, returned=state.returned))
        self.tidy({name, state.good})

    def give_up(self, why: str) -> None:
        """The trial did not prove itself: the launcher starts the good one next."""
        state = self.state()
        if state.trial is not None:
            self.save(State(state.good, returned=Returned(state.trial, state.revision, why)))

    def tidy(self, keep: set[str]) -> None:
        for path in self._folder.glob("*"):
            if path.is_dir() and path.name not in keep:
                self._forget(path)

    def _forget(self, path: Path) -> None:
        """The manifest first: what has none is no release, if the power goes in the middle."""
        (path / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)


def _unpack(file: IO[bytes], fresh: Path, release: Release, device_class: str) -> None:
    try:
        with tarfile.open(fileobj=file, mode="r:") as bundle:
            members = _members(bundle)
            manifest = _manifest(bundle, next(members, None))
            _check(manifest, release, device_class)
            fresh.mkdir(parents=True)
            seen = set()
            for member in members:
                if member.name in seen or member.name not in manifest.files or not _MEMBER.match(member.name):
                    raise RefusedError(
                        f"包内文件不在清单中：{member.name[:100]} A file that the manifest does not have"
                    )
                seen.add(member.name)
                _write(bundle, member, fresh / member.name, manifest.files[member.name])
            if missing := manifest.files.keys() - seen:
                raise RefusedError(f"包内缺少文件：{min(missing)} A file of the manifest is missing")
            (fresh / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    except tarfile.TarError as error:
        raise RefusedError(f"不是发布包 It is no bundle of a release: {error}") from error


def _members(bundle: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Regular files only, as many and as large as a bundle may have."""
    for count, member in enumerate(bundle):
        if member.type != tarfile.REGTYPE or member.issparse() or member.linkname:
            raise RefusedError(f"包内有非普通文件：{member.name[:100]} Something that is no plain file")
        if count >= _MEMBERS_MAX:
            raise RefusedError(f"包内文件过多 More than {_MEMBERS_MAX} files")
        yield member


def _manifest(bundle: tarfile.TarFile, member: tarfile.TarInfo | None) -> Manifest:
    if member is None or member.name != MANIFEST or member.size > _MANIFEST_MAX:
        raise RefusedError(f"不是发布包 It is no bundle of a release: it does not begin with {MANIFEST}")
    try:
        return msgspec.json.decode(_file(bundle, member).read(_MANIFEST_MAX), type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(f"发布清单有误 Its {MANIFEST} cannot be read: {error}") from error


def _check(manifest: Manifest, release: Release, device_class: str) -> None:
    if manifest.format != FORMAT or manifest.launcher > LAUNCHER:
        raise RefusedError(
            "此设备的启动程序过旧，请重写存储卡 The launcher of this board is too old: write its card anew"
        )
    if manifest.name != release.name or not NAME.match(manifest.name):
        raise RefusedError(f"版本名称不符 It says that it is {manifest.name[:40]!r}, not {release.name[:40]!r}")
    wrong = [
        f"{name} {version} ({_installed(name) or '–'})"
        for name, version in sorted(manifest.packages.get(device_class, {}).items())
        if _installed(name) != version
    ]
    if wrong:
        told = ", ".join(wrong[:5])
        raise RefusedError(f"缺少软件包，请重写存储卡 Packages are missing, write its card anew: needs (has) {told}")


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _write(bundle: tarfile.TarFile, member: tarfile.TarInfo, path: Path, sha256: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    found, source, target = hashlib.sha256(), _file(bundle, member), File(path)
    try:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
            found.update(chunk)
        target.sync()
    finally:
        target.close()
    if found.hexdigest() != sha256:
        raise RefusedError(f"包内文件与清单不符：{member.name} A file is not what the manifest says")


def _file(bundle: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = bundle.extractfile(member)
    assert file is not None, "a regular file"
    return file


def _sync_tree(top: Path) -> None:
    for path, _, files in os.walk(top):
        for name in files:
            with contextlib.closing(File(Path(path) / name, "a")) as file:
                file.sync()
        sync_directory(Path(path))


def _mb(count: int) -> int:
    return -(-count // 1_000_000)
