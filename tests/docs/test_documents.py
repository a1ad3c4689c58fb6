"""The documents hold together: what they link to is there, and both READMEs say the same."""

import re
import struct
from pathlib import Path

import pytest

from edge.runtime.config import device_settings, load
from edge.runtime.device import classes, device_class

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "edge").glob("*/README.md"),
        *(ROOT / "provisioning").rglob("*.md"),
    ]
)
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.png"))
SIZES = {
    "board": (1920, 1080),
    "monitor": (1920, 1080),
    "wall": (1920, 1080),
    "dash": (1920, 1080),
    "signage": (1920, 1080),
    "counter": (1280, 860),
    "panel": (1920, 1080),
}

_LINK = re.compile(r"\[[^]]*\]\((?P<target>[^)\s]+)\)|<img[^>]* src=\"(?P<source>[^\"]+)\"")
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_TOML = re.compile(r"^(?P<indent> *)```toml\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def links(path: Path) -> list[str]:
    """Addresses that a document links to, without those in examples."""
    text = _FENCED.sub("", path.read_text("utf-8"))
    return [match["target"] or match["source"] for match in _LINK.finditer(text)]


def local(path: Path) -> set[Path]:
    """Files that a document links to."""
    targets = (target.partition("#")[0] for target in links(path) if "://" not in target)
    return {(path.parent / target).resolve() for target in targets if target}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_everything_that_a_document_links_to_is_there(document: Path) -> None:
    assert [name(target) for target in local(document) if not target.exists()] == []


def test_every_document_can_be_found_from_the_readme() -> None:
    found, left = set(), {READMES[0].resolve()}
    while left:
        found |= left
        left = {target for path in left for target in local(path) if target.suffix == ".md"} - found
    assert [name(path) for path in DOCUMENTS if path.resolve() not in found] == []


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_every_device_class_is_linked(readme: Path) -> None:
    wanted = {ROOT / "edge" / one / "README.md" for one in classes()}
    assert wanted <= local(readme)


def test_both_readmes_show_the_same_pictures_link_the_same_files_and_name_the_same_options() -> None:
    english, chinese = READMES
    assert local(english) - {chinese} == local(chinese) - {english}
    texts = [readme.read_text("utf-8") for readme in READMES]
    options, scripts, commands = (
        [sorted(set(re.findall(pattern, text))) for text in texts]
        for pattern in (r"--[a-z][a-z-]+", r"scripts/[a-z]+", r"(?m)^(?:\.venv|\$ |python3|/usr).*$")
    )
    assert options[0] == options[1]
    assert scripts[0] == scripts[1]
    assert commands[0] == commands[1]


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_the_readme_shows_the_frame_that_was_taken(readme: Path) -> None:
    frame = (ROOT / "docs" / "pictures" / "led.txt").read_text("utf-8")
    assert [len(row) for row in frame.splitlines()] == [64] * 16
    assert f"```text\n{frame}```" in readme.read_text("utf-8")


@pytest.mark.parametrize("picture", PICTURES, ids=name)
def test_pictures_are_small_and_of_the_size_that_they_should_have(picture: Path) -> None:
    data = picture.read_bytes()
    assert len(data) < 300_000
    size = struct.unpack(">II", data[16:24])
    assert SIZES.get(picture.stem, size) == size


def test_all_pictures_are_there() -> None:
    assert {picture.stem for picture in PICTURES} == {*SIZES, "slip"}


@pytest.mark.parametrize("document", [*READMES, ROOT / "docs" / "operations.md"], ids=name)
def test_the_example_of_a_configuration_can_be_loaded(document: Path, tmp_path: Path) -> None:
    """Its `[device]` is a caller's."""
    match = _TOML.search(document.read_text("utf-8"))
    assert match is not None
    path = tmp_path / "agent.toml"
    path.write_text(re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE), "utf-8")
    assert device_settings(load(path), device_class("caller").settings).driver == "gpio"


def test_decisions_are_numbered_without_a_gap_indexed_and_have_their_three_parts() -> None:
    folder = ROOT / "docs" / "adr"
    records = sorted(folder.glob("0*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert {path.resolve() for path in records} <= local(folder / "README.md")
    for path in records:
        text = path.read_text("utf-8")
        assert re.findall(r"^#+ (.*)$", text, re.MULTILINE)[0].startswith(path.name[:4])
        assert [part for part in ("## Context", "## Decision", "## Consequences") if part not in text] == []


@pytest.mark.parametrize("document", [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], ids=name)
def test_no_document_names_an_index_of_packages(document: Path) -> None:
    """Where packages come from is pip's own setting."""
    assert re.findall(r"pypi\.\w+|--index-url|files\.pythonhosted", document.read_text("utf-8")) == []
