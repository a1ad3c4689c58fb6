"""File systems made without mounting them, the same bytes from the same inputs: ext4 by mke2fs, FAT by mtools."""

import os
import shlex
import struct
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from edge.runtime import seed
from provisioning.image.programs import as_root, run

MIB = 1024 * 1024
BLOCK = 4096
ROOT_UUID = "74696e67-7875-4000-8000-726f6f740001"
DATA_UUID = "74696e67-7875-4000-8000-646174610001"
_ROOM = 1.06
_OWN = 8 * MIB
_FOLDERS = {
    "board": (0o755, 0, 0),
    "journal": (0o755, 0, 0),
    "tingxu": (0o755, 0, 0),
    "releases": (0o2775, 0, 800),  # group tingxu: agents fetch what they update themselves with
}
"""Of the data partition: mode, user, group."""


def root(path: Path, layers: Iterable[Path], at: int) -> None:
    """An ext4 file system without a journal: it is only ever read. Later layers go over earlier ones."""
    layers = list(layers)
    blocks, inodes = _count(layers)
    size = -(-int(blocks * BLOCK * _ROOM + inodes * 256 + _OWN) // MIB) * MIB
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        tree = Path(place) / "tree"
        steps = ["set -e", f"mkdir {shlex.quote(str(tree))}"]
        for layer in layers:
            steps.append(
                f"tar -xf {shlex.quote(str(layer))} -C {shlex.quote(str(tree))} --numeric-owner --same-permissions "
                "--exclude=./boot/* --exclude=./dev/* --keep-directory-symlink"
            )
        steps.append(f"mkdir -p {shlex.quote(str(tree))}/boot/firmware && chmod 755 {shlex.quote(str(tree))}")
        steps.append(
            _mke2fs(
                path, tree, ROOT_UUID, "tingxu-root", size, at, f"-O ^has_journal,^metadata_csum,^64bit -N {inodes}"
            )
        )
        steps.append(f"rm -rf {shlex.quote(str(tree))}")
        run([*as_root(), "sh", "-c", "\n".join(steps)], {"E2FSPROGS_FAKE_TIME": str(at)})
    same_times(path, at)


def data(path: Path, size: int, at: int, timesync: int) -> None:
    """An ext4 file system with a journal, which can be grown to any card's size; with the folders that wait for it.

    `timesync`: user and group of who keeps the time of the last start.
    """
    path.unlink(missing_ok=True)
    options = f"hash_seed={DATA_UUID},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0,resize=67108864"
    environment = {"E2FSPROGS_FAKE_TIME": str(at)}
    run(
        ["mke2fs", "-q", "-t", "ext4", "-b", str(BLOCK), "-m", "0", "-U", DATA_UUID, "-L", "tingxu-data", "-E", options,
         "-J", "size=8", "-i", "16384", str(path), f"{size // 1024}k"], environment
    )  # fmt: skip
    words = []
    folders = {**_FOLDERS, "timesync": (0o755, timesync, timesync)}
    for name, (mode, user, group) in folders.items():
        words.append(f"mkdir /{name}")
        owned = {"mode": f"04{mode:04o}", "uid": user, "gid": group}
        words += [f"sif /{name} {field} {value}" for field, value in owned.items()]
    for name in ("", "lost+found", *folders):
        words += [f"sif /{name} {field} @{at}" for field in ("atime", "mtime", "ctime", "crtime")]
    run(["debugfs", "-w", "-f", "-", str(path)], environment, "\n".join(words) + "\n")


def boot(path: Path, size: int, files: dict[str, Path | bytes], at: int) -> None:
    """FAT32. The slot of the seed comes first, so that it lies in one piece."""
    environment = {"SOURCE_DATE_EPOCH": str(at), "MTOOLS_SKIP_CHECK": "1"}
    with path.open("wb") as file:
        file.truncate(size)
    run(["mkfs.vfat", "--invariant", "-F", "32", "-s", "1", "-n", "TINGXU", "-i", "54584931", str(path)], environment)
    with tempfile.TemporaryDirectory() as place:
        made: set[str] = set()
        for name, content in {seed.FILE: seed.BLANK, **files}.items():
            for parent in reversed(Path(name).parents[:-1]):
                if str(parent) not in made:
                    made.add(str(parent))
                    run(["mmd", "-i", str(path), f"::{parent}"], environment)
            source = Path(place) / "file"
            source.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
            os.utime(source, (at, at))
            run(["mcopy", "-m", "-i", str(path), str(source), f"::{name}"], environment)


def _mke2fs(path: Path, tree: Path, uuid: str, label: str, size: int, at: int, options: str) -> str:
    return (
        f"rm -f {shlex.quote(str(path))}\n"
        f"find {shlex.quote(str(tree))} -depth -newermt @{at} -exec touch -h -d @{at} {{}} +\n"
        f"mke2fs -q -t ext4 -b {BLOCK} -m 0 -U {uuid} -L {label} "
        f"-E hash_seed={uuid},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 {options} "
        f"-d {shlex.quote(str(tree))} {shlex.quote(str(path))} {size // 1024}k"
    )


def _count(layers: Iterable[Path]) -> tuple[int, int]:
    """Blocks and inodes, generously."""
    blocks, names = 0, set()
    for layer in layers:
        with tarfile.open(layer) as archive:
            for member in archive:
                if not member.name.startswith(("./boot/", "./dev/")):
                    names.add(member.name)
                    blocks += -(-member.size // BLOCK) + member.isdir()
    return blocks, -(-int(len(names) * 1.05 + 512) // 256) * 256


def same_times(path: Path, at: int) -> None:
    """Set what mke2fs takes from the moment of building: every inode's times of change and creation, to its own mtime.

    ext4's layout as in the kernel's Documentation/filesystems/ext4: no checksums of inodes here (^metadata_csum).
    """
    with path.open("r+b") as file:
        file.seek(1024)
        header = file.read(1024)
        inodes, per_group = struct.unpack_from("<I", header, 0)[0], struct.unpack_from("<I", header, 40)[0]
        inode_size = struct.unpack_from("<H", header, 88)[0]
        for group in range(-(-inodes // per_group)):
            file.seek(BLOCK + 32 * group + 8)
            table = struct.unpack("<I", file.read(4))[0] * BLOCK
            file.seek(table)
            held = bytearray(file.read(per_group * inode_size))
            for start in range(0, len(held), inode_size):
                if struct.unpack_from("<H", held, start)[0]:
                    modified = min(struct.unpack_from("<I", held, start + 16)[0], at)
                    struct.pack_into("<III", held, start + 8, modified, modified, modified)
                    struct.pack_into("<IIIII", held, start + 132, 0, 0, 0, modified, 0)
            file.seek(table)
            file.write(held)
