"""Looks over an image or a written card, without a mount: whose it is, whether it is whole, whether it is hardened."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from edge.runtime import seed, signature
from provisioning.image import layout, manifest, seeding
from provisioning.image.layout import Layout
from provisioning.image.manifest import Manifest
from provisioning.image.programs import BuildError, run

EXPOSURE_MAX = 2.0
_UNITS = "/etc/systemd/system"
_HASHED = re.compile(r"^[^:]+:\$|^[^:]+::")
_SCORED = re.compile(r"exposure level for (\S+): ([\d.]+)")


class Finding(msgspec.Struct, frozen=True):
    """`good` None: could not be looked at here, `text` says why."""

    what: str
    good: bool | None
    text: str = ""


def check(target: Path, about: Manifest, image: Path, public_key: Path | None) -> Iterator[Finding]:
    """`target`: an image, or a card that was written and not booted yet. `image`: what the manifest lies beside."""
    yield _signed(image, public_key)
    try:
        with target.open("rb") as file:
            found = layout.read(file)
            slot = layout.slot(file, found.boot)
    except (layout.LayoutError, OSError) as error:
        yield Finding("partition table", False, str(error))
        return
    same = (found.boot, found.root, found.data, slot) == (about.boot, about.root, about.data, about.slot)
    yield Finding(
        "partition table", same, "" if same else "differs from the manifest's: it was booted, or is another image"
    )
    yield _hashed(target, about)
    yield _seed(target)
    with tempfile.TemporaryDirectory() as place:
        parts = {name: Path(place) / name for name in ("boot", "root", "data")}
        for name, path in parts.items():
            _cut_out(target, found, name, path)
        yield _clean("boot file system", ["fsck.vfat", "-n", str(parts["boot"])])
        yield _clean("root file system", ["e2fsck", "-f", "-n", str(parts["root"])])
        yield _clean("data file system", ["e2fsck", "-f", "-n", str(parts["data"])])
        yield from _inside(Root(parts["root"]), Path(place))


class Root:
    """Files of an ext4 file system in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> str | None:
        """None where there is none."""
        if not self.names(name):
            return None
        return run(["debugfs", "-R", f"cat {name}", str(self._path)])

    def names(self, folder: str) -> list[str]:
        """Of what is in it; of a file: itself."""
        listed = run(["debugfs", "-R", f"ls -p {folder}", str(self._path)])
        found = [line.split("/")[5] for line in listed.splitlines() if line.count("/") >= 6]
        stat = run(["debugfs", "-R", f"stat {folder}", str(self._path)]) if not found else ""
        return [name for name in found if name not in (".", "..")] if found else [folder] * bool("Inode:" in stat)

    def dump(self, folder: str, place: Path) -> None:
        run(["debugfs", "-R", f"rdump {folder} {place}", str(self._path)])


def _signed(image: Path, public_key: Path | None) -> Finding:
    if public_key is None:
        return Finding("signature", None, "no --public-key was given")
    try:
        manifest.check_signature(image, public_key)
    except (manifest.ManifestError, signature.SignatureError, OSError) as error:
        return Finding("signature", False, str(error))
    return Finding("signature", True)


def _hashed(target: Path, about: Manifest) -> Finding:
    with target.open("rb") as file:
        found = manifest.sha256(file, about.size, about.slot)
    return Finding(
        "contents", found == about.sha256, found if found == about.sha256 else "differ from the manifest's hash"
    )


def _seed(target: Path) -> Finding:
    try:
        found = seed.read(seeding.read(target))
    except seed.SeedError as error:
        return Finding("seed", False, str(error))
    if found is None:
        return Finding("seed", True, "blank")
    return Finding(
        "seed", True, f"{found.device_class or 'any class'} at {found.est}{', with SSH' * bool(found.ssh_key)}"
    )


def _cut_out(target: Path, found: Layout, name: str, path: Path) -> None:
    extent: layout.Extent = getattr(found, name)
    with target.open("rb") as source, path.open("wb") as copy:
        source.seek(extent.start)
        copy.truncate(extent.size)
        for start in range(0, extent.size, layout.MIB):
            data = source.read(min(layout.MIB, extent.size - start))
            if data.count(0) != len(data):
                copy.seek(start)
                copy.write(data)


def _clean(what: str, command: list[str]) -> Finding:
    try:
        run(command)
    except BuildError as error:
        return Finding(what, False, str(error).splitlines()[-1])
    return Finding(what, True, "clean")


def _inside(root: Root, place: Path) -> Iterator[Finding]:
    def has(name: str) -> bool:
        return bool(root.names(name))

    def finding(what: str, good: bool, wrong: str) -> Finding:
        return Finding(what, good, "" if good else wrong)

    overlay = has("/usr/share/initramfs-tools/scripts/init-bottom/overlayroot")
    yield finding("overlayroot", overlay, "is not installed: the root would be writable")
    yield finding("busybox", has("/usr/bin/busybox") or has("/bin/busybox"), "is absent: overlayroot would do nothing")
    words = root.read("/etc/shadow") or ""
    open_to = [line.partition(":")[0] for line in words.splitlines() if _HASHED.match(line)]
    yield finding("passwords", bool(words) and not open_to, f"there is one for {', '.join(open_to) or '?'}")
    keys = [name for name in root.names("/etc/ssh") if name.startswith("ssh_host_")]
    yield finding("SSH host keys", not keys, f"{', '.join(keys)}: all boards would have the same")
    yield finding("machine-id", root.read("/etc/machine-id") == "", "is not empty: all boards would have the same")
    wanted = root.names(f"{_UNITS}/multi-user.target.wants")
    yield finding("SSH", "ssh.service" not in wanted, "is started without a key in the seed")
    for name in ("/opt/tingxu/launch", "/opt/tingxu/venv/bin/python", "/opt/tingxu/factory", "/opt/tingxu/image.json"):
        yield finding(name, has(name), "is absent")
    yield Finding("/opt/tingxu/release.pub", True, "" if has("/opt/tingxu/release.pub") else "absent: takes no updates")
    yield from _scores(root, place)


def _scores(root: Root, place: Path) -> Iterator[Finding]:
    root.dump(_UNITS, place)
    folder = place / "system"
    names = ["tingxu-board.service"]
    template = folder / "tingxu-agent@.service"
    for drop_in in sorted(folder.glob("tingxu-agent@*.service.d")):
        name = drop_in.name.removesuffix(".d")
        (folder / name).write_bytes(template.read_bytes())
        names.append(name)
    for name, score in exposures([folder / name for name in names]).items():
        yield Finding(name, score <= EXPOSURE_MAX, f"exposure {score}")


def exposures(units: list[Path], runs: Callable[[list[str]], str] = run) -> dict[str, float]:
    """Of each unit, by `systemd-analyze security`; drop-ins lie beside them."""
    said = runs(["systemd-analyze", "security", "--offline=yes", "--no-pager", *map(str, units)])
    return {name: float(score) for name, score in _SCORED.findall(said)}


def is_here() -> bool:
    return subprocess.run(["systemd-analyze", "--version"], capture_output=True, check=False).returncode == 0
