"""Our own part of a card: application, launcher, services: a tar archive that is laid over Debian's in seconds."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from edge.runtime import device
from provisioning.image import cache, wheels
from provisioning.image.packages import Arch

ROOT = Path(__file__).parents[2]
_STATIC = Path(__file__).parent / "root" / "app"
_UNITS = ROOT / "provisioning" / "systemd"
_UNIT_PLACE = "etc/systemd/system"
_OFF = (
    "getty@.service", "serial-getty@.service", "systemd-networkd-wait-online.service", "systemd-firstboot.service",
    "proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service", "systemd-pstore.service", "modprobe@.service",
    "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
    "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service", "systemd-sysusers.service", "systemd-machine-id-commit.service",
)  # fmt: skip
"""Nobody logs in at a console; and what a board has no use for costs it a second of each start."""
_NOT_SHIPPED = ("__pycache__", "fake_*", "*.md", "fetch")


def epoch() -> int:
    """Of the newest change to what is on a card; the time that a board without a clock starts from."""
    asked = ["git", "log", "-1", "--format=%ct", "--", "edge", "wire", "locks", "provisioning"]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    if said.isdigit():
        return int(said)
    files = [path for folder in ("edge", "wire") for path in (ROOT / folder).rglob("*.py")]
    return int(max(path.stat().st_mtime for path in files))


def inputs() -> str:
    """Hash of everything that this part is made from."""
    folders = [ROOT / "edge", ROOT / "wire", _STATIC, _UNITS, ROOT / "provisioning" / "board"]
    return cache.key(*folders)


def tar(path: Path, arch: Arch, base: Path, *, version: str, release_key: Path | None, at: int) -> None:
    """`release_key`: public, PEM: what updates must be signed with; without it a board takes none."""
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "tree"
        release = tree / "opt/tingxu/releases" / version
        for package in ("edge", "wire"):
            shutil.copytree(ROOT / package, release / package, ignore=shutil.ignore_patterns(*_NOT_SHIPPED))
        wheels.compile_all(release, f"/opt/tingxu/releases/{version}", arch, base, Path(place) / "python")
        shutil.copytree(_STATIC, tree, dirs_exist_ok=True)
        _copy(ROOT / "provisioning" / "board" / "launch.py", tree / "opt/tingxu/launch", 0o755)
        if release_key is not None:
            _copy(release_key, tree / "opt/tingxu/release.pub")
        for unit in _UNITS.rglob("tingxu-*"):
            if unit.is_file():
                _copy(unit, tree / _UNIT_PLACE / unit.name)
        for drop_in in _UNITS.glob("*.d/*.conf"):
            _copy(drop_in, tree / _UNIT_PLACE / drop_in.parent.name / drop_in.name)
        about = {"version": version, "arch": arch, "epoch": at}
        wheels.pack(path, tree=tree, more=_more(version, about), mtime=at)


def _more(version: str, about: dict[str, object]) -> dict[str, str | bytes]:
    wants = f"{_UNIT_PLACE}/multi-user.target.wants"
    enabled = ["tingxu-board.service", "tingxu-ssh.path", *(f"tingxu-agent@{name}.path" for name in device.classes())]
    return {
        "opt/tingxu/factory": f"->releases/{version}",
        "opt/tingxu/image.json": json.dumps(about, sort_keys=True).encode() + b"\n",
        # systemd sets a clock that stands earlier to the time of this file.
        "usr/lib/clock-epoch": b"",
        "etc/resolv.conf": "->../run/systemd/resolve/stub-resolv.conf",
        **{f"{wants}/{name}": f"->/{_UNIT_PLACE}/{_template(name)}" for name in enabled},
        **{f"{_UNIT_PLACE}/{name}": "->/dev/null" for name in _OFF},
    }


def _template(unit: str) -> str:
    """`tingxu-agent@caller.path` is an instance of `tingxu-agent@.path`."""
    head, at, tail = unit.partition("@")
    return f"{head}@.{tail.rpartition('.')[2]}" if at else unit


def _copy(source: Path, target: Path, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)
