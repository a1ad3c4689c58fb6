"""A computer made of nothing: QEMU with a card in it, a network that reaches this machine, and a printer's cable."""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Literal

import msgspec

from provisioning.image import boot_files, layout
from provisioning.image.programs import run

Kind = Literal["amd64", "arm64", "raspi3b"]
HOST = "10.0.2.2"
"""By which name the machine reaches loopback here (QEMU's user networking)."""

_PROBE_S = 10.0
_FIRMWARE = "/usr/share/ovmf/OVMF.fd"
_TREE = "bcm2837-rpi-3-b.dtb"


class About(msgspec.Struct, frozen=True):
    """`port`: where the printer is, in the machine. `direct`: QEMU loads the kernel, else the card's own loader."""

    arch: Literal["amd64", "arm64"]
    program: str
    port: str
    direct: bool
    patience_s: float


KINDS: dict[Kind, About] = {
    "amd64": About("amd64", "qemu-system-x86_64", "/dev/ttyS1", False, 900.0),
    "arm64": About("arm64", "qemu-system-aarch64", "/dev/ttyS0", True, 1200.0),
    "raspi3b": About("arm64", "qemu-system-aarch64", "/dev/ttyUSB0", True, 2400.0),
}


class Machine:
    """`start` is power on, `cut` is pulling the plug. `card`: a raw image, written to as a card is."""

    def __init__(self, kind: Kind, card: Path, directory: Path, printer: Path, ssh_port: int, accel: str) -> None:
        self.kind, self.accel = kind, accel
        self.console = directory / "console.log"
        self._about, self._card, self._printer, self._ssh_port = KINDS[kind], card, printer, ssh_port
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self._kernel = _kernel(card, directory, kind) if self._about.direct else []

    def start(self) -> None:
        assert self._process is None
        command = [self._about.program, *self._hardware(), *self._kernel]
        with self.console.with_suffix(".qemu").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.started = time.monotonic()

    def cut(self) -> None:
        """SIGKILL: what the machine had not put onto its card is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _hardware(self) -> list[str]:
        net = f"user,id=net,hostfwd=tcp:127.0.0.1:{self._ssh_port}-:22"
        common = [
            "-display", "none", "-nodefaults", "-no-reboot", "-netdev", net,
            "-chardev", f"serial,id=printer,path={self._printer}", "-chardev", f"file,id=console,path={self.console}",
        ]  # fmt: skip
        drive = f"file={self._card},format=raw,cache=writeback"
        match self.kind:
            case "amd64":
                fast = self.accel == "kvm"
                processor = "host" if fast else "Nehalem"
                return [
                    *common, "-accel", self.accel, "-cpu", processor, "-smp", "2", "-m", "512", "-bios", _FIRMWARE,
                    "-drive", f"{drive},if=virtio", "-device", "virtio-net-pci,netdev=net,romfile=",
                    "-device", "i6300esb", "-device", "virtio-rng-pci",
                    "-serial", "chardev:console", "-serial", "chardev:printer",
                ]  # fmt: skip
            case "arm64":
                return [
                    *common, "-M", "virt", "-accel", "tcg", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
                    "-drive", f"{drive},if=virtio", "-device", "virtio-net-pci,netdev=net,romfile=",
                    "-device", "virtio-rng-pci", "-serial", "chardev:console", "-device", "pci-serial,chardev=printer",
                ]  # fmt: skip
            case "raspi3b":
                # The first serial line is the Bluetooth chip's in its device tree, the second one the console's.
                return [
                    *common, "-M", "raspi3b", "-drive", f"{drive},if=sd", "-device", "usb-net,netdev=net",
                    "-device", "usb-serial,chardev=printer", "-serial", "null", "-serial", "chardev:console",
                ]  # fmt: skip


def accelerator(card: Path, directory: Path) -> str:
    """ "kvm" where a kernel really starts under it: a /dev/kvm that can be opened is no proof. Else "tcg"."""
    if not Path("/dev/kvm").exists():
        return "tcg"
    files = _extract(card, directory, ["vmlinuz"])
    said = directory / "probe.log"
    command = [
        "qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-m", "256", "-display", "none", "-nodefaults",
        "-no-reboot", "-serial", f"file:{said}", "-kernel", str(files["vmlinuz"]), "-append",
        "console=ttyS0 earlyprintk=serial panic=-1",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as probe:
        deadline = time.monotonic() + _PROBE_S
        try:
            while time.monotonic() < deadline and probe.poll() is None:
                if said.exists() and b"Linux version" in said.read_bytes():
                    return "kvm"
                time.sleep(0.1)
        finally:
            probe.kill()
    return "kvm" if said.exists() and b"Linux version" in said.read_bytes() else "tcg"


def _kernel(card: Path, directory: Path, kind: Kind) -> list[str]:
    """QEMU in the place of firmware that it does not have."""
    console = {"arm64": "ttyAMA0", "raspi3b": "ttyS1,115200"}.get(kind, "ttyS0")
    names = ["vmlinuz", "initrd.img", *([_TREE] if kind == "raspi3b" else [])]
    files = _extract(card, directory, names)
    words = boot_files.CMDLINE.replace(" quiet", "") + f" console={console}"
    if kind == "raspi3b":
        words += " dwc_otg.lpm_enable=0 dwc_otg.fiq_fsm_enable=0"
        words += " systemd.watchdog_sec=0"  # where a board counts down from 15 s, QEMU resets at once
    tree = ["-dtb", str(files[_TREE])] if kind == "raspi3b" else []
    return ["-kernel", str(files["vmlinuz"]), "-initrd", str(files["initrd.img"]), *tree, "-append", words]


def _extract(card: Path, directory: Path, names: list[str]) -> dict[str, Path]:
    with card.open("rb") as file:
        start = layout.read(file).boot.start
    found = {name: directory / name for name in names}
    for name, path in found.items():
        run(["mcopy", "-n", "-o", "-i", f"{card}@@{start}", f"::{name}", str(path)])
    return found
