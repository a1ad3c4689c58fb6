"""The order of the house, which no linter knows: `python tests/house/order.py` prints what is amiss, and hints."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES_TO_LOOK_AGAIN = 400

_TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".sh", ".yml", ".yaml", ".conf", ".template", ".service", ""}
_FOREIGN = {"vendor", "vendored", "fonts", "locks", "var"}  # others' text, or nobody's
_NOT_CLASSES = {"runtime", "protocols"}
_AMISS = [
    (re.compile(r"(?<![\w.$}~-])/(work|root|Users|home/(?!pi\b)\w+)/"), "a path of one machine"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "unfinished: do it, or leave it out"),
    (re.compile(r"\b[Ii]ssue #?\d"), "a number that says nothing to a reader"),
]
_DRAWERS = re.compile(r"(.*_)?(managers?|helpers?|utils?|common|misc)")


def texts(root: Path) -> Iterator[Path]:
    """The files that people here write."""
    for path in sorted(root.iterdir()):
        hidden = path.name.startswith(".") and path.name != ".ci"
        if hidden or path.name in _FOREIGN or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from texts(path)
        elif path.suffix in _TEXT and path.name != "LICENSE":
            yield path


def amiss(root: Path) -> list[str]:
    """One line for each thing that must be put right: `file:line: what`."""
    return [*_in_texts(root), *_in_names(root), *_in_classes(root)]


def hints(root: Path) -> list[str]:
    """Modules in which to look for the second concept."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in texts(root) if path.suffix == ".py"}
    return [
        f"{path.relative_to(root)}: {lines} lines; is there a second concept in it?"
        for path, lines in lengths.items()
        if lines > LINES_TO_LOOK_AGAIN
    ]


def _in_texts(root: Path) -> Iterator[str]:
    for path in texts(root):
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for pattern, what in _AMISS:
                if found := pattern.search(line):
                    yield f"{path.relative_to(root)}:{number}: {found[0]!r} is {what}"


def _in_names(root: Path) -> Iterator[str]:
    for path in texts(root):
        if path.suffix == ".py" and (_DRAWERS.fullmatch(path.stem) or _DRAWERS.fullmatch(path.parent.name)):
            yield f"{path.relative_to(root)}: a drawer; name the thing that is in it"


def _in_classes(root: Path) -> Iterator[str]:
    for folder in device_folders(root):
        if not (folder / "README.md").exists():
            yield f"{folder.relative_to(root)}: has no README.md (wiring, settings)"
        if "DEVICE" not in _assigned(folder / "__init__.py"):
            yield f"{folder.relative_to(root)}/__init__.py: does not define DEVICE (edge/runtime/device.py)"


def device_folders(root: Path) -> list[Path]:
    """Every device class is a package beside the runtime."""
    packages = (path.parent for path in (root / "edge").glob("*/__init__.py"))
    return sorted(folder for folder in packages if folder.name not in _NOT_CLASSES)


def _assigned(module: Path) -> set[str]:
    targets: Iterable[ast.expr] = [
        target
        for statement in ast.parse(module.read_text("utf-8")).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    ]
    return {target.id for target in targets if isinstance(target, ast.Name)}


if __name__ == "__main__":
    for line in hints(ROOT):
        print("hint:", line)
    found = amiss(ROOT)
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
