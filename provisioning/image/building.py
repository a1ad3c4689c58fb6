"""Builds an image: layers, file systems, one file of them all, and its manifest."""

import hashlib
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from provisioning.image import app, boot_files, cache, filesystem, layout, manifest, packages, rootfs, wheels
from provisioning.image.layout import Extent, Layout
from provisioning.image.packages import Arch

_CHUNK = 1024 * 1024
_KEPT_IMAGES = 3


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: private, signs the manifest. `release_key`: public, goes onto the board. `versions`: of Debian's packages,
    exactly these."""

    arch: Arch
    version: str
    screens: bool = False
    key: Path | None = None
    release_key: Path | None = None
    versions: dict[str, str] = {}


def build(wanted: Wanted, image: Path, said: Callable[[str], None]) -> manifest.Manifest:
    """Raises provisioning.image.programs.BuildError, OSError."""
    said("Debian's packages (minutes, when they are not kept from before)")
    base = rootfs.tar(wanted.arch, wanted.screens, wanted.versions)
    said("packages of the agents")
    own = wheels.tar(wanted.arch, base)
    at = max(app.epoch(), int(packages.load().epoch.timestamp()))
    image.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=image.parent) as place:
        parts = {name: Path(place) / name for name in ("boot", "root", "data")}
        said("the application")
        ours = Path(place) / "app.tar"
        app.tar(ours, wanted.arch, base, version=wanted.version, release_key=wanted.release_key, at=at)
        said("file systems")
        filesystem.root(parts["root"], [base, own, ours], at)
        filesystem.data(parts["data"], layout.DATA_BYTES, at, rootfs.user(base, "systemd-timesync"))
        filesystem.boot(parts["boot"], layout.BOOT_BYTES, boot_files.files(wanted.arch, base), at)
        said("the image")
        found = Layout.of_root(parts["root"].stat().st_size)
        whole = Path(place) / "image"
        digest = assemble(whole, found, parts)
        with whole.open("rb") as file:
            slot = layout.slot(file, found.boot)
        about = manifest.Manifest(
            version=wanted.version, arch=wanted.arch, screens=wanted.screens, size=found.data.end, sha256=digest,
            boot=found.boot, root=found.root, data=found.data, slot=slot,
            parts={name: _sha256(path) for name, path in parts.items()}, epoch=at, inputs=app.inputs(),
            source=_source(), packages=rootfs.installed(base), wheels=list(wheels.requirements(wanted.arch)),
        )  # fmt: skip
        whole.replace(image)
    manifest.write(image, about, wanted.key)
    for kind in ("root", "wheels"):
        cache.forget(f"{kind}-{wanted.arch}-*.tar", _KEPT_IMAGES)
    return about


def kept(arch: Arch, version: str, said: Callable[[str], None]) -> Path:
    """An image of these sources, unsigned, for a proof: built where the cache has none."""
    image = _kept_image(arch, version)

    def make(path: Path) -> None:
        build(Wanted(arch=arch, version=version), path, said)
        manifest.path_of(path).replace(manifest.path_of(image))

    cache.kept(image.name, make)
    cache.forget(f"proof-{arch}-*.img", 2)
    cache.forget(f"proof-{arch}-*.json", 2)
    return image


def kept_before(arch: Arch, version: str) -> Path | None:
    """That image, where there is one."""
    image = _kept_image(arch, version)
    return image if image.exists() else None


def _kept_image(arch: Arch, version: str) -> Path:
    """Named by everything that it is made from."""
    name = cache.key(rootfs.name(arch, screens=False), app.inputs(), *wheels.locks(), Path(__file__).parent, version)
    return cache.place() / f"proof-{arch}-{name[:16]}.img"


def assemble(whole: Path, found: Layout, parts: dict[str, Path]) -> str:
    """One file with holes; its SHA-256."""
    with whole.open("wb") as target:
        target.truncate(found.data.end)
        target.write(layout.mbr(found))
        for name, path in parts.items():
            extent: Extent = getattr(found, name)
            with path.open("rb") as source:
                place = extent.start
                while piece := source.read(_CHUNK):
                    if piece.count(0) != len(piece):
                        target.seek(place)
                        target.write(piece)
                    place += len(piece)
    return _sha256(whole)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source() -> str:
    """The commit, as far as there is one: words for people, the hash of the inputs is what counts."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(asked, cwd=app.ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"
