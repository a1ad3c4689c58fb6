"""The order check finds what it is for, and the tree is in order."""

from pathlib import Path

import pytest

from tests.house import order


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A house in order, with one device class."""
    folder = tmp_path / "edge" / "bell"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("DEVICE = 1\n")
    (folder / "README.md").write_text("# Bell\n")
    return tmp_path


def test_a_house_in_order_has_nothing_amiss(tree: Path) -> None:
    (tree / "hub.py").write_text('HOME = Path("/home/pi/x")\nURL = "https://hub/work/1"\nLIMIT = "docs/root/a"\n')
    assert order.amiss(tree) == []


_PLACES = [(f'DATA = "/{place}/data"', "a path of one machine") for place in ("work", "root", "home/somebody")]
_MARKS = [(f"# {mark} later", "unfinished") for mark in ("TO" + "DO", "FIX" + "ME")]
_NUMBERS = [(f"as issue {number} says", "a number that says nothing") for number in (12, "#3")]


@pytest.mark.parametrize(("line", "what"), [*_PLACES, *_MARKS, *_NUMBERS])
def test_a_line_that_should_not_stay_is_named_with_its_place(tree: Path, line: str, what: str) -> None:
    (tree / "docs").mkdir()
    (tree / "docs" / "a.md").write_text(f"# A\n{line}\n")
    (found,) = order.amiss(tree)
    assert found.startswith("docs/a.md:2: ")
    assert what in found


def test_a_class_without_readme_or_device_is_named(tree: Path) -> None:
    (tree / "edge" / "bell" / "README.md").unlink()
    (tree / "edge" / "bell" / "__init__.py").write_text("")
    assert [line.split(":")[0] for line in order.amiss(tree)] == ["edge/bell", "edge/bell/__init__.py"]


def test_a_drawer_is_named(tree: Path) -> None:
    (tree / "edge" / "bell" / "key_helpers.py").write_text("")
    assert order.amiss(tree) == ["edge/bell/key_helpers.py: a drawer; name the thing that is in it"]


def test_a_long_module_is_a_hint_and_no_fault(tree: Path) -> None:
    (tree / "edge" / "bell" / "logic.py").write_text("x = 1\n" * 401)
    assert order.amiss(tree) == []
    assert order.hints(tree) == ["edge/bell/logic.py: 401 lines; is there a second concept in it?"]


def test_the_tree_is_in_order() -> None:
    assert order.amiss(order.ROOT) == []
