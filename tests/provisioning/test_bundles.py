"""`tingxu release`: the same sources give the same bundle, and boards take what it made."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.runtime.releases import Releases
from edge.runtime.version import VERSION
from provisioning.__main__ import main
from provisioning.release import bundle
from tests.support.bundles import ROOT, built, release, signed


def test_the_same_sources_give_the_same_bytes_whatever_their_dates_and_modes(tmp_path: Path) -> None:
    for part in ("edge", "wire", "locks"):
        shutil.copytree(ROOT / part, tmp_path / part, copy_function=shutil.copyfile)
    for path in tmp_path.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    (tmp_path / "edge" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "edge" / "__pycache__" / "x.pyc").write_bytes(b"machine's own")
    again = hashlib.sha256(bundle.build(tmp_path, "0.2.0"))
    assert again.hexdigest() == hashlib.sha256(built("0.2.0")).hexdigest()


def test_from_key_to_a_release_on_a_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "publisher"
    assert main(["release", "key", str(key)]) == 0
    assert main(["release", "key", str(key)]) == 2, "a key is never overwritten"
    assert main(["release", "build", "--key", str(key), "--name", "0.2.0", "--out", str(tmp_path)]) == 0
    made = tmp_path / "tingxu-0.2.0.tar"
    assert main(["release", "check", str(made), "--key", f"{key}.pub"]) == 0
    said = capsys.readouterr().out
    assert hashlib.sha256(made.read_bytes()).hexdigest() in said

    store = Releases(tmp_path / "releases", tmp_path / "card", Path(f"{key}.pub"))
    (tmp_path / "releases").mkdir()
    content = made.read_bytes()
    order = release(content, key, "0.2.0", signature=signed(content, key))
    part = store.part(order)
    part.write(content)
    store.unpack(part, "caller")
    tell = "from edge.runtime.version import VERSION; import wire.messages; print(VERSION)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", tell], env={"PYTHONPATH": str(tmp_path / "releases" / "0.2.0")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "0.2.0\n"

    made.write_bytes(content[:-1])
    assert main(["release", "check", str(made), "--key", f"{key}.pub"]) == 2


def test_every_class_says_which_packages_it_needs() -> None:
    needed = bundle.packages(ROOT / "locks")
    assert set(needed) == {path.parent.name for path in (ROOT / "edge").glob("*/README.md")}
    assert all({"msgspec", "paho-mqtt"} <= set(one) for one in needed.values())
    assert "msgspec" not in bundle.packages(ROOT / "locks", {"msgspec"})["caller"], "the release brings its own"


def test_only_wheels_of_pure_python_go_over_the_air(tmp_path: Path) -> None:
    wheel = tmp_path / "paho_mqtt-9.9.9-py3-none-any.whl"
    wheel.write_bytes(b"zip")
    assert f"wheels/{wheel.name}".encode() in bundle.build(ROOT, "0.2.0", [wheel])
    native = tmp_path / "msgspec-1.0-cp311-cp311-linux_aarch64.whl"
    native.write_bytes(b"zip")
    with pytest.raises(bundle.BundleError, match="pure Python"):
        bundle.build(ROOT, "0.2.0", [native])


@pytest.mark.parametrize("name", ["latest", "0.2", "../0.2.0", "0.2.0/x", "0.2.0 "])
def test_a_version_has_a_versions_name(name: str) -> None:
    with pytest.raises(bundle.BundleError, match="no version"):
        bundle.build(ROOT, name)


def test_the_project_says_the_same_version_as_the_code() -> None:
    import tomllib

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
