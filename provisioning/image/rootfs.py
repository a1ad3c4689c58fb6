"""Debian's part of a card: a tar archive of the root file system, the kernel in it; kept, since it takes minutes."""

import os
import subprocess
from pathlib import Path

from edge.runtime import device
from provisioning.image import cache, packages
from provisioning.image.packages import Arch, Packages
from provisioning.image.programs import BuildError, run

BASE = Path(__file__).parent / "root" / "base"
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
_COMPONENTS = "main non-free-firmware"

_LEFT_OUT = [
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*",
    "/lib/modules/*/kernel/drivers/infiniband/*", "/lib/modules/*/kernel/drivers/media/*",
    "/lib/modules/*/kernel/drivers/iio/*", "/lib/modules/*/kernel/drivers/staging/*",
    "/lib/modules/*/kernel/drivers/isdn/*", "/lib/modules/*/kernel/lib/test_*",
]  # fmt: skip
GROUPS = {"tingxu": 800, "gpio": 801, "spi": 802, "i2c": 803}
_FIRST_USER = 810
_OFF = "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service ssh.service"
_ON = "systemd-networkd.service systemd-resolved.service systemd-timesyncd.service"


def tar(arch: Arch, screens: bool, versions: dict[str, str] | None = None) -> Path:
    """The archive. `versions`: exact ones that packages must have, by name. Raises BuildError."""
    wanted, pins = packages.load(), _pins(versions or {})
    return cache.kept(name(arch, screens, versions), lambda path: _make(path, arch, wanted, screens, pins))


def name(arch: Arch, screens: bool, versions: dict[str, str] | None = None) -> str:
    """Of the archive in the cache, by everything that it is made from."""
    pins = _pins(versions or {})
    return f"root-{arch}-{cache.key(packages.FILE, BASE, _finish(), *_LEFT_OUT, arch, str(screens), pins)[:16]}.tar"


def installed(archive: Path) -> dict[str, str]:
    """Package → version, by dpkg's own list."""
    status = run(["tar", "-xOf", str(archive), "./var/lib/dpkg/status"])
    found: dict[str, str] = {}
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status", "").endswith(" installed"):
            found[fields["Package"]] = fields["Version"]
    return found


def user(archive: Path, name: str) -> int:
    """Its number. Raises BuildError."""
    for line in run(["tar", "-xOf", str(archive), "./etc/passwd"]).splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2])
    raise BuildError(f"Debian's part has no user {name}")


def _pins(versions: dict[str, str]) -> str:
    """apt_preferences(5)."""
    return "".join(
        f"Package: {name}\nPin: version {version}\nPin-Priority: 1001\n\n" for name, version in sorted(versions.items())
    )


def _make(path: Path, arch: Arch, wanted: Packages, screens: bool, pins: str) -> None:
    if arch != "amd64":
        _foreign()
    suite = wanted.suite
    sources = [f"deb {MIRROR} {suite} {_COMPONENTS}", f"deb {MIRROR} {suite}-updates {_COMPONENTS}",
               f"deb {SECURITY} {suite}-security {_COMPONENTS}"]  # fmt: skip
    command = [
        "mmdebstrap", "--quiet", "--variant=apt", "--format=tar", f"--architectures={arch}",
        f"--include={','.join(wanted.names(arch, screens))}",
        "--aptopt=APT::Install-Recommends false",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT),
        f"--essential-hook=tar -C {BASE} --owner=0 --group=0 --mode=go-w -cf - . | tar -C \"$1\" -xf -",
        f"--customize-hook={_finish()}",
    ]  # fmt: skip
    if pins:
        command.append(f"--setup-hook=mkdir -p \"$1/etc/apt/preferences.d\"; printf '%s' '{pins}' > "
                       "\"$1/etc/apt/preferences.d/tingxu\"")  # fmt: skip
    run([*command, suite, str(path), *sources], {"SOURCE_DATE_EPOCH": str(int(wanted.epoch.timestamp()))})


def _finish() -> str:
    """A shell's words, with the root file system as $1: users, services, and nothing that is one board's alone."""
    steps = ["set -e"]
    steps += [f'chroot "$1" groupadd --gid {gid} {name}' for name, gid in GROUPS.items()]
    for number, name in enumerate(device.classes(), _FIRST_USER):
        user = f"tingxu-{name}"
        steps.append(f'chroot "$1" groupadd --gid {number} {user}')
        steps.append(
            f'chroot "$1" useradd --uid {number} --gid {number} --no-create-home --home-dir /data/tingxu/{name} '
            f"--shell /usr/sbin/nologin {user}"
        )
    steps += [
        f'chroot "$1" systemctl --quiet disable {_OFF}',
        f'chroot "$1" systemctl --quiet enable {_ON}',
        'chroot "$1" passwd --quiet --lock root',
        'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/var/lib/dbus/machine-id "$1"/etc/*- "$1"/etc/.pwd.lock',
        ': > "$1/etc/machine-id"',
        'rm -rf "$1"/var/log/* "$1"/var/cache/* "$1"/var/lib/apt/lists/* "$1"/var/lib/systemd/*/* "$1"/tmp/*',
        'mkdir -p "$1/data" "$1/boot/firmware" "$1/var/log/journal" "$1/var/lib/systemd/timesync"',
        # Lists of days for ageing passwords would say when this was built.
        "sed -i -E 's/^([^:]*:[^:]*):[0-9]+:/\\1:19000:/' \"$1/etc/shadow\"",
    ]
    return "\n".join(steps)


def _foreign() -> None:
    """Programs of another processor run through qemu-user, which binfmt_misc knows once it is mounted and told."""
    known = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
    if not known.exists() and os.geteuid() == 0:
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc"], check=False,
                       capture_output=True)  # fmt: skip
        subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], check=False, capture_output=True)
    if not known.exists():
        raise BuildError(
            "this machine cannot run programs for arm64: install qemu-user-static and binfmt-support, and mount "
            "/proc/sys/fs/binfmt_misc (as root)"
        )
