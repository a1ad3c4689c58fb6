"""What is built is the same each time, and what took long is made once, whoever asks and whatever is cut off."""

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from provisioning.image import cache, filesystem, layout, manifest, wheels
from provisioning.image.layout import MIB
from tests.provisioning.image.conftest import AT


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return cache.place()


def test_file_systems_are_the_same_bytes_each_time(tmp_path):
    layer = tmp_path / "layer.tar"
    names = {f"etc/file-{n}": b"x" * n for n in range(200)}
    wheels.pack(layer, more={**names, "bin": "->usr/bin", "usr/bin/true": b"#!"}, mtime=AT)
    first, second = {}, {}
    for made in (first, second):
        filesystem.root(tmp_path / "root", [layer], AT)
        filesystem.data(tmp_path / "data", 32 * MIB, AT, 997)
        filesystem.boot(tmp_path / "boot", 36 * MIB, {"vmlinuz": b"kernel", "loader/loader.conf": b"timeout 0"}, AT)
        made.update({name: digest(tmp_path / name) for name in ("root", "data", "boot")})
    assert first == second
    for name in ("root", "data"):
        subprocess.run(["/usr/sbin/e2fsck", "-f", "-n", str(tmp_path / name)], check=True, capture_output=True)


def test_the_data_partition_can_grow_to_the_size_of_any_card(tmp_path):
    filesystem.data(tmp_path / "data", 32 * MIB, AT, 997)
    with (tmp_path / "data").open("r+b") as file:
        file.truncate(64 << 30)
    subprocess.run(["/usr/sbin/resize2fs", str(tmp_path / "data")], check=True, capture_output=True)
    subprocess.run(["/usr/sbin/e2fsck", "-f", "-n", str(tmp_path / "data")], check=True, capture_output=True)


def test_two_builders_at_once_make_a_thing_once(kept):
    made, together = [], threading.Barrier(2)

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("whole")

    def ask() -> None:
        together.wait(10)
        assert cache.kept("thing", make).read_text() == "whole"

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for one in asking:
        one.start()
    for one in asking:
        one.join(20)
    assert len(made) == 1


def test_a_builder_that_is_killed_leaves_nothing_that_looks_whole(kept):
    script = (
        "import os, signal\nfrom provisioning.image import cache\n"
        "def make(path):\n    path.write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "cache.kept('thing', make)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == -9
    assert not (kept / "thing").exists()
    assert cache.kept("thing", lambda path: path.write_text("whole") and None).read_text() == "whole"


def test_what_was_not_used_for_longest_is_forgotten(kept):
    for name in ("root-1.tar", "root-2.tar", "root-3.tar"):
        cache.kept(name, lambda path: path.write_text("") and None)
    cache.kept("root-1.tar", lambda path: path.write_text("again") and None)
    cache.forget("root-*.tar", 2)
    assert sorted(path.name for path in kept.glob("*.tar")) == ["root-1.tar", "root-3.tar"]


def test_a_key_changes_with_a_files_content_name_and_right_to_be_run(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("1")
    keys = {cache.key(folder)}
    (folder / "a").chmod(0o755)
    keys.add(cache.key(folder))
    (folder / "a").rename(folder / "b")
    keys.add(cache.key(folder))
    (folder / "b").write_text("2")
    keys.add(cache.key(folder))
    assert len(keys) == 4


def test_each_processor_gets_the_packages_that_its_locks_name():
    pi, box = wheels.requirements("arm64"), wheels.requirements("amd64")
    assert {name for name in pi if name.startswith("lgpio==")}
    assert not {name for name in box if name.startswith(("lgpio==", "spidev=="))}
    assert {name.partition("==")[0] for name in box} >= {"cryptography", "msgspec", "paho-mqtt", "pillow", "pyserial"}
    assert all("--hash=sha256:" in hashes for hashes in pi.values())


def test_a_partition_table_comes_back_as_it_was_written(tmp_path):
    made = layout.Layout.of_root(300 * MIB + 5)
    file = tmp_path / "card"
    file.write_bytes(layout.mbr(made))
    with file.open("rb") as card:
        assert layout.read(card) == made


def test_the_manifest_is_the_publishers(release, image):
    manifest.check_signature(image, release[0].parent / "key.pub")
    manifest.path_of(image).write_bytes(manifest.path_of(image).read_bytes().replace(b"0.1.0", b"0.1.1"))
    with pytest.raises(ValueError, match="not by the key"):
        manifest.check_signature(image, release[0].parent / "key.pub")
