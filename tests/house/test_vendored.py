"""Foreign scripts are the ones that the list names, byte by byte."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path("hub/web/static/vendor")


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([root / "scripts" / "vendor", "--check"], capture_output=True, text=True)


def test_what_lies_there_is_what_the_list_names() -> None:
    assert check(ROOT).returncode == 0
    assert "MIT" in (ROOT / FOLDER / "packages.toml").read_text("utf-8")
    assert (ROOT / FOLDER / "uplot.LICENCE").exists()


def test_a_file_that_was_changed_is_missing_or_is_in_no_package_is_told(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "vendor", tmp_path / "scripts")
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    with (tmp_path / FOLDER / "uplot.js").open("a") as file:
        file.write("\nalert(1)")
    (tmp_path / FOLDER / "uplot.css").unlink()
    (tmp_path / FOLDER / "more.js").touch()
    found = check(tmp_path)
    assert found.returncode == 1
    told = found.stderr
    assert "uplot.js is not that of uplot 1.6.32" in told
    assert "uplot.css is missing" in told
    assert "more.js is in no package" in told
