"""A release as `tingxu image build` leaves one, only smaller: real file systems, a manifest, a publisher's key."""

import shutil
from pathlib import Path

import pytest

from provisioning import signing
from provisioning.image import building, filesystem, layout, manifest
from provisioning.image.layout import MIB, Extent, Layout

AT = 1_790_000_000
NEEDED = ("mkfs.vfat", "mcopy", "mke2fs", "debugfs", "fsck.vfat")
"""`scripts/test` installs what brings them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = [name for name in NEEDED if not shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")]
    if absent:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=f"needs {', '.join(absent)}"))


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, manifest.Manifest]:
    """(image, its manifest), and `key`, `key.pub` beside it. Not to be changed."""
    place = tmp_path_factory.mktemp("release")
    parts = {name: place / name for name in ("boot", "root", "data")}
    filesystem.boot(parts["boot"], 36 * MIB, {"vmlinuz": b"kernel" * 1000, "EFI/BOOT/BOOTX64.EFI": b"loader"}, AT)
    parts["root"].write_bytes(bytes(range(256)) * 8192)
    filesystem.data(parts["data"], 32 * MIB, AT, 997)
    boot = Extent(layout.BOOT_START, 36 * MIB)
    found = Layout(boot, Extent(boot.end, 2 * MIB), Extent(boot.end + 2 * MIB, 32 * MIB))
    image = place / "small.img"
    digest = building.assemble(image, found, parts)
    with image.open("rb") as file:
        slot = layout.slot(file, found.boot)
    about = manifest.Manifest(
        version="0.1.0", arch="amd64", screens=False, size=found.data.end, sha256=digest, boot=found.boot,
        root=found.root, data=found.data, slot=slot, parts={}, epoch=AT, inputs="", source="", packages={}, wheels=[],
    )  # fmt: skip
    signing.make_key(place / "key")
    manifest.write(image, about, place / "key")
    return image, about


@pytest.fixture
def image(release: tuple[Path, manifest.Manifest], tmp_path: Path) -> Path:
    """A copy with its manifest, to be changed."""
    for path in release[0].parent.glob("small.img*"):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path / "small.img"
