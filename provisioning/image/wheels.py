"""The packages from PyPI that all device classes need, by the hashes of the locks: a tar archive of a venv, kept."""

import io
import platform
import re
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edge.runtime import device
from provisioning.image import cache
from provisioning.image.packages import Arch
from provisioning.image.programs import BuildError, run

ROOT = Path(__file__).parents[2]
VENV = "opt/tingxu/venv"
_SITE = f"{VENV}/lib/python3.11/site-packages"
_MACHINE: dict[Arch, str] = {"amd64": "x86_64", "arm64": "aarch64"}
_GLIBC = (36, 35, 34, 31, 28, 27, 26, 24, 17)  # Debian 12 has 2.36; what was built against an older one runs too
_FROM_DEBIAN: dict[Arch, tuple[str, ...]] = {"amd64": (), "arm64": ("spidev",)}
"""Published as source only; Debian has them built (packages.toml)."""


def locks() -> list[Path]:
    return [ROOT / "locks" / f"{name.replace('_', '-')}.txt" for name in device.classes()]


def tar(arch: Arch, base: Path) -> Path:
    """The archive; `base` is Debian's part, whose own Python compiles. Raises BuildError."""
    name = cache.key(Path(__file__), arch, base.name, *locks())[:16]
    return cache.kept(f"wheels-{arch}-{name}.tar", lambda path: _make(path, arch, base))


def requirements(arch: Arch) -> dict[str, str]:
    """`name==version` → its hashes as pip's options: of every class's lock, what this processor needs."""
    found: dict[str, str] = {}
    for lock in locks():
        for name, marker, hashes in _locked(lock):
            wanted = name.partition("==")[0] not in _FROM_DEBIAN[arch] and _holds(marker, arch)
            if wanted and found.setdefault(name, hashes) != hashes:
                raise BuildError(f"{lock.name} and another lock differ about {name}: run `scripts/lock`")
    names = [name.partition("==")[0] for name in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BuildError(f"the locks name several versions of {', '.join(sorted(twice))}: run `scripts/lock`")
    return dict(sorted(found.items()))


def _locked(lock: Path) -> Iterator[tuple[str, str, str]]:
    for block in re.split(r"\n(?=\S)", lock.read_text("utf-8")):
        lines = [line.rstrip(" \\").strip() for line in block.splitlines() if not line.lstrip().startswith("#")]
        if lines and "==" in lines[0]:
            name, _, marker = lines[0].partition(";")
            yield name.strip(), marker.strip(), " ".join(line for line in lines[1:] if line.startswith("--hash="))


def _holds(marker: str, arch: Arch) -> bool:
    """PEP 508: markers are expressions of Python's; pip itself would judge them by the machine that it runs on."""
    world = {
        "platform_machine": _MACHINE[arch], "sys_platform": "linux", "os_name": "posix", "python_version": "3.11",
        "platform_python_implementation": "CPython", "implementation_name": "cpython", "platform_system": "Linux",
        "python_full_version": "3.11.2",
    }  # fmt: skip
    return not marker or bool(eval(marker, {"__builtins__": {}}, world))  # noqa: S307 - of our own locks


def _make(path: Path, arch: Arch, base: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        top = Path(place)
        site = top / "tree" / _SITE
        wanted = top / "requirements.txt"
        wanted.write_text("".join(f"{name} {hashes}\n" for name, hashes in requirements(arch).items()))
        platforms = [f"manylinux_2_{minor}_{_MACHINE[arch]}" for minor in _GLIBC] + [f"manylinux2014_{_MACHINE[arch]}"]
        command = [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--no-compile",
            "--require-hashes", "--only-binary=:all:", "--implementation=cp", "--python-version=3.11",
            *(f"--platform={name}" for name in platforms), f"--target={site}", "-r", str(wanted),
        ]  # fmt: skip
        run(command)
        shutil.rmtree(site / "bin", ignore_errors=True)
        compile_all(site, f"/{_SITE}", arch, base, top / "python")
        pack(path, tree=top / "tree", more=_venv(arch), mtime=0)


def _venv(arch: Arch) -> dict[str, str | bytes]:
    """What venv would make, of links and one file. A link is a text that begins with `->`."""
    files: dict[str, str | bytes] = {
        f"{VENV}/bin/python": "->/usr/bin/python3.11",
        f"{VENV}/bin/python3": "->python",
        f"{VENV}/pyvenv.cfg": b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11\n",
    }
    for name in _FROM_DEBIAN[arch]:
        library = f"{name}.cpython-311-{_MACHINE[arch]}-linux-gnu.so"
        files[f"{_SITE}/{library}"] = f"->/usr/lib/python3/dist-packages/{library}"
    return files


def compile_all(folder: Path, shown: str, arch: Arch, base: Path, place: Path) -> None:
    """Byte code beside every module, without times in it, by the very Python that will read it."""
    libraries = f"usr/lib/{_MACHINE[arch]}-linux-gnu"
    if not place.exists():
        place.mkdir()
        run(
            ["tar", "-xf", str(base), "-C", str(place), "--no-same-owner", "--wildcards", "./usr/bin/python3.11",
             "./usr/lib/python3.11", f"./{libraries}/ld-linux-*", f"./{libraries}/libc.so*", f"./{libraries}/libm.so*",
             f"./{libraries}/libz.so*", f"./{libraries}/libexpat.so*"]
        )  # fmt: skip
    loader = next((place / libraries).glob("ld-linux-*"))
    other = [] if platform.machine() == _MACHINE[arch] else [f"qemu-{_MACHINE[arch]}-static"]
    run(
        [*other, str(loader), "--library-path", str(place / libraries), str(place / "usr/bin/python3.11"), "-E", "-s",
         "-m", "compileall", "-q", "-j1", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", shown,
         str(folder)],
        {"PYTHONHOME": str(place / "usr"), "PYTHONHASHSEED": "0"},
    )  # fmt: skip


def pack(path: Path, *, tree: Path | None = None, more: dict[str, str | bytes] | None = None, mtime: int) -> None:
    """An archive with everything of root's, of one time, sorted. `more`: name → content, or `->TARGET` for a link."""
    entries: dict[str, tuple[Path | None, str | bytes]] = {name: (None, text) for name, text in (more or {}).items()}
    if tree is not None:
        for found in tree.rglob("*"):
            if found.is_file():
                entries[str(found.relative_to(tree))] = (found, b"")
    made: set[str] = set()
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted(entries):
            for parent in reversed(Path(name).parents[:-1]):
                if str(parent) not in made:
                    made.add(str(parent))
                    archive.addfile(_about(f"./{parent}", tarfile.DIRTYPE, 0o755, mtime))
            source, text = entries[name]
            if isinstance(text, str):
                link = _about(f"./{name}", tarfile.SYMTYPE, 0o777, mtime)
                link.linkname = text.removeprefix("->")
                archive.addfile(link)
                continue
            data = source.read_bytes() if source else text
            mode = 0o755 if source and source.stat().st_mode & 0o100 else 0o644
            about = _about(f"./{name}", tarfile.REGTYPE, mode, mtime)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))


def _about(name: str, kind: bytes, mode: int, mtime: int) -> tarfile.TarInfo:
    about = tarfile.TarInfo(name)
    about.type, about.mode, about.mtime = kind, mode, mtime
    return about
