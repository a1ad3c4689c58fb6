"""What the boot partition holds beside the seed: firmware or boot loader, kernel, and the words it starts with."""

import tempfile
from pathlib import Path

from provisioning.image.layout import DISK_ID
from provisioning.image.packages import Arch
from provisioning.image.programs import BuildError, run

CMDLINE = (
    f"root=PARTUUID={DISK_ID:08x}-02 ro rootfstype=ext4 rootwait overlayroot=tmpfs:recurse=0 fsck.mode=skip "
    "panic=10 quiet"
)
"""The root is never checked, since never written; the data partition is looked after by the initramfs. No console on a
serial line: a printer may hang on it."""

_LOADER = b"timeout 0\neditor no\nconsole-mode keep\n"
_ENTRY = f"title Tingxu\nlinux /vmlinuz\ninitrd /initrd.img\noptions {CMDLINE}\n".encode()
_CONFIG = b"""# Raspberry Pi 3, 4, 5, Zero 2 W. https://www.raspberrypi.com/documentation/computers/config_txt.html
arm_64bit=1
kernel=vmlinuz
initramfs initrd.img followkernel
disable_splash=1
boot_delay=0
enable_uart=1
# Serial port on the pins, for what has no USB; Bluetooth gives it up.
dtoverlay=disable-bt
dtparam=i2c_arm=on
dtparam=spi=on
dtparam=watchdog=on
dtparam=audio=on
"""

_WANTED: dict[Arch, list[str]] = {
    "amd64": ["./usr/lib/systemd/boot/efi/*"],
    "arm64": ["./usr/lib/raspi-firmware/*", "./usr/lib/linux-image-*/broadcom/*"],
}


def files(arch: Arch, base: Path) -> dict[str, Path | bytes]:
    """Name on the partition → content. `base`: Debian's archive. Raises BuildError."""
    with tempfile.TemporaryDirectory() as place:
        run(["tar", "-xf", str(base), "-C", place, "--no-same-owner", "--wildcards", "./boot/*", *_WANTED[arch]])
        top = Path(place)
        found: dict[str, Path | bytes] = {
            "vmlinuz": _one(top, "boot/vmlinuz-*"),
            "initrd.img": _one(top, "boot/initrd.img-*"),
        }
        found |= _uefi(top) if arch == "amd64" else _raspberry(top)
        return found


def _uefi(top: Path) -> dict[str, Path | bytes]:
    """Where firmware looks on a disk that it does not know (UEFI 2.10, 3.5.1.1)."""
    return {
        "EFI/BOOT/BOOTX64.EFI": _one(top, "usr/lib/systemd/boot/efi/systemd-bootx64.efi"),
        "loader/loader.conf": _LOADER,
        "loader/entries/tingxu.conf": _ENTRY,
    }


def _raspberry(top: Path) -> dict[str, Path | bytes]:
    firmware = sorted((top / "usr/lib/raspi-firmware").rglob("*"))
    folder = top / "usr/lib/raspi-firmware"
    trees = sorted(top.glob("usr/lib/linux-image-*/broadcom/bcm2*-rpi-*.dtb"))
    found: dict[str, Path | bytes] = {
        str(path.relative_to(folder)): path.read_bytes() for path in firmware if path.is_file()
    }
    found |= {path.name: path.read_bytes() for path in trees}
    return {**found, "config.txt": _CONFIG, "cmdline.txt": CMDLINE.encode() + b"\n"}


def _one(top: Path, pattern: str) -> bytes:
    found = sorted(top.glob(pattern))
    if len(found) != 1:
        raise BuildError(f"{pattern}: {len(found)} of them among Debian's files, and one is needed")
    return found[0].read_bytes()
