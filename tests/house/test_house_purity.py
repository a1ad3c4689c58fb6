"""What an import contract cannot see: pure modules neither look at the clock nor open a file by what they have."""

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
OURS = ("wire", "halls", "edge", "hub")
READS_CLOCK = {"now", "utcnow", "today", "monotonic", "perf_counter"}
TOUCHES_WORLD = {"open", "input", "print", "exec", "eval", "__import__"}


def pure_modules() -> list[str]:
    """hub.domain, each class's logic, and what these import of ours. The runtime's contract may look for classes."""
    graph = grimp.build_graph(*OURS, cache_dir=None)
    roots = {name for name in graph.modules if name.startswith("hub.domain")}
    roots |= {f"edge.{path.parent.name}.logic" for path in ROOT.glob("edge/*/logic.py")}
    reached = {above for name in roots for above in graph.find_upstream_modules(name)}
    return sorted((roots | reached) - {"edge.runtime.device"})


def impurities(source: str) -> Iterator[str]:
    """`datetime.now()`, `date.today()`, `time.time()`, `open()` …, wherever they are called."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in READS_CLOCK:
                yield f"line {node.lineno}: calls .{name}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr=name)):
                yield f"line {node.lineno}: calls time.{name}()"
            case ast.Call(func=ast.Name(id=name)) if name in TOUCHES_WORLD:
                yield f"line {node.lineno}: calls {name}()"


@pytest.mark.parametrize("module", pure_modules())
def test_pure_module_reads_no_clock_and_opens_no_file(module: str) -> None:
    path = ROOT / f"{module.replace('.', '/')}.py"
    path = path if path.exists() else path.with_suffix("") / "__init__.py"
    assert list(impurities(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "at = datetime.now(UTC)",
        "def f(): return date.today()",
        "at = datetime.datetime.utcnow()",
        "started = clock.monotonic()",
        "started = time.time_ns()",
        "with open('f') as file: pass",
    ],
)
def test_what_reads_the_clock_or_a_file_is_noticed(line: str) -> None:
    assert len(list(impurities(line))) == 1


def test_every_device_class_is_looked_at() -> None:
    folders = {path.parent.name for path in ROOT.glob("edge/*/logic.py")}
    assert {"caller", "evaluator", "led_window", "ticket_printer", "repeater", "signage_player"} <= folders
    assert {f"edge.{name}.logic" for name in folders} <= set(pure_modules())
